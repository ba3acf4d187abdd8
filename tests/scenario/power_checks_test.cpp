// What is said of caps and curtailments that a run cannot meet.
#include <doctest/doctest.h>

#include <string>

#include "files.hpp"
#include "small_run.hpp"

namespace longhaul::scenario {
namespace {

/// The small run with this [power]. Its 16 GPUs draw 16 x 1,275 W = 20.4 kW in steps and, with a
/// fifth of 700 W each, 16 x (140 + 575) = 11.44 kW standing idle: 0.4392 less. It starts on
/// 2024-06-01.
std::string of(const std::string& power, const std::string& of_nodes = "") {
  const Files files;
  const auto scenario = write_small_run(files);
  auto card = text_of(files.path("cards/cluster.toml"));
  files.write("cards/cluster.toml", card + "idle_fraction = 0.2\n" + of_nodes);
  files.write("scenario.toml", text_of(scenario) + "[power]\n" + power);
  return complaints(files, scenario);
}
std::string of_site(const std::string& site) { return of("[[power.site]]\n" + site); }
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a cap is no lower than what the response can bring the run to") {
  CHECK(of_site("cap = \"11.5 kW\"").empty());
  CHECK(has(
      of_site("cap = \"11.4 kW\""),
      "cap = 11.4 kW, but the site draws 11.44 kW while the run stands idle; give at least that"));
  CHECK(has(of_site("step = [{ at = \"1 day\", cap = \"1 kW\" }]"), "cap = 1 kW, but"));
  CHECK(has(of_site("cap = \"-1 kW\""), "power.site[0].cap"));
  // A warm spare draws half of 8 x 1,275 W beside it.
  CHECK(has(of_site("cap = \"16.5 kW\"\n[spares]\nwarm = 1"),
            "cap = 16.5 kW, but the site draws 16.54 kW while the run stands idle"));
  CHECK(of_site("cap = \"16.6 kW\"\n[spares]\nwarm = 1").empty());
  // Where free nodes draw half of that too, 6 of 8 add 30.6 kW, and 2 that arrive on day 5 come
  // last.
  const auto arriving = [](const std::string& caps) {
    return of("[[power.site]]\n" + caps + "\n[[cluster.arrival]]\nat = \"5 days\"\nnodes = 2\n",
              "free_fraction = 0.5\n");
  };
  CHECK(has(arriving("cap = \"42 kW\""), "the site draws 42.04 kW while the run stands idle"));
  CHECK(arriving("cap = \"42.1 kW\"").empty());
  CHECK(arriving("cap = \"32 kW\"\nstep = [{ at = \"5 days\", cap = \"43 kW\" }]").empty());
  CHECK(has(arriving("cap = \"31 kW\"\nstep = [{ at = \"5 days\", cap = \"43 kW\" }]"),
            "cap = 31 kW, but the site draws 31.84 kW"));
}

TEST_CASE("a run that gives replicas up keeps as many as it may, or stands idle") {
  // A replica has 4 of the 16 GPUs: 5.1 kW in steps; three draw more than all do idle.
  const auto with = [](const std::string& cap, int least_data) {
    return of("response = \"shrink\"\n[[power.site]]\ncap = \"" + cap +
              "\"\n[run.elastic]\nleast_data = " + std::to_string(least_data));
  };
  CHECK(with("5.1 kW", 1).empty());
  CHECK(has(with("5 kW", 1),
            "cap = 5 kW, but the site draws 5.1 kW while the run goes on with as "
            "few replicas as it may"));
  CHECK(with("11.5 kW", 3).empty());
  CHECK(has(with("11.4 kW", 3), "the site draws 11.44 kW while the run stands idle"));
}

TEST_CASE("a curtailment leaves what the run draws idle") {
  const std::string rest = ", duration = \"3 h\" }]";
  CHECK(of_site("curtailment = [{ at = \"1 day\", fraction = 0.43" + rest).empty());
  CHECK(has(of_site("curtailment = [{ at = \"1 day\", fraction = 0.44" + rest),
            "give at most 0.439"));
  CHECK(has(of_site("curtailment = [{ at = \"1 day\", fraction = 1" + rest), "fraction"));
  CHECK(has(of_site("random = { rate = \"1 /day\", fraction = 0.5, duration = \"1 h\" }"),
            "give at most 0.439"));
  CHECK(has(of_site("random = { rate = \"1 /day\", fraction = { uniform = [0.1, 0.5] }, duration = "
                    "\"1 h\" }"),
            "give at most 0.439"));
  CHECK(of_site("random = { rate = \"1 /day\", fraction = { uniform = [0.1, 0.4] }, duration = "
                "\"1 h\" }")
            .empty());
  CHECK(has(of_site("random = { rate = \"1 /s\", fraction = 0.2, duration = \"1 h\" }"), "rate"));
}

TEST_CASE("moments are given once, after the start, and in their order") {
  const std::string cap = "cap = \"15 kW\" }";
  CHECK(
      of_site("step = [{ at = \"1 day\", " + cap + ", { date = 2024-06-03, " + cap + "]").empty());
  CHECK(has(of_site("step = [{ at = \"2 days\", " + cap + ", { date = 2024-06-02, " + cap + "]"),
            "steps come in the order of time"));
  CHECK(has(of_site("step = [{ " + cap + "]"), "nothing says when"));
  CHECK(has(of_site("step = [{ at = \"1 day\", date = 2024-06-03, " + cap + "]"),
            "`at` and `date` exclude each other"));
  CHECK(has(of_site("curtailment = [{ date = 2024-05-31, fraction = 0.1, duration = \"1 h\" }]"),
            "begins before the start of the run, 2024-06-01"));
}

TEST_CASE("there is one power.site for each site of the cluster") {
  CHECK(has(of("site = [{}, {}]\n"), "2 sites, but cluster.per_site = 0 of 8 nodes make 1"));
}

}  // namespace
}  // namespace longhaul::scenario
