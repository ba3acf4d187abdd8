// Years of labs from a scenario: failures in closed form, utilisation by the step model.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "../scenario/files.hpp"
#include "engine/lab_actor.hpp"
#include "experiment/lab_step.hpp"
#include "experiment/years.hpp"
#include "scenario/scenario_file.hpp"
#include "training/model_shape.hpp"

namespace longhaul {
namespace {

const std::string root = LONGHAUL_SOURCE_ROOT;

scenario::LoadedScenario years(const std::string& more) {
  const scenario::Files files;
  return scenario::read_scenario(
      files.write("scenario.toml",
                  "title = \"years\"\nstart = 2024-01-01\nduration = \"1 year\"\n[lab]\nstrategy = "
                  "\"fixed-length\"\nlength = \"90 days\"\n" +
                      more),
      {});
}

const std::string world =
    "[world]\nscaling = \"hoffmann-2022\"\n[world.algorithms]\ngrowth = 1\n[world.trend]\nchips = "
    "16384\nflops = \"1 PFLOP/s\"\n";

std::string on_platform(const std::string& chips) {
  return "[run.plan]\nprecision = \"bf16\"\nzero_stage = 1\nsequence_parallel = "
         "true\n[world]\nscaling = "
         "\"hoffmann-2022\"\n[world.algorithms]\ngrowth = 1\n[world.step]\nbatch_law = "
         "\"deepseek-2024\"\n[[world.phase]]\nname = "
         "\"all\"\nat = \"0 s\"\nchips = " +
         chips + "\nplatform = \"" + root + "/platforms/clusters/meta_24k_roce.toml\"\n";
}

TEST_CASE("runs lose to failures what the exact renewal says") {
  CHECK(experiment::expected_goodput(years(world).scenario, 16384) == 1);
  const auto loaded = years(world + "[failures]\ncauses = \"" + root +
                            "/scenarios/failures/meta_rsc1.toml\"\n[run.checkpoint]\ninterval = "
                            "\"10 min\"\nwrite = \"3 s\"\nread = \"0 s\"\n[recovery]\ndetect = \"5 "
                            "min\"\nrestart = \"10 min\"\n");
  // 2,048 nodes x 6.5 per 1,000 node-days: M = 86400/13.312 = 6490.38 s. Daly's renewal:
  // T/Ts = M e^(900/M) (e^(603/M) - 1)/600.
  const double m = 86400 / 13.312;
  const double expected = 600 / (m * std::exp(900 / m) * std::expm1(603 / m));
  CHECK(experiment::expected_goodput(loaded.scenario, 16384) ==
        doctest::Approx(expected).epsilon(1e-3));
  const auto totals = engine::simulate_years(experiment::years_inputs(loaded.scenario), {});
  const auto& lab = totals.labs.front();
  CHECK(lab.best_compute.value() ==
        doctest::Approx(expected * 16384e15 * 90 * 86400).epsilon(1e-3));
}

TEST_CASE("months of each run, where they are asked for, agree with the renewal") {
  // As above, with checkpoints and recoveries that months are simulated with: the mean of four
  // runs of 90 days with some 1,200 failures each is within 1 % of the closed form.
  const auto loaded = years(
      "months = true\n" + world + "[failures]\ncauses = \"" + root +
      "/scenarios/failures/meta_rsc1.toml\"\n[run]\nstep_time = \"5 s\"\n[run.checkpoint]\n"
      "interval = \"10 min\"\nwrite = \"3 s\"\nread = \"0 s\"\n[recovery]\ndetect = \"5 min\"\n"
      "restart = \"10 min\"\n");
  double sum = 0;
  int n = 0;
  lab::YearsObserver observer;
  observer.on_run = [&](const lab::LabRun& run) {
    sum += run.goodput;
    ++n;
  };
  engine::simulate_years(experiment::years_inputs(loaded.scenario), observer);
  REQUIRE(n == 4);
  CHECK(sum / n ==
        doctest::Approx(experiment::expected_goodput(loaded.scenario, 16384)).epsilon(0.01));
}

TEST_CASE("a model of GPT-3's size has its shape") {
  // 0.088 (1.75e11)^0.27 = 95.4 layers, 96 as 16 divides it; h = sqrt(N/(12 x 96)) = 12,325, to
  // 256: 12,288.
  const auto shape = experiment::shape_of_size(1.75e11);
  CHECK(shape.layers == 96);
  CHECK(shape.hidden == 12288);
  CHECK(shape.heads == 96);
}

TEST_CASE("utilisation comes from the step model, and falls where chips outnumber the batch") {
  const auto loaded = years(on_platform("16384"));
  experiment::LabSteps steps(loaded.scenario);
  // 405e9 parameters on 16,384 H100: Llama 3.1 reached 0.38 to 0.43 [arXiv 2407.21783].
  const double llama = steps.utilisation(0, 16384, 4.05e11, 1);
  CHECK(llama > 0.35);
  CHECK(llama < 0.5);
  // A model of 1e9 parameters has a batch of 0.292 (1.2e20)^0.3271 = 1.1M tokens, 128 sequences of
  // 8,192: on 16,384 GPUs each would have 64 tokens.
  CHECK(steps.utilisation(0, 16384, 1e9, 1) < 0.1 * llama);
  // Sixteen times the tokens a parameter: 0.292 (1.92e21)^0.3271 = 2.7M tokens.
  CHECK(steps.utilisation(0, 16384, 1e9, 16) > 1.5 * steps.utilisation(0, 16384, 1e9, 1));
  double before = 1;
  for (double chips = 256; chips <= 65536; chips *= 4) {
    const double now = steps.utilisation(0, chips, 3e10, 1);
    CHECK(now <= before * 1.02);
    before = now;
  }
}

TEST_CASE("a run's compute is what its chips' step model gives") {
  const auto loaded = years(on_platform("16384"));
  const auto& chip = loaded.scenario.world->phases.front().chip;
  CHECK(chip.flops.value() == doctest::Approx(989.4e12).epsilon(1e-3));
  CHECK(chip.format == "bf16");
  CHECK(chip.power > watts(1000));
  const auto totals = engine::simulate_years(experiment::years_inputs(loaded.scenario), {});
  const auto& lab = totals.labs.front();
  const double all = 16384 * chip.flops.value() * 90 * 86400;
  CHECK(lab.best_compute.value() > 0.35 * all);
  CHECK(lab.best_compute.value() < 0.5 * all);
  const auto metrics = experiment::years_metrics(loaded.scenario, totals);
  CHECK(std::ranges::any_of(metrics, [](const auto& m) { return m.name() == "bound_by.chips"; }));
}

}  // namespace
}  // namespace longhaul
