#include "scenario/scenario_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "scenario/checks.hpp"
#include "scenario/checks_fabric.hpp"
#include "scenario/checks_months.hpp"
#include "scenario/checks_schedule.hpp"
#include "scenario/data_folder.hpp"
#include "scenario/describe.hpp"
#include "scenario/open_run.hpp"
#include "scenario/reader.hpp"
#include "scenario/replay_file.hpp"
#include "training/calibration.hpp"
#include "training/kernels.hpp"

namespace longhaul::scenario {

namespace {

/// The root seed is needed before anything else is read, as distributions are drawn from it.
struct SeedOnly {
  std::int64_t seed = Scenario{}.seed;
};
void describe(Fields& fields, SeedOnly& only) {
  fields("seed", only.seed, "root of all random streams", not_negative);
}

std::uint64_t peek_seed(TomlFiles& files, const toml::table& root, const std::string& path) {
  Diagnostics unseen;  // its mistakes come up again, and all other keys are unknown
  SeedOnly only;
  Reader(files, unseen, static_cast<std::uint64_t>(only.seed)).read(root, path, only, true);
  return static_cast<std::uint64_t>(only.seed);
}

/// Link speeds and the store stand in other tables of a platform than the fabric itself.
void complete_platform(Platform& platform) {
  auto& chip = platform.chip;
  chip.nic_bandwidth = platform.fabric.nic_bandwidth.value_or(chip.nic_bandwidth);
  chip.scale_up_bandwidth = platform.fabric.scale_up_bandwidth.value_or(chip.scale_up_bandwidth);
  platform.fabric.parts.nic_bandwidth = platform.chip.nic_bandwidth;
  platform.fabric.parts.scale_up_bandwidth = platform.chip.scale_up_bandwidth;
  platform.fabric.storage_bandwidth = platform.storage_bandwidth;
}

/// Reads the root table of `path` into `config`.
template <class T>
T read_whole(const std::string& path) {
  Diagnostics diagnostics;
  TomlFiles files(diagnostics);
  T config;
  if (const auto* root = files.load(path)) {
    Reader reader(files, diagnostics, 0);
    reader.read(*root, path, config, false);
  }
  diagnostics.throw_if_any();
  return config;
}

void flatten(const toml::node& node, const std::string& path,
             std::vector<std::pair<std::string, std::string>>& out) {
  if (const auto* table = node.as_table()) {
    for (const auto& [key, value] : *table)
      flatten(value, path.empty() ? std::string(key.str()) : fmt::format("{}.{}", path, key.str()),
              out);
  } else if (const auto* array = node.as_array()) {
    for (std::size_t i = 0; i < array->size(); ++i)
      flatten(*array->get(i), fmt::format("{}[{}]", path, i), out);
  } else {
    std::ostringstream text;
    node.visit([&](const auto& value) {
      if constexpr (toml::is_value<decltype(value)>) text << value;
    });
    out.emplace_back(path, text.str());
  }
}

}  // namespace

std::string data_folder() {
  if (const char* folder = std::getenv("LONGHAUL_DATA"); folder != nullptr && *folder != '\0')
    return folder;
  return source_folder;
}

std::vector<training::CalibrationSet> read_calibration(const std::string& path) {
  std::vector<training::CalibrationSet> sets;
  for (auto& entry : read_whole<CalibrationFile>(path).sets) sets.push_back(std::move(entry.set));
  return sets;
}

namespace {

/// Every card of a folder, by file name.
template <class T>
std::vector<T> read_cards(const std::string& folder, const char* what) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& card : std::filesystem::directory_iterator(folder, error))
    if (card.path().extension() == ".toml") paths.push_back(card.path().string());
  if (error) throw InputError({folder, 0, 0}, fmt::format("there is no folder of {} here", what));
  std::sort(paths.begin(), paths.end());
  std::vector<T> cards;
  cards.reserve(paths.size());
  for (const auto& path : paths) cards.push_back(read_whole<T>(path));
  return cards;
}

}  // namespace

std::vector<hardware::Chip> read_chips(const std::string& folder) {
  return read_cards<hardware::Chip>(folder, "chip cards");
}

hardware::PriceList read_prices(const std::string& path) {
  return read_whole<hardware::PriceList>(path);
}

std::vector<Model> read_models(const std::string& folder) {
  return read_cards<Model>(folder, "model cards");
}

LoadedPlatform read_platform(const std::string& path, const std::vector<std::string>& assignments) {
  Diagnostics diagnostics;
  TomlFiles files(diagnostics);
  for (const auto& assignment : assignments) files.set(assignment);
  const auto* root = files.load(path);
  diagnostics.throw_if_any();
  LoadedPlatform loaded;
  Reader reader(files, diagnostics, 0);
  reader.read(*root, path, loaded.platform, true);
  diagnostics.throw_if_any();
  complete_platform(loaded.platform);
  check_fabric(loaded.platform.fabric, "fabric", reader, diagnostics);
  diagnostics.throw_if_any();
  loaded.files = files.files();
  return loaded;
}

namespace {

/// The chips of phases that name a platform: its peak and power go in place of the phase's figures.
void fill_lab_platforms(LoadedScenario& loaded, const Reader& reader, Diagnostics& diagnostics) {
  auto& scenario = loaded.scenario;
  auto& phases = scenario.world->phases;
  scenario.lab_platforms.resize(phases.size());
  std::vector<training::CalibrationSet> sets;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    auto& phase = phases[i];
    if (!phase.platform) continue;
    if (sets.empty())
      sets = read_calibration(
          std::filesystem::proximate(data_folder() + "/platforms/calibration.toml").string());
    const auto where = reader.where(fmt::format("world.phase[{}].platform", i));
    auto card = read_platform(*phase.platform, {});
    for (const auto& file : card.files) loaded.files.push_back(file);
    const auto& chip = card.platform.chip;
    const auto& plan = scenario.run.plan;
    const auto* set = training::find_set(sets, chip.name, plan.precision, scenario.run.stack);
    const auto peak = training::matrix_peak(chip, plan.precision);
    if (set == nullptr || !(peak > flop_per_second(0))) {
      diagnostics.error(where, fmt::format("no calibrated constants or no peak rate of {} for "
                                           "run.plan.precision = {}; take another, or give the "
                                           "phase's figures in place of a platform",
                                           chip.name, training::precision_name(plan.precision)));
      continue;
    }
    phase.chip.flops = peak;
    phase.chip.format = training::precision_name(plan.precision);
    phase.chip.power =
        operations::run_power(card.platform.power, chip.tdp, 1, operations::PowerState::Compute);
    scenario.lab_platforms[i] = LabPlatform{std::move(card.platform), set->efficiency, set->name};
  }
}

/// The constants of chips that arrive: those of the run where it is the platform's.
void calibrate_arrivals(Scenario& scenario, const std::vector<training::CalibrationSet>& sets,
                        const Reader& reader, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < scenario.arrivals.size(); ++i) {
    auto& arrival = scenario.arrivals[i];
    if (!arrival.chip) continue;
    if (arrival.chip->name == scenario.platform->chip.name) {
      arrival.efficiency = scenario.run.efficiency;
      continue;
    }
    const auto precision = scenario.run.plan.precision;
    const auto* set = training::find_set(sets, arrival.chip->name, precision, scenario.run.stack);
    if (set != nullptr)
      arrival.efficiency = set->efficiency;
    else
      diagnostics.error(reader.where(fmt::format("cluster.arrival[{}].chip", i)),
                        fmt::format("no calibrated constants for {} and {}; take a chip that "
                                    "platforms/calibration.toml has a set of",
                                    arrival.chip->name, training::precision_name(precision)));
  }
}

}  // namespace

LoadedScenario read_scenario(const std::string& file, const std::vector<std::string>& assignments,
                             Purpose purpose, SweepTable sweep) {
  const std::string path = file.empty() ? "the command line" : file;
  const auto open = [&](TomlFiles& in) { return file.empty() ? in.nothing() : in.load(file); };
  Diagnostics diagnostics;
  TomlFiles files(diagnostics);
  for (const auto& assignment : assignments) files.set(assignment);
  const auto* root = open(files);
  diagnostics.throw_if_any();

  const auto seed = peek_seed(files, *root, path);
  LoadedScenario loaded;
  auto& scenario = loaded.scenario;

  // A first look tells which calibrated constants are the defaults; its mistakes come up again.
  {
    Diagnostics unseen;
    TomlFiles first(unseen);
    for (const auto& assignment : assignments) first.set(assignment);
    Reader reader(first, unseen, seed);
    if (sweep == SweepTable::PassedOver) reader.pass_over("sweep");
    if (const auto* same = open(first)) reader.read(*same, path, scenario, true);
  }
  std::optional<training::Efficiency> calibrated;
  std::string calibration_file;
  std::vector<training::CalibrationSet> sets;
  if ((scenario.run.model || purpose == Purpose::Wall) && scenario.platform) {
    calibration_file =
        std::filesystem::proximate(data_folder() + "/platforms/calibration.toml").string();
    sets = read_calibration(calibration_file);
    if (const auto* set = training::find_set(sets, scenario.platform->chip.name,
                                             scenario.run.plan.precision, scenario.run.stack)) {
      calibrated = set->efficiency;
      loaded.calibration = set->name;
    }
  }
  scenario = Scenario{};
  scenario.run.efficiency = calibrated;
  Reader reader(files, diagnostics, seed);
  if (sweep == SweepTable::PassedOver) reader.pass_over("sweep");
  // Constants of which there is no set are given all or not at all.
  if (!calibrated) reader.require_all("run.efficiency");
  if (purpose != Purpose::Months) {
    scenario.title = std::filesystem::path(path).stem().string();
    reader.waive("title");
  }
  reader.read(*root, path, scenario, true);
  if (!scenario.run.efficiency) scenario.run.efficiency = calibrated;
  if (scenario.platform) complete_platform(*scenario.platform);
  if (purpose == Purpose::Months || purpose == Purpose::Step || purpose == Purpose::Plan)
    fill_open_run(scenario, reader, diagnostics);
  if (scenario.platform && scenario.run.model && reader.sound("cluster"))
    calibrate_arrivals(scenario, sets, reader, diagnostics);
  check(scenario, reader, diagnostics, purpose);
  if ((scenario.run.model || purpose == Purpose::Wall) && scenario.platform &&
      !scenario.run.efficiency && reader.sound("run.plan.precision") && reader.sound("cluster"))
    diagnostics.error(reader.where("run.stack"),
                      fmt::format("no calibrated constants for {} and this precision; give "
                                  "[run.efficiency], or a stack of platforms/calibration.toml",
                                  scenario.platform->chip.name));
  loaded.files = files.files();
  if (scenario.world && reader.sound("world")) fill_lab_platforms(loaded, reader, diagnostics);
  if (!calibration_file.empty()) loaded.files.push_back(calibration_file);
  loaded.places = reader.places();
  if (purpose == Purpose::Months && is_of_schedule(scenario) && diagnostics.empty()) {
    fill_jobs(scenario, loaded.places, diagnostics, loaded.skipped);
    if (scenario.schedule->trace) loaded.files.push_back(*scenario.schedule->trace);
  }
  if (purpose == Purpose::Months && scenario.failures.replay && scenario.failures.causes &&
      reader.sound("failures")) {
    scenario.recorded_stops =
        read_replay(*scenario.failures.replay, *scenario.failures.causes, count_nodes(scenario),
                    reader.where("failures.replay"), diagnostics);
    loaded.files.push_back(*scenario.failures.replay);
  }
  diagnostics.throw_if_any();
  return loaded;
}

bool holds_table(const std::string& path, std::string_view name) {
  Diagnostics diagnostics;
  TomlFiles files(diagnostics);
  const auto* root = files.load(path);
  diagnostics.throw_if_any();
  return root->contains(name);
}

std::vector<std::pair<std::string, std::string>> flat_toml(const std::string& path) {
  Diagnostics diagnostics;
  TomlFiles files(diagnostics);
  std::vector<std::pair<std::string, std::string>> rows;
  if (const auto* root = files.load(path)) flatten(*root, "", rows);
  diagnostics.throw_if_any();
  return rows;
}

}  // namespace longhaul::scenario
