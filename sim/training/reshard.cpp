#include "training/reshard.hpp"

#include <algorithm>

#include "training/memory.hpp"

namespace longhaul::training {

namespace {

constexpr double weight_bytes = 2.0;
constexpr double optimizer_bytes = 12.0;  // a parameter: fp32 master copy and two moments

/// Of a buffer cut among n ranks and then among m, the most that a rank which stays lacks of its
/// new part, as a share of that part.
double most_lacking(std::int64_t n, std::int64_t m) {
  const auto before = static_cast<double>(n), after = static_cast<double>(m);
  double most = 0;
  for (std::int64_t j = 0; j < std::min(n, m); ++j) {
    const auto i = static_cast<double>(j);
    const double kept =
        std::min((i + 1) / before, (i + 1) / after) - std::max(i / before, i / after);
    most = std::max(most, 1 - after * std::max(0.0, kept));
  }
  return most;
}

}  // namespace

std::int64_t rank_of_replica(const Plan& plan, std::int64_t replica, std::int64_t shard) {
  if (plan.order == RankOrder::PipelineInside)
    return replica * plan.tensor * plan.pipeline * plan.context + shard;
  const auto of_stage = plan.tensor * plan.context;
  return (shard / of_stage * plan.data + replica) * of_stage + shard % of_stage;
}

Bytes most_received(const ModelShape& model, const Plan& before, const Plan& after) {
  if (before.data == after.data) return bytes(0);
  const HeldParameters held = most_parameters_per_gpu(model, after);
  const bool has_new = after.data > before.data;
  const double lacking =
      has_new ? 1.0 : most_lacking(before.data * before.context, after.data * after.context);
  const auto received = [&](double bytes_each, bool divided) {
    if (divided) return bytes_each * lacking * zero_share(held, after);
    return has_new ? bytes_each * held.total() : 0.0;
  };
  return bytes(received(weight_bytes, after.zero_stage == 3) +
               received(optimizer_bytes, after.zero_stage >= 1));
}

std::int64_t source_replica(const Plan& before, const Plan& after, std::int64_t replica) {
  return (2 * replica + 1) * before.data / (2 * after.data);
}

}  // namespace longhaul::training
