// longhaul forecast as a user meets it.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "program.hpp"

namespace longhaul::cli {
namespace {

const std::string shipped =
    LONGHAUL_SOURCE_ROOT "/scenarios/figures/constraints_2030/scenario.toml";

Outcome forecast(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"forecast", shipped, "--samples", "500"});
  return run(arguments);
}
bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("forecast says in words and in JSON how each constraint spreads") {
  const auto json = nlohmann::json::parse(forecast({"--json"}).out);
  for (const char* name : {"power", "chips", "data", "latency"}) {
    CAPTURE(name);
    const auto& row = json.at("constraints").at(name);
    CHECK(row.at("p10_flop").get<double>() < row.at("p50_flop").get<double>());
    CHECK(row.at("p50_flop").get<double>() < row.at("p90_flop").get<double>());
    CHECK(row.at("p50_gpt4").get<double>() ==
          doctest::Approx(row.at("p50_flop").get<double>() / 2.1e25).epsilon(1e-9));
    CHECK(row.at("binds").get<double>() >= 0);
  }
  CHECK(json.at("least").at("p50_flop").get<double>() <=
        json.at("constraints").at("power").at("p50_flop").get<double>());
  CHECK(json.at("details").at("campus").contains("p50_flop"));
  CHECK(json.at("details").at("distributed_power").contains("p50_w"));
  CHECK(json.at("details").at("run_chips").contains("p50_h100e"));
  CHECK(json.at("details").at("run_data").contains("p50_tokens"));
  CHECK(json.at("samples") == 500);
  CHECK(json.at("seed") == 1);
  CHECK_FALSE(json.at("revision").get<std::string>().empty());
  CHECK(json.at("inputs").at(0).at("sha256").get<std::string>().size() == 64);

  const auto screen = forecast({}).out;
  for (const char* part : {"least of four", "power", "chips", "data", "latency", "one campus",
                           "500 samples, seed 1; GPT-4 is 2.1e+25 FLOP"})
    CHECK_MESSAGE(contains(screen, part), part);
}

TEST_CASE("forecast prints the same bytes for the same seed and other ones for another") {
  CHECK(forecast({"--json"}).out == forecast({"--json"}).out);
  CHECK(forecast({"--json"}).out != forecast({"--json", "--seed", "2"}).out);
  const auto set =
      nlohmann::json::parse(forecast({"--json", "--set", "constraints.latency_form=text"}).out);
  CHECK(set.at("constraints").at("latency").at("p50_flop") ==
        set.at("details").at("latency_text_fixed").at("p50_flop"));
}

TEST_CASE("forecast --dry-run prints a scenario that forecasts the same") {
  const scenario::Files files;
  const auto resolved = files.write("resolved.toml", forecast({"--dry-run"}).out);
  const auto again = run({"forecast", resolved, "--samples", "500"});
  CHECK(again.status == 0);
  CHECK(again.out == forecast({}).out);
}

TEST_CASE("mistakes are told with their place, and what would be right") {
  const auto outcome = forecast({"--set", "constraints.epochs={metalog=[5,3,15]}"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, "metalog wants its 10th, 50th and 90th percentile in rising order"));
  const auto huge = forecast({"--set", "constraints.epochs=1e200"});
  CHECK(huge.status == 2);
  CHECK(contains(huge.err, "scenario.toml:11:1: error: the forecast of data leaves what"));
  const auto as_run = run({"run", shipped});
  CHECK(as_run.status == 2);
  CHECK(contains(as_run.err, "[constraints] is no run; ask `longhaul forecast` with this file"));
  const auto no_forecast =
      run({"forecast", LONGHAUL_SOURCE_ROOT "/scenarios/llama3_405b_54_days.toml"});
  CHECK(no_forecast.status == 2);
  CHECK(contains(no_forecast.err, "a forecast is of [constraints], or of a [lab] in a [world]"));
  CHECK(forecast({"--samples", "0"}).status == 2);
  CHECK(contains(run({"forecast", "--help"}).out, "Examples:\n  longhaul forecast "));
}

}  // namespace
}  // namespace longhaul::cli
