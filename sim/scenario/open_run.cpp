#include "scenario/open_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "training/memory.hpp"
#include "training/size_search.hpp"
#include "training/traffic.hpp"
#include "units/format.hpp"

namespace longhaul::scenario {
namespace {

constexpr training::OpenFields all_open{true, true, true, true, true, true, true, true};

/// GPUs of one site that a run may take from its first step on; 0 where the fabric cannot be built,
/// which is said where the platform is checked.
std::int64_t gpus_to_take(const Scenario& s) {
  const auto& fabric = s.platform->fabric;
  try {
    fabric::validate(fabric);
  } catch (const std::invalid_argument&) {
    return 0;
  }
  std::int64_t kept_back = s.spares.warm + s.spares.cold;
  for (const auto& arrival : s.arrivals) kept_back += arrival.nodes;
  return (count_gpus(fabric) - count_standing_by(fabric)) / fabric.sites.sites -
         kept_back * fabric.gpus_per_node;
}

training::SizedPlans search(const Scenario& s, std::int64_t most_gpus) {
  const auto& run = s.run;
  const auto node = s.platform->fabric.gpus_per_node;
  const auto& chip = s.platform->chip;
  return training::fastest_size(run.model->shape, run.plan, all_open, run.batch, most_gpus, node,
                                chip, training::network_of(chip, node), *run.efficiency);
}

std::string what_would_fit(Scenario s, const training::SizedPlans& found, std::int64_t most_gpus) {
  const auto& run = s.run;
  const auto& chip = s.platform->chip;
  std::string text = fmt::format(
      "run.gpus = 0, but no plan fits the {} of {}: the leanest on {} GPUs needs {} each; ",
      format_quantity(chip.memory_size), chip.name, found.n_gpus,
      format_quantity(
          total(training::memory_use(run.model->shape, *found.search.leanest, run.batch))));
  for (s.run.plan.zero_stage += 1; s.run.plan.zero_stage <= 3; ++s.run.plan.zero_stage)
    if (!search(s, most_gpus).search.best.empty())
      return text +
             fmt::format("plans would fit with run.plan.zero_stage = {}", run.plan.zero_stage);
  return text + "take a platform with more memory, or a smaller model";
}

}  // namespace

void fill_open_run(Scenario& s, const Reader& reader, Diagnostics& diagnostics) {
  auto& run = s.run;
  if (run.gpus > 0) return;
  const auto error = [&](std::string what) {
    diagnostics.error(reader.where("run.gpus"), std::move(what));
    run.gpus = Run{}.gpus;  // so that nothing else is said of it
  };
  if (!run.model || !s.platform || run.across_sites)
    return error(
        "run.gpus = 0 leaves the number to the platform and the fastest plan, and needs run.model "
        "and cluster.platform, without run.across_sites; give a number");
  const auto sound = [&](std::string_view path) { return reader.sound(path); };
  const bool complete = run.efficiency && run.batch.sequence > 0 && run.batch.sequences > 0;
  const auto most_gpus =
      complete && sound("run") && sound("cluster") && sound("spares") &&
              training::matrix_peak(s.platform->chip, run.plan.precision) > flop_per_second(0)
          ? gpus_to_take(s)
          : 0;
  if (most_gpus <= 0) {
    run.gpus = s.platform->fabric.gpus_per_node;  // what is wrong is said by the checks
    return;
  }
  const auto found = search(s, most_gpus);
  if (found.n_gpus == 0)
    return error(fmt::format(
        "run.gpus = 0, but no plan divides {} over nodes of {} of the {} GPUs of {}; take another "
        "run.global_batch, or run.plan.uneven_layers = true",
        run.model->name, s.platform->fabric.gpus_per_node, most_gpus, s.platform->name));
  if (found.search.best.empty()) return error(what_would_fit(s, found, most_gpus));
  run.gpus = found.n_gpus;
  run.plan = found.search.best.front().plan;
}

}  // namespace longhaul::scenario
