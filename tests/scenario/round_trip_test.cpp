#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "diagnostics/diagnostic.hpp"
#include "files.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/writer.hpp"
#include "small_run.hpp"

namespace longhaul::scenario {
namespace {

std::string resolved(const Files& files, const std::string& path,
                     const std::vector<std::string>& assignments = {}) {
  return resolved_toml(read_scenario(path, assignments).scenario, files.folder());
}

/// Writes the resolved scenario down, reads it and compares.
void check_reads_back(const Files& files, const std::string& path,
                      const std::vector<std::string>& assignments = {}) {
  CAPTURE(path);
  const auto text = resolved(files, path, assignments);
  const auto again = resolved(files, files.write("resolved.toml", text));
  CHECK(again == text);
}

TEST_CASE("every shipped scenario, resolved, reads back to itself") {
  const Files files;
  const auto shipped = shipped_scenarios();
  REQUIRE(shipped.size() >= 3);
  for (const auto& path : shipped) check_reads_back(files, path);
}

TEST_CASE("overrides, distributions and odd values read back too") {
  const Files files;
  const auto path = write_small_run(files);
  check_reads_back(files, path);
  check_reads_back(files, path, {"cluster.platform.chip.power.tdp=650 W"});
  check_reads_back(files, path, {"run.checkpoint.interval=daly", "seed=9223372036854775807"});
  check_reads_back(files, path, {"run.checkpoint.interval={lognormal=[\"1 h\",0.3]}"});
  check_reads_back(files, path, {"repair.automatic={weibull=[\"3 days\",0.7]}"});
  check_reads_back(files, path, {"repair.automatic={choice=[\"1 day\",\"3 days\",\"100 ns\"]}"});
  check_reads_back(files, path,
                   {"duration=0.1 s", "cluster.platform.fabric.three_layer_clos.taper=1e300"});
  check_reads_back(files, path, {"title=\"a \\\"quoted\\\" \\u00e4\\nsecond line\""});
  check_reads_back(files, path, {"failures.replay=" + files.path("replay.csv")});
  check_reads_back(files, path, {"start=1999-12-31T23:59:59Z"});
  check_reads_back(files, path,
                   {"sweep={samples=3,where=\"gpus > 1\",precision={metric=\"ettr\"},"
                    "axis=[{key=\"run.gpus\",values=[8,16]},"
                    "{key=\"duration\",zip=\"z\",values=[\"1 day\",{uniform=[\"1 h\",\"2 h\"]}]},"
                    "{key=\"recovery.detect\",sample={uniform=[\"1 s\",\"2 s\"]}},"
                    "{key=\"run.steps\",log_range={from=1,to=100,n=3}}]}"});
}

TEST_CASE("an override reaches into a card, and a card may itself be one") {
  const Files files;
  const auto path = write_small_run(files);
  const auto platform = [&](const std::vector<std::string>& assignments) {
    return *read_scenario(path, assignments).scenario.platform;
  };
  CHECK(platform({"cluster.platform.chip.power.tdp=650 W"}).chip.tdp == watts(650));
  files.write("cards/other.toml", "include = \"cluster.toml\"\nname = \"other\"\n");
  const auto card = "cluster.platform=" + files.path("cards/other.toml");
  const std::string taper = "cluster.platform.fabric.three_layer_clos.taper=3";
  CHECK(platform({card}).name == "other");
  for (const auto& order : {std::vector{card, taper}, std::vector{taper, card}}) {
    CHECK(platform(order).name == "other");
    CHECK(platform(order).fabric.network.three_layer_clos->taper == 3);
  }
  CHECK(platform({taper, "cluster.platform.fabric.three_layer_clos.taper=4"})
            .fabric.network.three_layer_clos->taper == 4);  // the last
}

TEST_CASE("includes lie below the file that names them, later ones above earlier ones") {
  const Files files;
  write_small_run(files);
  files.write("one.toml", "seed = 1\nduration = \"1 day\"\n[run.plan]\nmicrobatch = 2\n");
  files.write("two.toml", "duration = \"2 days\"\n");
  const auto path = files.write("mine.toml",
                                "include = [\"scenario.toml\", \"one.toml\", \"two.toml\"]\n"
                                "[run.plan]\nzero_stage = 1\n");
  const auto scenario = read_scenario(path, {}).scenario;
  CHECK(scenario.title == "a small run");
  CHECK(scenario.seed == 1);
  CHECK(*scenario.duration == days(2));
  CHECK(scenario.run.plan.tensor == 2);
  CHECK(scenario.run.plan.microbatch == 2);
  CHECK(scenario.run.plan.zero_stage == 1);
}

TEST_CASE("paths are seen from the file that names them") {
  const Files files;
  write_small_run(files);
  const auto path = files.write("deep/er/mine.toml",
                                "include = \"../../scenario.toml\"\n"
                                "[failures]\nreplay = \"../mine.csv\"\n");
  files.write("deep/mine.csv", "cause,time_s\ngpu,5\n");
  const auto scenario = read_scenario(path, {}).scenario;
  REQUIRE(scenario.recorded_stops.size() == 1);
  CHECK(scenario.recorded_stops[0].time == seconds(5));
  CHECK_FALSE(scenario.recorded_stops[0].lost);
}

TEST_CASE("a scalar given as a distribution is drawn by the seed and written as drawn") {
  const Files files;
  const auto path = write_small_run(files);
  const auto drawn = [&](const char* seed) {
    return *read_scenario(path, {"duration={uniform=[\"1 day\",\"9 days\"]}", seed})
                .scenario.duration;
  };
  const auto first = drawn("seed=1");
  CHECK(first == drawn("seed=1"));
  CHECK(first != drawn("seed=2"));
  CHECK(first >= days(1));
  CHECK(first < days(9));
  // Seeds that are written differently are the same.
  CHECK(first == drawn("seed=1.0"));
  CHECK(first == drawn("seed=\"1\""));
  const auto text = resolved(files, path, {"duration={uniform=[\"1 day\",\"9 days\"]}", "seed=1"});
  CHECK(*read_scenario(files.write("resolved.toml", text), {}).scenario.duration == first);
}

TEST_CASE("any encoding of line ends will do, and a byte order mark") {
  const Files files;
  write_small_run(files);
  auto text = text_of(files.path("scenario.toml"));
  const auto plain = resolved(files, files.path("scenario.toml"));
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.insert(at, "\r");
  CHECK(resolved(files, files.write("windows.toml", text)) == plain);
  CHECK(resolved(files, files.write("windows.toml", "\xEF\xBB\xBF" + text)) == plain);
}

TEST_CASE("files that are none of a scenario are refused") {
  const Files files;
  CHECK(complaints(files, files.path("none.toml")) ==
        "none.toml: error: there is no file none.toml");
  CHECK(complaints(files, files.write("folder/x", "").substr(0, files.path("folder").size())) ==
        "folder: error: folder is not a file");
  CHECK(complaints(files, files.write("empty.toml", "")) ==
        "empty.toml:1:1: error: missing key 'title' (the question, in a few words)\n"
        "empty.toml:1:1: error: nothing ends the run; give duration = \"54 days\" or run.steps = "
        "1000000\n"
        "empty.toml:1:1: error: the run has no step time; give run.model = "
        "\"models/llama3_405b.toml\" or run.step_time = \"5 s\"\n"
        "empty.toml:1:1: error: without a model the size of a checkpoint is not known; give "
        "run.checkpoint.write = \"5 min\"");
  CHECK(complaints(files, files.write("big.toml", std::string(20'000'000, '#'))) ==
        "big.toml: error: big.toml is larger than 16 MiB");
  CHECK(complaints(files, files.write("deep.toml", std::string(5'000'000, '[')))
            .find("deep.toml:1:") == 0);
}

TEST_CASE("a thousand files that include each other are refused, not followed") {
  const Files files;
  // Each of 40 files includes the next twice: 2^40 readings if nothing stopped them.
  for (int i = 0; i < 40; ++i) {
    const auto next = "\"" + std::to_string(i + 1) + ".toml\"";
    files.write(std::to_string(i) + ".toml", "include = [" + next + ", " + next + "]\n");
  }
  files.write("40.toml", "seed = 3\n");
  CHECK(complaints(files, files.path("0.toml")).find("more than 1,000 files are included") !=
        std::string::npos);
}

}  // namespace
}  // namespace longhaul::scenario
