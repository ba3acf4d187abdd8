// How many plans a second one core times in full, and what a whole search takes [CPU seconds].
#include <fmt/format.h>

#include <ctime>
#include <string>

#include "scenario/scenario_file.hpp"
#include "training/plan_search.hpp"

using namespace longhaul;

namespace {

/// Of this process, so that what else the machine does counts little.
double cpu_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

template <class Work>
double elapsed_s(Work work) {
  const double begin_s = cpu_s();
  work();
  return cpu_s() - begin_s;
}

struct Case {
  const char* model;  ///< card of scenarios/models/
  std::int64_t gpus;
  training::Batch batch;
};

void bench(const Case& c, const hardware::Chip& chip, const training::Efficiency& efficiency) {
  training::ModelShape model;
  for (const auto& card : scenario::read_models(scenario::data_folder() + "/scenarios/models"))
    if (card.name == c.model) model = card.shape;
  training::Plan given;
  given.zero_stage = 1;
  given.sequence_parallel = true;
  const training::OpenFields all{true, true, true, true, true, true, true, true};
  const auto network = training::network_of(chip, 8);
  const auto search = [&] {
    return training::search_plans(model, given, all, c.batch, c.gpus, chip, network, efficiency,
                                  10);
  };
  training::PlanSearch found = search();  // warms up
  const double search_s = elapsed_s([&] { found = search(); });
  const auto& best = found.best.front();

  // The search alone spends part of its time on plans that it does not time.
  constexpr int rounds = 200'000;
  Seconds sum;
  const double timing_s = elapsed_s([&] {
    for (int i = 0; i < rounds; ++i) {
      const auto& plan = found.best[static_cast<std::size_t>(i) % found.best.size()].plan;
      sum += training::step_time(model, plan, c.batch, chip, network, efficiency).total;
    }
  });
  fmt::print("{}, {} GPUs: {} plans considered, {} invalid, {} too large, {} timed in {:.3f} s\n",
             c.model, c.gpus, found.considered, found.invalid, found.too_large, found.timed,
             search_s);
  fmt::print("  {:9.0f} timed plans a second, the search around them included\n",
             static_cast<double>(found.timed) / search_s);
  fmt::print("  {:9.0f} calls of step_time a second alone (mean step {:.3f} s)\n",
             rounds / timing_s, sum.value() / rounds);
  fmt::print("  best: {:.3f} s, tensor {} pipeline {} context {} data {} expert {}\n",
             best.step.total.value(), best.plan.tensor, best.plan.pipeline, best.plan.context,
             best.plan.data, best.plan.expert);
}

}  // namespace

int main() {
  hardware::Chip h100;
  for (const auto& chip : scenario::read_chips(scenario::data_folder() + "/platforms/chips"))
    if (chip.name == "H100-80GB-SXM") h100 = chip;
  const auto sets =
      scenario::read_calibration(scenario::data_folder() + "/platforms/calibration.toml");
  const auto* set =
      training::find_set(sets, h100.name, training::Precision::Bf16, "megatron-core-0.8");
  bench({"Llama 3 405B", 16384, {8192, 2048}}, h100, set->efficiency);
  bench({"DeepSeek-V3", 2048, {4096, 15360}}, h100, set->efficiency);
}
