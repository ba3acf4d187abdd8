// The summary of a run: the numbers everything else shows.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "experiment/simulation.hpp"
#include "operations/run.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::experiment {

/// What one site drew.
struct SiteEnergy {
  std::string name;
  double energy_j = 0, peak_w = 0, cost_usd = 0, co2_kg = 0;
};

struct Summary {
  double simulated_s = 0;
  double step_s = 0;  ///< undisturbed
  double mfu = 0;     ///< of the undisturbed step; 0 without a model, as the next two
  double hfu = 0;
  double run_mfu = 0;      ///< of the whole time
  std::int64_t steps = 0;  ///< kept
  double tokens = 0, flop = 0;
  std::int64_t redone_steps = 0;
  double redone_tokens = 0, redone_flop = 0;
  double ettr = 0;
  double goodput = 0;
  std::int64_t interruptions = 0, unexpected = 0, planned = 0;
  std::vector<std::pair<std::string, std::int64_t>> by_cause;
  std::vector<std::pair<std::string, std::int64_t>> by_group;  ///< in the order of first mention
  double mtbi_s = 0;                                           ///< 0 when nothing was unexpected
  std::vector<std::pair<std::string, double>> lost_s;
  std::vector<std::pair<std::string, double>> lost_by_cause_s;  ///< what each stop cost
  std::vector<std::pair<std::string, std::int64_t>> faults;     ///< that did not stop the run
  std::int64_t by_lemons = 0, nodes_barred = 0;
  std::vector<std::pair<std::string, double>> gpu_hours;  ///< of the run, then of other nodes
  std::int64_t checkpoints = 0;
  double energy_j = 0, peak_power_w = 0, energy_cost_usd = 0, co2_kg = 0;
  std::vector<SiteEnergy> sites;  ///< where power.site names them
  std::int64_t events = 0;
};

Summary summarise(const scenario::Scenario& scenario, const Setup& setup,
                  const operations::RunTotals& totals);

/// Why a run that stands still for ever does, and what would help; empty for one that does not.
std::string why_stuck(const operations::RunTotals& totals);

/// One number of a result. Its key is nested in summary.json, joined by points in tables:
/// "interruptions.by_cause.faulty gpu". Keys and units: scenarios/README.md.
struct Metric {
  std::vector<std::string> path;
  std::variant<std::int64_t, double> value;

  std::string name() const;
};

/// Every number of a run of months, in the order of summary.json: all but `events` and the wall
/// time, which are the computer's.
std::vector<Metric> metrics(const scenario::Scenario& scenario, const Setup& setup,
                            const Summary& summary);

/// Every number of one step, without months.
std::vector<Metric> step_metrics(const scenario::Scenario& scenario, const Setup& setup);

}  // namespace longhaul::experiment
