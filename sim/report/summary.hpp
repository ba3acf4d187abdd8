// The summary of a run: the numbers everything else shows.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "experiment/simulation.hpp"
#include "operations/run.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::report {

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
  std::int64_t checkpoints = 0;
  double energy_j = 0, peak_power_w = 0;
  std::int64_t events = 0;
};

Summary summarise(const scenario::Scenario& scenario, const experiment::Setup& setup,
                  const operations::RunTotals& totals);

/// summary.json: the keys of scenarios/README.md, with `wall_s` last.
std::string summary_json(const scenario::Scenario& scenario, const experiment::Setup& setup,
                         const Summary& summary, double wall_s);

}  // namespace longhaul::report
