#include "training/mixed_replicas.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace longhaul::training {

namespace {

/// Halvings after which two times are the same to a double.
constexpr int halvings = 60;

/// The most microbatches, up to `most`, that a replica of the group ends in `time`; 0: not even the
/// least.
std::int64_t most_within(const ReplicaGroup& group, Seconds time, std::int64_t most,
                         const MicrobatchGrid& grid) {
  if (grid.least > most || group.step(grid.least) > time) return 0;
  std::int64_t fits = 0, too_many = (most - grid.least) / grid.stride + 1;  // strides
  while (too_many - fits > 1) {
    const auto middle = fits + (too_many - fits) / 2;
    (group.step(grid.least + middle * grid.stride) > time ? too_many : fits) = middle;
  }
  return grid.least + fits * grid.stride;
}

}  // namespace

std::int64_t replica_of_rank(const Plan& plan, std::int64_t rank) {
  const auto before = plan.order == RankOrder::PipelineInside
                          ? plan.tensor * plan.pipeline * plan.context
                          : plan.tensor * plan.context;
  return rank / before % plan.data;
}

MicrobatchGrid microbatch_grid(const Plan& plan) {
  if (enters_both_ends(plan)) return {2 * plan.pipeline, 2};
  if (plan.virtual_stages > 1) return {plan.pipeline, plan.pipeline};
  return {};
}

std::vector<std::int64_t> share_microbatches(const std::vector<ReplicaGroup>& groups,
                                             std::int64_t all, const MicrobatchGrid& grid) {
  // As many as one replica might be given, on the grid.
  const auto most = grid.least + (std::max<std::int64_t>(0, all - grid.least) + grid.stride - 1) /
                                     grid.stride * grid.stride;
  const auto within = [&](Seconds time) {
    std::vector<std::int64_t> shares;
    std::int64_t sum = 0;
    for (const auto& group : groups) {
      shares.push_back(most_within(group, time, most, grid));
      if (shares.back() == 0) return std::vector<std::int64_t>();
      sum += std::min(all, group.replicas * shares.back());
    }
    return sum >= all ? shares : std::vector<std::int64_t>();
  };
  Seconds enough;
  for (const auto& group : groups) {
    // The longest step that it can be given.
    const auto n = most_within(group, seconds(std::numeric_limits<double>::max()), most, grid);
    if (n == 0) return {};
    enough = std::max(enough, group.step(n));
  }
  auto shares = within(enough);
  Seconds too_short;
  for (int i = 0; i < halvings && !shares.empty() && too_short < enough; ++i) {
    const Seconds middle = (too_short + enough) / 2.0;
    if (auto fewer = within(middle); !fewer.empty()) {
      shares = std::move(fewer);
      enough = middle;
    } else {
      too_short = middle;
    }
  }
  return shares;
}

}  // namespace longhaul::training
