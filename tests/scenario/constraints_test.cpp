// What is said of [constraints] that make no forecast.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "files.hpp"
#include "scenario/constraint_fields.hpp"
#include "scenario/writer.hpp"

namespace longhaul::scenario {
namespace {

const std::string shipped =
    LONGHAUL_SOURCE_ROOT "/scenarios/figures/constraints_2030/scenario.toml";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The shipped forecast with `was` replaced once.
std::string with(const std::string& was, const std::string& by) {
  const Files files;
  auto text = text_of(shipped);
  const auto at = text.find(was);
  REQUIRE_MESSAGE(at != std::string::npos, was);
  text.replace(at, was.size(), by);
  return complaints(files, files.write("scenario.toml", text), {}, Purpose::Forecast);
}

TEST_CASE("the shipped forecast, resolved, reads back to itself") {
  const auto text = resolved_forecast_toml(read_scenario(shipped, {}, Purpose::Forecast).scenario);
  const Files files;
  const auto again = files.write("resolved.toml", text);
  CHECK(resolved_forecast_toml(read_scenario(again, {}, Purpose::Forecast).scenario) == text);
  CHECK(has(text, "metalog_share = [0.16, 0.26, 0.4]"));
  CHECK(has(text, "rank = -0.7"));
  CHECK_FALSE(has(text, "[run"));
}

TEST_CASE("inputs of a forecast are found by their keys, and go into the draw they belong to") {
  const auto loaded = read_scenario(shipped, {}, Purpose::Forecast).scenario;
  world::ConstraintDraw draw;
  const auto fields = constraint_fields(loaded.constraints->inputs, draw);
  CHECK(fields.size() == 42);
  for (std::size_t i = 0; i < fields.size(); ++i) *fields[i].value = static_cast<double>(i + 1);
  CHECK(fields.front().key == "run_duration");
  CHECK(draw.run_duration == seconds(1));
  CHECK(fields.back().key == "scale_out_latency");
  CHECK(draw.scale_out_latency == seconds(static_cast<double>(fields.size())));
  CHECK(draw.horizon == seconds(6 * seconds_per_year));  // a setting, copied
  CHECK(draw.gpt4_compute == flop(2.1e25));
}

TEST_CASE("percentiles that no distribution has are refused at their place") {
  const std::string place = "scenario.toml:17:28: error: constraints.run_duration: ";
  CHECK(has(with("[\"5.18e6 s\", \"1.56e7 s\"", "[\"1.56e7 s\", \"5.18e6 s\""),
            place + "metalog wants its 10th, 50th and 90th percentile in rising order"));
  CHECK(has(with("[\"5.18e6 s\", \"1.56e7 s\"", "[\"5.18e6 s\", \"2.3e7 s\""),
            place + "no metalog has these percentiles"));
  CHECK(has(with("[0.16, 0.26, 0.40]", "[0.16, 0.26, 1.40]"),
            "metalog_share wants percentiles between 0 and 1"));
  CHECK(has(with("metalog_share = [0.16, 0.26, 0.40]", "metalog = [0.16, 0.26, 0.40]"),
            "this metalog distribution can give other values, but more than 0 to 1 is wanted"));
  CHECK(has(with("[1.16, 1.28, 1.42]", "[0.9, 1.28, 1.42]"),
            "metalog_growth wants percentiles above 1"));
  CHECK(has(with("\"3.04e9 W\"", "\"-1 W\""), "ai_power = '-1 W', but at least 0 W is wanted"));
  CHECK(has(with("\"4.5 us\"", "4.5"), "kernel_latency = 4.5 has no unit"));
  CHECK(
      has(with("epochs = { metalog = [3.0, 5.0, 15.0] }", ""), "missing key 'constraints.epochs'"));
}

TEST_CASE("correlations that cannot be are refused at their place") {
  const std::string first = "input = \"datacentre_growth\"\nwith = \"gpu_production_growth\"";
  CHECK(has(with(first, "input = \"datacenter_growth\"\nwith = \"gpu_production_growth\""),
            ": error: [constraints] has no input 'datacenter_growth'; did you mean "
            "'datacentre_growth'?"));
  CHECK(has(with(first, "input = \"epochs\"\nwith = \"epochs\""),
            "an input cannot be tied to itself; name another one"));
  CHECK(has(with(first, "input = \"campus_power\"\nwith = \"datacentre_growth\""),
            "datacentre_growth and campus_power are tied above already; take one of the two out"));
  CHECK(has(with("rank = -0.7", "rank = -1.0"),
            "a rank correlation lies between -1 and 1, without the ends; -1 is not"));
  CHECK(has(with("rank = -0.7", "rank = -0.8"), "these correlations contradict each other"));
}

TEST_CASE("an input that is tied may be set to one value, which ties nothing") {
  const Files files;
  CHECK(
      complaints(files, shipped, {"constraints.run_duration=180 days"}, Purpose::Forecast).empty());
}

TEST_CASE("a run and a forecast are not mistaken for each other") {
  const Files files;
  CHECK(has(complaints(files, shipped),
            ": error: [constraints] is no run; ask `longhaul forecast` with this file"));
  const auto run = files.write("run.toml", "title = \"a run\"\nduration = \"1 day\"\n");
  CHECK(has(complaints(files, run, {}, Purpose::Forecast),
            "there is nothing to forecast; give [constraints]"));
  CHECK(holds_table(shipped, "constraints"));
  CHECK_FALSE(holds_table(run, "constraints"));
}

}  // namespace
}  // namespace longhaul::scenario
