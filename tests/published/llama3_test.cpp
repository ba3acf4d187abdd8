// Llama 3 405B, 54 days on 16,384 H100 [arXiv 2407.21783, 3.3.4], from the shipped scenarios.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "engine/forked.hpp"
#include "experiment/simulation.hpp"
#include "experiment/summary.hpp"
#include "fabric/router.hpp"
#include "operations/node_pool.hpp"
#include "operations/renewal.hpp"
#include "scenario/scenario_file.hpp"
#include "training/placed_traffic.hpp"
#include "training/step_time.hpp"

using namespace longhaul;

namespace {

const std::string scenarios = LONGHAUL_SOURCE_ROOT "/scenarios/";

/// Published interruptions by cause, table 5.
const std::map<std::string, int> published{{"faulty_gpu", 148},
                                           {"gpu_hbm3", 72},
                                           {"software_bug", 54},
                                           {"gpu_sram", 19},
                                           {"network_switch_or_cable", 35},
                                           {"host_maintenance", 32},
                                           {"nic", 7},
                                           {"gpu_system_processor", 17},
                                           {"nccl_watchdog", 7},
                                           {"gpu_thermal", 6},
                                           {"silent_data_corruption", 6},
                                           {"ssd", 3},
                                           {"power_supply", 3},
                                           {"server_chassis", 2},
                                           {"io_expansion_board", 2},
                                           {"cpu", 2},
                                           {"system_memory", 2},
                                           {"other_dependency", 2},
                                           {"planned_maintenance", 47}};

/// Runs in a process of its own, as the engine is one a process.
template <class Work>
std::vector<double> in_child(const std::string& file, const std::vector<std::string>& assignments,
                             const Work& work) {
  return engine::run_forked_values<double>([&] {
    const auto loaded = scenario::read_scenario(scenarios + file, assignments);
    experiment::Simulation simulation(loaded.scenario);
    return work(loaded.scenario, simulation);
  });
}

experiment::Summary summary_of(const scenario::Scenario& scenario,
                               experiment::Simulation& simulation, std::uint64_t seed) {
  return experiment::summarise(scenario, simulation.setup(), simulation.run(seed, {}));
}

}  // namespace

TEST_CASE("replay of 419 + 47 stops of 16.687 minutes: ETTR 0.9000, counts as published") {
  const auto values =
      in_child("llama3_405b_replay.toml", {},
               [](const scenario::Scenario& scenario, experiment::Simulation& simulation) {
                 const auto s = summary_of(scenario, simulation, 1);
                 double n_right = 0;
                 for (const auto& [cause, n] : s.by_cause) n_right += published.at(cause) == n;
                 double recorded = 0, rest = 0;
                 for (const auto& [what, lost_s] : s.lost_s)
                   (what == "recorded" ? recorded : rest) += lost_s;
                 return std::vector{s.ettr,
                                    static_cast<double>(s.unexpected),
                                    static_cast<double>(s.planned),
                                    n_right,
                                    recorded,
                                    rest,
                                    s.step_s};
               });
  CHECK(values[0] == doctest::Approx(0.9000).epsilon(5e-6));
  CHECK(values[1] == 419);
  CHECK(values[2] == 47);
  CHECK(values[3] == published.size());
  CHECK(values[4] == doctest::Approx(466 * 1001.22));  // 466 x 16.687 min
  CHECK(values[5] < values[6]);  // nothing else was lost but the step under way at the end
}

TEST_CASE("random failures, 30 seeds: 419 unexpected, causes in proportion") {
  constexpr int n_seeds = 30;
  const auto rows = in_child(
      "llama3_405b_54_days.toml", {"run.fidelity=analytic", "output.timeline=0 s"},
      [](const scenario::Scenario& scenario, experiment::Simulation& simulation) {
        std::vector<double> values;
        for (std::uint64_t seed = 1; seed <= n_seeds; ++seed) {
          const auto s = summary_of(scenario, simulation, seed);
          double lost_s = 0, recovery_s = 0;
          for (const auto& [what, time_s] : s.lost_s) {
            lost_s += time_s;
            if (what == "detection" || what == "restart") recovery_s += time_s;
          }
          values.insert(
              values.end(),
              {s.ettr, static_cast<double>(s.unexpected), static_cast<double>(s.planned),
               lost_s - (s.simulated_s - static_cast<double>(s.steps) * s.step_s), recovery_s});
          for (const auto& [cause, n] : s.by_cause) values.push_back(static_cast<double>(n));
        }
        return values;
      });
  const std::size_t width = 5 + published.size();
  REQUIRE(rows.size() == n_seeds * width);
  std::vector<double> mean(width, 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) mean[i % width] += rows[i] / n_seeds;
  double squares = 0;
  for (std::size_t i = 0; i < rows.size(); i += width) {
    squares += std::pow(rows[i] - mean[0], 2);
    CHECK(std::abs(rows[i + 3]) < 1e-3);  // lost_s sums to simulated_s - steps x step_s
  }
  // A Poisson count of mean n has standard error sqrt(n / 30).
  CHECK(std::abs(mean[1] - 419) < 3 * std::sqrt(419.0 / n_seeds));
  CHECK(std::abs(mean[2] - 47) < 3 * std::sqrt(47.0 / n_seeds));
  const auto loaded = scenario::read_scenario(scenarios + "llama3_405b_54_days.toml", {});
  const auto& causes = loaded.scenario.failures.causes->causes;
  REQUIRE(causes.size() == published.size());
  for (std::size_t i = 0; i < causes.size(); ++i) {
    const int n = published.at(causes[i].name);
    INFO(causes[i].name << " " << mean[5 + i]);
    CHECK(std::abs(mean[5 + i] - n) < 4 * std::sqrt(static_cast<double>(n) / n_seeds));
  }
  fmt::print(
      "Llama 3 405B, 54 days, {} seeds: {:.1f} unexpected and {:.1f} planned interruptions; ETTR "
      "{:.4f} +- {:.4f} (published > 0.90)\n",
      n_seeds, mean[1], mean[2], mean[0], std::sqrt(squares / (n_seeds - 1) / n_seeds));
  // What ETTR 0.90 would imply: all that is lost by each stop, and, with checkpoints, redone work
  // and maintenance as simulated, the recovery from each unexpected one.
  const double others_s = (1 - mean[0]) * days(54).value() - mean[4];
  fmt::print(
      "detection and restart took {:.2f} min an unexpected stop; ETTR 0.90 implies {:.2f} min, or "
      "{:.2f} min in all for each of 466 stops\n",
      mean[4] / mean[1] / 60, (0.1 * days(54).value() - others_s) / mean[1] / 60,
      operations::implied_loss(0.9, days(54), 466).value() / 60);
}

TEST_CASE("spares in the same place under their leaf leave the step as it was") {
  const auto loaded = scenario::read_scenario(scenarios + "llama3_405b_54_days.toml", {});
  const auto& run = loaded.scenario.run;
  const auto fabric = make_fabric(loaded.scenario.platform->fabric);
  const fabric::Router router(fabric);
  operations::NodePool pool({3072, 384, 2048, 16, 2});
  random::Stream any(1, "any");
  const auto step_s = [&] {
    std::vector<fabric::VertexIndex> gpus;
    for (const auto node : pool.placement())
      for (std::int64_t i = 0; i < 8; ++i)
        gpus.push_back(static_cast<fabric::VertexIndex>(node * 8 + i));
    const auto traffic = training::traffic(run.model->shape, run.plan, run.batch, 8);
    const auto times = training::placed_times(traffic, gpus, router, *run.efficiency);
    return training::step_time(run.model->shape, run.plan, run.batch,
                               loaded.scenario.platform->chip, *run.efficiency, traffic, times)
        .total.value();
  };
  const double before_s = step_s();
  for (std::int64_t position = 3; position < 2048; position += 67) {
    pool.take_out(*pool.find_node(position), operations::NodeState::Repair);
    REQUIRE(pool.fill(any));
  }
  CHECK(step_s() == doctest::Approx(before_s).epsilon(1e-9));
}

TEST_CASE("flows and closed forms agree on the step, and a checkpoint takes what the store takes") {
  const auto values =
      in_child("llama3_405b_54_days.toml", {},
               [](const scenario::Scenario&, experiment::Simulation& simulation) {
                 const auto& setup = simulation.setup();
                 return std::vector{setup.step_time.value(), setup.analytic_step.value(),
                                    setup.checkpoint_write.value(), setup.checkpoint_size.value(),
                                    setup.step->mfu};
               });
  CHECK(values[0] == doctest::Approx(values[1]).epsilon(1e-9));
  // 405.85e9 parameters x 14 B / 2 TB/s, and some microseconds of latency
  CHECK(values[3] == doctest::Approx(5.682e12).epsilon(1e-3));
  CHECK(values[2] == doctest::Approx(values[3] / 2e12).epsilon(1e-5));
  fmt::print("Llama 3 405B step: {:.3f} s, MFU {:.3f} (published 0.41, microbatches unknown)\n",
             values[0], values[4]);
  // Not tuned on: inside a band of 10 % of the published 0.41.
  CHECK(std::abs(values[4] / 0.41 - 1) < 0.10);
}
