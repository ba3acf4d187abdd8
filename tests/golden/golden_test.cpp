// Whole results, compared with what they were. After a change that is meant to change them:
//   LONGHAUL_UPDATE_GOLDEN=1 meson test -C build golden
// and read the diff before it is committed.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "experiment/simulation.hpp"
#include "report/summary_json.hpp"
#include "report/tables.hpp"
#include "scenario/scenario_file.hpp"

namespace longhaul {
namespace {

namespace fs = std::filesystem;
const fs::path golden = LONGHAUL_SOURCE_ROOT "/tests/golden";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Numbers may differ by a billionth, as compilers round differently; all else is the same.
void check_same(const nlohmann::json& was, const nlohmann::json& is) {
  const auto old_rows = was.flatten();
  const auto new_rows = is.flatten();
  CHECK(old_rows.size() == new_rows.size());
  for (const auto& [key, value] : old_rows.items()) {
    const auto& number = key;
    INFO(number);
    REQUIRE(new_rows.contains(key));
    const auto& now = new_rows[key];
    if (value.is_number() && now.is_number())
      CHECK(now.get<double>() == doctest::Approx(value.get<double>()).epsilon(1e-9));
    else
      CHECK(now == value);
  }
}

TEST_CASE("two days of Llama 3 come out as they did") {
  const fs::path folder = golden / "two_days";
  const auto loaded = scenario::read_scenario((folder / "scenario.toml").string(), {});
  experiment::Simulation simulation(loaded.scenario);
  const fs::path made = fs::temp_directory_path() / "longhaul_golden_two_days";
  fs::create_directories(made);
  {
    report::EventTable events((made / "events.csv").string(), loaded.scenario);
    report::TimelineTable timeline((made / "timeline.csv").string(), loaded.scenario,
                                   simulation.setup().tokens_per_step);
    operations::RunObserver observer;
    observer.on_event = [&](const operations::RunEvent& event) { events.write(event); };
    observer.on_sample = [&](const operations::RunSample& sample) { timeline.write(sample); };
    const auto totals = simulation.run(static_cast<std::uint64_t>(loaded.scenario.seed), observer);
    events.close();
    timeline.close();
    const auto summary = experiment::summarise(loaded.scenario, simulation.setup(), totals);
    std::ofstream(made / "summary.json") << report::summary_json(
        loaded.scenario, experiment::metrics(loaded.scenario, simulation.setup(), summary),
        summary.events, 0);
  }
  if (std::getenv("LONGHAUL_UPDATE_GOLDEN") != nullptr)
    for (const char* file : {"events.csv", "timeline.csv", "summary.json"})
      fs::copy_file(made / file, folder / file, fs::copy_options::overwrite_existing);
  CHECK(text_of(made / "events.csv") == text_of(folder / "events.csv"));
  CHECK(text_of(made / "timeline.csv") == text_of(folder / "timeline.csv"));
  check_same(nlohmann::json::parse(text_of(folder / "summary.json")),
             nlohmann::json::parse(text_of(made / "summary.json")));
  fs::remove_all(made);
}

}  // namespace
}  // namespace longhaul
