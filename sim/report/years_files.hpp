// What `longhaul run` wrote of years of labs, read back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lab/lab.hpp"
#include "report/provenance.hpp"
#include "units/calendar.hpp"

namespace longhaul::report {

/// What summary.json says of a lab; keys in scenarios/README.md.
struct LabSummary {
  std::string name, strategy;
  std::int64_t runs = 0;  ///< released
  double best_effective_flop = 0, best_flop = 0, best_loss = 0;
  double best_length_s = 0, best_at_s = 0, leading_s = 0;
  double useful_flop = 0, lost_flop = 0, idle_flop = 0, experiments_flop = 0, serving_flop = 0;
  double cost_usd = 0, runs_cost_usd = 0, usd_per_effective_flop = 0, revenue_usd = 0;
  double energy_j = 0, runs_energy_j = 0;
  std::array<std::int64_t, lab::n_bounds> bound_by{};
  double end_chips = 0, end_flop_per_s = 0, end_power_w = 0;
};

/// A row of runs.csv.
struct LabRunRow {
  std::size_t lab = 0;  ///< index into `labs`
  Date decided, start, end;
  double length_s = 0;
  lab::Ending ending = lab::Ending::Released;
  lab::Bound bound = lab::Bound::Chips;
  bool best = false;
  double chips = 0, goodput = 0, flop = 0, worth = 0, effective_flop = 0, loss = 0;
  double parameters = 0, tokens = 0, energy_j = 0, cost_usd = 0;
};

/// A row of years.csv.
struct YearsRow {
  std::size_t lab = 0;
  Date date;
  double time_s = 0;  ///< since the start
  double worth_oom = 0, chips = 0, power_w = 0;
};

struct YearsFiles {
  std::string title;
  double simulated_s = 0;
  double algorithms_oom = 0;
  std::int64_t jumps = 0, events = 0;
  std::vector<LabSummary> labs;  ///< one, or two with a rival
  std::vector<LabRunRow> runs;   ///< by their ends
  std::vector<YearsRow> years;   ///< by time
  Provenance provenance;
  std::string scenario;  ///< resolved.toml
  Date start;
  std::string scaling;  ///< law of losses
};

/// Whether a folder holds years of labs, or what is left of them.
bool is_years_folder(const std::filesystem::path& folder);

/// Throws InputError when `folder` is no whole result of years, or its files do not go together.
YearsFiles read_years_files(const std::string& folder);

}  // namespace longhaul::report
