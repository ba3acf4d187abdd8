// The scenario that leaves GPUs and plan to the platform, on every system of the catalogue.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "engine/forked.hpp"
#include "experiment/simulation.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/writer.hpp"
#include "training/memory.hpp"

using namespace longhaul;

namespace {

const std::string source_root = LONGHAUL_SOURCE_ROOT;
const std::string anywhere = source_root + "/scenarios/llama3_405b_anywhere.toml";

std::vector<std::string> catalogue() {
  std::vector<std::string> cards;
  for (const auto& entry : std::filesystem::directory_iterator(source_root + "/platforms/clusters"))
    cards.push_back(entry.path().string());
  std::ranges::sort(cards);
  return cards;
}

std::vector<std::string> on(const std::string& card) {
  return {"cluster.platform=" + card, "run.fidelity=analytic", "duration=1 day",
          "output.timeline=0 s"};
}

struct Ran {
  double simulated_s;
  double steps;
  double step_s;
  double mfu;
};

/// A fabric of a million GPUs would not leave the test's own process again.
Ran run(const scenario::Scenario& scenario) {
  return engine::run_forked_values<Ran>([&] {
           experiment::Simulation simulation(scenario);
           const auto totals = simulation.run(1, {});
           const auto& setup = simulation.setup();
           return std::vector{Ran{totals.simulated.value(), static_cast<double>(totals.steps),
                                  setup.step_time.value(), setup.step->mfu}};
         })
      .front();
}

}  // namespace

TEST_CASE("Llama 3 405B runs on every system of the catalogue by changing one line") {
  const auto cards = catalogue();
  REQUIRE(cards.size() >= 16);
  for (const auto& card : cards) {
    CAPTURE(card);
    const auto loaded = scenario::read_scenario(anywhere, on(card));
    const auto& s = loaded.scenario;
    CAPTURE(s.run.gpus);
    const auto& fabric = s.platform->fabric;
    const auto usable = (count_gpus(fabric) - count_standing_by(fabric)) / fabric.sites.sites;
    CHECK(s.run.gpus == training::gpus(s.run.plan));
    CHECK(s.run.gpus % fabric.gpus_per_node == 0);
    CHECK(s.run.gpus <= usable - 8 * fabric.gpus_per_node);
    CHECK(s.run.gpus > (usable - 8 * fabric.gpus_per_node) / 4);
    CHECK(fits_memory(s.run.model->shape, s.run.plan, s.run.batch, s.platform->chip));
    // The plan that was found is written out, and read again is that plan.
    const scenario::Files files;
    const auto resolved = scenario::resolved_toml(s, files.folder());
    const auto again = scenario::read_scenario(files.write("resolved.toml", resolved), {});
    CHECK(again.scenario.run.gpus == s.run.gpus);
    CHECK(scenario::resolved_toml(again.scenario, files.folder()) == resolved);

    const auto ran = run(s);
    CHECK(ran.simulated_s == doctest::Approx(86'400));
    // Slower steps on other nodes, stops and checkpoints only take time away.
    CHECK(ran.steps > 0);
    CHECK(ran.steps <= 86'400 / ran.step_s * 1.001);
    CHECK(ran.mfu > 0.05);
    CHECK(ran.mfu < 0.75);
  }
}

TEST_CASE("the spine's own scenario says how to run it on a platform that is too small") {
  const scenario::Files files;
  const auto spine = source_root + "/scenarios/llama3_405b_54_days.toml";
  const auto said = [&](const std::string& card, std::vector<std::string> more = {}) {
    more.push_back("cluster.platform=" + source_root + "/platforms/clusters/" + card + ".toml");
    return complaints(files, spine, more);
  };
  CHECK(said("dgx_h100_superpod")
            .find("run.gpus = 16384, but dgx_h100_superpod has 1024; take at "
                  "most that many, or run.gpus = 0 for as many as the fastest "
                  "plan takes") != std::string::npos);
  CHECK(said("fairwater_two_sites").find("or run.gpus = 0") != std::string::npos);
  CHECK(said("dgx_h100_superpod", {"run.gpus=0"}).empty());
  // 405e9 parameters at 18 bytes on 8 GPUs of 80 GB: no way to divide them helps.
  const auto none = said("dgx_h100_superpod", {"run.gpus=0", "spares.warm=127"});
  CHECK(none.find("run.gpus = 0, but no plan fits the 85.52 GB of H100-80GB-SXM: the leanest on 8 "
                  "GPUs needs") != std::string::npos);
  CHECK(none.find("take a platform with more memory") != std::string::npos);
  CHECK(complaints(files, source_root + "/scenarios/renewal.toml", {"run.gpus=0"})
            .find("needs run.model and cluster.platform") != std::string::npos);
}
