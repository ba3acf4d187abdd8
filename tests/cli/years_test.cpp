// Years of labs as a user meets them.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "desk.hpp"

namespace longhaul::cli {
namespace {

/// A lab of 16,384 chips of 1 PFLOP/s at 40 % for two years, whose algorithms nobody knows exactly.
const std::string years =
    "title = \"two years\"\nstart = 2024-01-01\nduration = \"2 years\"\n"
    "[lab]\nname = \"A\"\nstrategy = \"fixed-length\"\nlength = \"6 months\"\n"
    "[world]\nscaling = \"hoffmann-2022\"\n"
    "[world.algorithms]\ngrowth = { lognormal = [3, 0.3] }\n"
    "[world.trend]\nchips = 16384\nflops = \"1 PFLOP/s\"\nutilisation = 0.4\n";

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct YearsDesk : Desk {
  YearsDesk() { files.write("years.toml", years); }
};

TEST_CASE("run tells what a lab released, in words, in JSON and in two tables") {
  const YearsDesk desk;
  const auto told = desk({"run", "years.toml", "--set", "world.algorithms.growth=4"});
  CHECK(told.status == 0);
  CHECK(says(told.out, "A          4 runs released"));
  CHECK(says(told.out, "bound by   chips 4"));
  const auto runs = scenario::text_of(desk / "results/years-1/runs.csv");
  CHECK(std::count(runs.begin(), runs.end(), '\n') == 5);
  CHECK(says(runs, ",16384,bf16,1.6384e+19,"));  // chips, format, peak
  // 0, then a month each for two years.
  const auto table = scenario::text_of(desk / "results/years-1/years.csv");
  CHECK(std::count(table.begin(), table.end(), '\n') == 1 + 25);
  CHECK(says(table, ",16384,bf16,1.6384e+19,"));
  const auto json = nlohmann::json::parse(
      desk({"run", "years.toml", "--set", "world.algorithms.growth=4", "--json"}).out);
  // 16,384 x 1e15 x 0.4 x half a year; the last recipe is one and a half years old: 4^1.5 = 8.
  const double physical = 16384e15 * 0.4 * 0.5 * 365.25 * 86400;
  CHECK(json.at("best_flop").get<double>() == doctest::Approx(physical).epsilon(1e-9));
  CHECK(json.at("best_effective_flop").get<double>() ==
        doctest::Approx(8 * physical).epsilon(1e-9));
  CHECK(json.at("bound_by").at("chips") == 4);
}

TEST_CASE("the same seed gives the same bytes, and another one another world") {
  const YearsDesk desk;
  for (const char* out : {"one", "two"}) desk({"run", "years.toml", "--out", out});
  CHECK(scenario::text_of(desk / "one/runs.csv") == scenario::text_of(desk / "two/runs.csv"));
  desk({"run", "years.toml", "--out", "three", "--seed", "2"});
  CHECK(scenario::text_of(desk / "one/runs.csv") != scenario::text_of(desk / "three/runs.csv"));
}

TEST_CASE("forecast draws the years, whatever -j") {
  const YearsDesk desk;
  const auto one = desk({"forecast", "years.toml", "--samples", "60", "--json", "-j", "1"});
  CHECK(one.status == 0);
  std::filesystem::remove_all(desk / "results");
  const auto two = desk({"forecast", "years.toml", "--samples", "60", "--json", "-j", "2"});
  CHECK(one.out == two.out);
  const auto json = nlohmann::json::parse(one.out);
  CHECK(json.at("samples") == 60);
  const auto& best = json.at("metrics").at("best_effective_flop");
  CHECK(best.at("p10").get<double>() < best.at("p50").get<double>());
  // The median growth is 3 times a year, over 1.5 years 5.2: 60 draws are within a quarter.
  const double physical = 16384e15 * 0.4 * 0.5 * 365.25 * 86400;
  CHECK(best.at("p50").get<double>() == doctest::Approx(5.196 * physical).epsilon(0.25));
  CHECK(says(desk({"forecast", "years.toml", "--samples", "60"}).out, "best_effective_flop"));
}

TEST_CASE("draws that fail say why, and are not called alike") {
  const YearsDesk desk;
  // 20 stops an hour on every chip: no run keeps anything.
  desk.files.write("stops.toml", R"(name = "often"
gpus = 1
observed = "1 hour"
[[cause]]
name = "failure"
group = "other"
count = 20
strikes = "gpu"
)");
  std::vector<std::string> fails{"forecast", "years.toml", "--samples", "3"};
  for (const char* setting :
       {"failures.causes=stops.toml", "run.checkpoint.write=3 s", "run.checkpoint.interval=daly"})
    fails.insert(fails.end(), {"--set", setting});
  const auto outcome = desk(fails);
  CHECK(outcome.status == 4);
  CHECK(says(outcome.out, "3 draws failed; the first: "));
  CHECK(says(outcome.out, "chips that would keep nothing"));
  CHECK_FALSE(says(outcome.out, "alike"));
  fails.emplace_back("--json");
  const auto json = nlohmann::json::parse(desk(fails).out);
  CHECK(json.at("failed") == 3);
  CHECK(says(json.at("first_error"), "chips that would keep nothing"));
  CHECK(json.at("metrics").empty());
}

TEST_CASE("what turns out to be of no use is said where it stands") {
  const YearsDesk desk;
  const auto outcome =
      desk({"run", "years.toml", "--set", "world.revenue.formula=log(-1) * effective"});
  CHECK(outcome.status == 2);
  CHECK(says(outcome.err, "--set world.revenue.formula"));
  CHECK(says(outcome.err, "world.revenue.formula: 'log(-1) * effective' gives no number"));
  const auto unread = desk({"run", "years.toml", "--set", "lab.reported=3 days"}).out;
  CHECK(says(unread, "not read   reported: its strategy has no use for that"));
  CHECK_FALSE(says(unread, "\nreported"));
}

TEST_CASE("what years cannot do is said, and nothing is written") {
  const YearsDesk desk;
  const auto trace = desk({"run", "years.toml", "--trace", "t.json"});
  CHECK(trace.status == 2);
  CHECK(says(trace.err, "years have no timeline of steps"));
  CHECK(desk({"step", "years.toml"}).status == 2);
}

}  // namespace
}  // namespace longhaul::cli
