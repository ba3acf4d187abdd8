#include "training/size_search.hpp"

#include <utility>
#include <vector>

namespace longhaul::training {
namespace {

// Of a model whose layers and heads many numbers divide there may be hundreds, and each is a search
// of its own.
constexpr int most_sizes = 16;
// Numbers of GPUs looked at, a microsecond or more each.
constexpr int most_looks = 1 << 17;

std::vector<std::int64_t> divisors(std::int64_t n) {
  std::vector<std::int64_t> found;
  for (std::int64_t d = 1; d * d <= n; ++d) {
    if (n % d != 0) continue;
    found.push_back(d);
    if (d * d != n) found.push_back(n / d);
  }
  return found;
}

/// Whether some degrees make `n_gpus` and can run, with what divides a replica and a stage further
/// at its simplest.
bool some_plan_divides(const ModelShape& model, const Plan& given, const OpenFields& open,
                       const Batch& batch, const std::vector<std::int64_t>& of_batch,
                       std::int64_t n_gpus) {
  Plan plan = given;
  if (open.expert) plan.expert = 1;
  if (open.microbatch) plan.microbatch = 1;
  if (open.virtual_stages) plan.virtual_stages = 1;
  const auto degrees = divisors(n_gpus);
  for (const std::int64_t tensor : degrees) {
    if (!open.tensor && tensor != given.tensor) continue;
    plan.tensor = tensor;
    if (open.tensor) plan.sequence_parallel = given.sequence_parallel && tensor > 1;
    const std::int64_t over_tensor = n_gpus / tensor;
    for (const std::int64_t pipeline : degrees) {
      if (over_tensor % pipeline != 0 || (!open.pipeline && pipeline != given.pipeline)) continue;
      plan.pipeline = pipeline;
      const std::int64_t left = over_tensor / pipeline;
      for (const std::int64_t data : of_batch) {
        if (left % data != 0 || (!open.data && data != given.data)) continue;
        plan.data = data;
        plan.context = left / data;
        if (!open.context && plan.context != given.context) continue;
        if (can_run(plan, model, batch, n_gpus)) return true;
      }
    }
  }
  return false;
}

}  // namespace

SizedPlans fastest_size(const ModelShape& model, const Plan& given, const OpenFields& open,
                        const Batch& batch, std::int64_t most_gpus, std::int64_t gpus_per_node,
                        const hardware::Chip& chip, const Network& network,
                        const Efficiency& efficiency) {
  SizedPlans fastest;
  const auto of_batch = divisors(batch.sequences);
  int n_sizes = 0;
  int n_looks = 0;
  std::int64_t above = most_gpus / 2;
  for (std::int64_t n = most_gpus / gpus_per_node * gpus_per_node;
       n > 0 && n_sizes < most_sizes && n_looks < most_looks; n -= gpus_per_node, ++n_looks) {
    if (n <= above && n_sizes > 0) break;
    if (n <= above) above /= 2;
    if (!some_plan_divides(model, given, open, batch, of_batch, n)) continue;
    ++n_sizes;
    auto found = search_plans(model, given, open, batch, n, chip, network, efficiency, 1);
    const auto& best = fastest.search.best;
    const bool is_faster = !found.best.empty() && (best.empty() || found.best.front().step.total <=
                                                                       best.front().step.total);
    if (n_sizes == 1 || is_faster) fastest = {n, std::move(found)};
  }
  return fastest;
}

}  // namespace longhaul::training
