// A scenario of years: labs in a world, simulated once.
#pragma once

#include <memory>
#include <vector>

#include "experiment/lab_step.hpp"
#include "experiment/summary.hpp"
#include "lab/years.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::experiment {

/// What the engine gets. Runs lose to failures what the exact renewal says of the mean rates, with
/// checkpoints and recoveries of the scenario, where it has causes of failure. Throws
/// std::invalid_argument as make_strategy() does.
lab::YearsInputs years_inputs(const scenario::Scenario& scenario);
/// The same with a step model that may know answers already, and learns more.
lab::YearsInputs years_inputs(const scenario::Scenario& scenario, std::shared_ptr<LabSteps> steps);

/// The share of its time that a run on so many chips computes what it keeps; 1 without causes of
/// failure. [Daly, FGCS 22(3), 2006]; a planned stop costs its maintenance and a checkpoint.
double expected_goodput(const scenario::Scenario& scenario, double chips);

/// Every number of the years, in the order of summary.json; the rival's under its own group.
std::vector<Metric> years_metrics(const scenario::Scenario& scenario,
                                  const lab::YearsTotals& totals);

/// Loss of the compute-optimal model of that effective compute [nats a token]; 0 of no compute.
double loss_of(const training::ScalingLaw& law, Flop effective);

}  // namespace longhaul::experiment
