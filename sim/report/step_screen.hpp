// One step as `longhaul step` shows it: on a terminal, and as JSON.
#pragma once

#include <optional>
#include <string>

#include "experiment/simulation.hpp"
#include "report/provenance.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::report {

/// A timeline that was drawn of the step.
struct DrawnStep {
  Seconds total;     ///< where it ends
  std::string path;  ///< of the trace
};

/// What was asked for beside the step itself.
struct StepExtras {
  std::optional<DrawnStep> drawn;
  std::optional<Seconds> every_rank;  ///< the step with every rank of it simulated
  std::string paje;                   ///< file that SimGrid traced it into; empty: none
};

/// At most 100 columns, where title and paths allow it. `setup` must hold a step.
std::string step_screen(const scenario::Scenario& scenario, const experiment::Setup& setup,
                        const Provenance& provenance, const StepExtras& extras);

/// The keys of scenarios/README.md.
std::string step_json(const scenario::Scenario& scenario, const experiment::Setup& setup,
                      const Provenance& provenance, const StepExtras& extras);

}  // namespace longhaul::report
