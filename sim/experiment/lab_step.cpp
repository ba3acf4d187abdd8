#include "experiment/lab_step.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "training/laws/depth.hpp"
#include "training/plan_search.hpp"
#include "training/traffic.hpp"

namespace longhaul::experiment {

training::ModelShape shape_of_size(double n_parameters) {
  training::ModelShape shape;
  const auto layers = training::whole_layers(training::depth_laws().front(), n_parameters);
  // Who builds a model for many GPUs gives it layers that many stages divide: here the nearest of
  // four to seven times a power of two.
  const auto stages = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(layers)) / 4));
  shape.layers = (layers + stages / 2) / stages * stages;
  const double width = std::sqrt(n_parameters / (12.0 * static_cast<double>(shape.layers)));
  const double multiple = width > 16'384 ? 1024 : 256;
  shape.hidden = static_cast<std::int64_t>(std::max(1.0, std::round(width / multiple)) * multiple);
  shape.ffn_hidden = 4 * shape.hidden;
  shape.heads = shape.kv_heads = shape.hidden / 128;
  shape.vocab = 131'072;
  return shape;
}

LabSteps::LabSteps(const scenario::Scenario& scenario, StepAnswers known)
    : s_(scenario), known_(std::move(known)) {
  const auto& step = s_.world->step;
  if (!step) return;
  batch_ = *training::find_batch_law(step->batch_law);
  if (step->anchor)
    batch_ = training::anchored(
        batch_, {*step->anchor, step->anchor_parameters, step->anchor_data, step->anchor_source});
}

double LabSteps::utilisation(std::size_t phase, double chips, double n_parameters,
                             double over_training) {
  const auto gpus = static_cast<std::int64_t>(
      std::bit_floor(static_cast<std::uint64_t>(std::clamp(chips, 1.0, 1e12))));
  const int size = static_cast<int>(std::lround(2 * std::log2(n_parameters)));
  const int tokens_more = static_cast<int>(std::lround(2 * std::log2(over_training)));
  const auto [found, is_new] = known_.try_emplace(
      {phase, std::bit_width(static_cast<std::uint64_t>(gpus)), size, tokens_more}, 0.0);
  if (is_new) {
    training::TokensPerParameter rule;
    rule.ratio *= std::exp2(tokens_more / 2.0);
    const auto run = training::run_of(rule, std::exp2(size / 2.0));
    // Beyond some number of chips more of them only wait: then fewer are as fast.
    constexpr int most_halvings = 12;
    std::int64_t part = gpus;
    for (int i = 0; i < most_halvings && part >= 1; ++i, part /= 2) {
      const double of_all =
          fastest(phase, part, run) * static_cast<double>(part) / static_cast<double>(gpus);
      if (of_all < found->second) break;
      found->second = of_all;
    }
  }
  return found->second;
}

double LabSteps::fastest(std::size_t phase, std::int64_t gpus,
                         const training::Allocation& run) const {
  const auto& lab = s_.lab_platforms[phase];
  const auto shape = shape_of_size(run.n_parameters);
  training::Batch batch;
  batch.sequence = s_.world->step->sequence;
  const double sequences =
      critical_batch(batch_, run) / tokens(1) / static_cast<double>(batch.sequence);
  batch.sequences = static_cast<std::int64_t>(
      std::bit_floor(static_cast<std::uint64_t>(std::clamp(sequences, 1.0, 1e9))));
  training::OpenFields open;
  open.tensor = open.pipeline = open.data = true;
  open.microbatch = open.virtual_stages = open.recompute = true;
  const auto& chip = lab->platform.chip;
  const auto found = training::search_plans(
      shape, s_.run.plan, open, batch, gpus, chip,
      training::network_of(chip, lab->platform.fabric.gpus_per_node), lab->efficiency, 1);
  return found.best.empty() ? 0 : found.best.front().step.mfu;
}

}  // namespace longhaul::experiment
