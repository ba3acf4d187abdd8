#include "report/sweep_record.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "scenario/scenario_file.hpp"
#include "scenario/writer.hpp"

namespace longhaul::report {

namespace {

constexpr std::array<const char*, 6> design_names{"grid",  "random",        "latin-hypercube",
                                                  "sobol", "one-at-a-time", "saltelli"};

namespace fs = std::filesystem;

/// A file as seen from where Longhaul's data are, else from the scenario's folder: the same on
/// machines that have them in other places.
std::string name_of(const std::string& path, const fs::path& folder) {
  const auto whole = fs::absolute(path).lexically_normal();
  const auto from_data = whole.lexically_proximate(fs::absolute(scenario::data_folder()));
  return (*from_data.begin() == ".." ? whole.lexically_proximate(folder) : from_data).string();
}

}  // namespace

experiment::SweepRecord sweep_record(const std::string& scenario,
                                     const std::vector<std::string>& assignments,
                                     const scenario::LoadedSweep& loaded,
                                     const experiment::SweepPlan& plan,
                                     const Provenance& provenance, const experiment::Shard& shard) {
  experiment::SweepRecord record;
  // More repeats of the same points are the same sweep.
  auto sweep = plan.sweep();
  sweep.repeats = 1;
  sweep.precision.reset();
  std::string set;
  for (const auto& assignment : assignments)  // seed and sweep are facts of their own
    if (!assignment.starts_with("seed=") && !assignment.starts_with("sweep."))
      set += (set.empty() ? "" : "\n") + assignment;
  std::string inputs;
  for (const auto& axis : sweep.axes)
    if (axis.formula.empty()) inputs += (inputs.empty() ? "" : ",") + axis.key;
  std::string settings;
  for (const auto& [key, value] : provenance.simgrid_settings)
    settings += fmt::format("{}{}:{}", settings.empty() ? "" : " ", key, value);
  record.facts = {{"title", loaded.title},
                  {"scenario", std::filesystem::path(scenario).filename().string()},
                  {"seed", fmt::format("{}", loaded.seed)},
                  {"set", set},
                  {"sweep", scenario::sweep_toml(sweep)},
                  {"simulate", sweep.simulate == scenario::Simulate::Step ? "step" : "months"},
                  {"design", design_names[static_cast<std::size_t>(sweep.design)]},
                  {"inputs", inputs},
                  {"combinations", fmt::format("{}", plan.n_combinations())},
                  {"version", provenance.version},
                  {"revision", provenance.revision},
                  {"calibration", provenance.calibration},
                  {"simgrid", provenance.simgrid},
                  {"simgrid_settings", settings}};
  const auto folder = fs::absolute(scenario).parent_path();
  for (const auto& input : provenance.inputs)
    record.inputs.emplace_back(name_of(input.path, folder), input.sha256);
  for (std::size_t i = 0; i < sweep.axes.size(); ++i)
    record.axes.push_back({sweep.axes[i].key, sweep.axes[i].name, plan.unit(i)});
  record.shard = shard.name(plan);
  record.repeats = plan.sweep().repeats;
  return record;
}

}  // namespace longhaul::report
