// What is said of sites that a run cannot be divided over.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "files.hpp"
#include "small_run.hpp"

namespace longhaul::scenario {
namespace {

/// The small run (16 GPUs in nodes of 8; tensor 2, pipeline 2, data 4) with this
/// [run.across_sites].
std::string of(const std::string& sites, const std::string& more = {},
               const std::vector<std::string>& assignments = {}) {
  const Files files;
  const auto scenario = write_small_run(files);
  files.write("scenario.toml", text_of(scenario) + "[run.across_sites]\n" + sites + more);
  return complaints(files, scenario, assignments);
}
bool has(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) MESSAGE(text);
  return found;
}

TEST_CASE("a plan and its GPUs divide over the sites") {
  CHECK(of("sites = 2").empty());
  CHECK(has(of("sites = 3"), "run.plan.data = 4 does not divide over 3 sites"));
  CHECK(has(of("sites = 4"), "run.gpus = 16 do not divide into whole nodes of 8 GPUs at 4 sites"));
  CHECK(has(of("sites = 0"), "run.across_sites.sites"));
  CHECK(of("method = \"pipeline\"").empty());
  CHECK(has(of("method = \"pipeline\"\nsites = 3"),
            "run.plan.pipeline = 2 does not divide over 3 sites"));
  CHECK(has(of("method = \"pipeline\"", "", {"run.plan.virtual_stages=2"}),
            "a pipeline through sites runs 1f1b"));
}

TEST_CASE("regions are of DiLoCo, and whole") {
  CHECK(has(of("region_sites = 2"), "regions exchange by DiLoCo"));
  CHECK(has(of("method = \"diloco\"\nregion_sites = 3"), "2 sites are no whole number of regions"));
  CHECK(of("method = \"diloco\"\nregion_sites = 2").empty());
}

TEST_CASE("a fragment begins a step at most and is back before it goes again") {
  const std::string streaming = "method = \"streaming-diloco\"\ninner_steps = 10\n";
  CHECK(of(streaming + "fragments = 10\noverlap_steps = 9").empty());
  CHECK(has(of(streaming + "fragments = 11"), "11 fragments in 10 inner steps"));
  CHECK(has(of(streaming + "overlap_steps = 10"), "take fewer than inner_steps = 10"));
}

TEST_CASE("laws are known by name, and units and words are checked") {
  CHECK(has(of("replica_law = \"guess\""), "there is no law 'guess'; take none or charles-2025"));
  CHECK(has(of("memory_law = \"x\""), "take none or two-copies or one-fragment"));
  CHECK(has(of("loss_law = \"x\""), "take hoffmann-2022 or besiroglu-2024"));
  CHECK(has(of("method = \"gossip\""), "run.across_sites.method"));
  CHECK(has(of("bandwidth = \"0 B/s\""), "run.across_sites.bandwidth"));
  CHECK(has(of("distance = \"-1 km\""), "run.across_sites.distance"));
  CHECK(has(of("exchange_bits = 0"), "run.across_sites.exchange_bits"));
  CHECK(has(of("exchange_bits = 65"), "run.across_sites.exchange_bits"));
  CHECK(has(of("hops = 3"), "hops"));
}

TEST_CASE("what changes hands between sites is given as a time") {
  CHECK(of("sites = 2", "\n[run.elastic]\nleast_data = 2\n").empty());
  CHECK(has(of("sites = 2", "\n[run.elastic]\nreshard = true\n"),
            "give what it takes as run.elastic.reconfigure"));
}

TEST_CASE("a step that is given has nothing to add an exchange to") {
  const Files files;
  const auto path = files.write("given.toml",
                                "title = \"t\"\nduration = \"1 day\"\n"
                                "[run]\nstep_time = \"1 s\"\n"
                                "checkpoint.write = \"1 s\"\n"
                                "[run.across_sites]\nsites = 2\n");
  CHECK(
      has(complaints(files, path), "needs a step to add to; give run.model and cluster.platform"));
}

}  // namespace
}  // namespace longhaul::scenario
