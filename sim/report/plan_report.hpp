// What a search for plans found: a screen, or JSON.
#pragma once

#include <string>

#include "scenario/scenario.hpp"
#include "training/plan_search.hpp"

namespace longhaul::report {

struct FoundPlans {
  const scenario::Scenario& scenario;
  std::string calibration;      ///< name of the set of constants
  training::OpenFields open;    ///< what was searched over
  training::PlanSearch search;  ///< with at least one plan in `best`
  training::PlanSearch given;   ///< over the scenario's own plan alone
};

/// The best plans as a table, why the first wins, and the first as [run.plan] to paste.
std::string plan_screen(const FoundPlans& found);

/// Keys and units: scenarios/README.md.
std::string plan_json(const FoundPlans& found);

/// "tensor 8, pipeline 16, context 1, data 128, microbatch 1, virtual stages 8, recompute none"
std::string plan_text(const training::Plan& plan);

}  // namespace longhaul::report
