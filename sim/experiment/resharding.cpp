#include "experiment/resharding.hpp"

#include "fabric/analysis.hpp"
#include "scenario/resized_run.hpp"
#include "training/reshard.hpp"

namespace longhaul::experiment {

Seconds reshard_time(const scenario::Scenario& s, const fabric::Router& router,
                     const std::vector<std::int64_t>& before,
                     const std::vector<std::int64_t>& after) {
  const auto per_node = s.platform->fabric.gpus_per_node;
  const auto replica = scenario::replica_gpus(s.run.plan);
  const auto plan_on = [&](const std::vector<std::int64_t>& placement) {
    auto plan = s.run.plan;
    plan.data = std::ssize(placement) * per_node / replica;
    return plan;
  };
  const auto old_plan = plan_on(before), new_plan = plan_on(after);
  const Bytes received = most_received(s.run.model->shape, old_plan, new_plan);
  if (!(received > bytes(0))) return seconds(0);
  const auto gpu = [&](const std::vector<std::int64_t>& placement, std::int64_t rank) {
    const auto node = placement[static_cast<std::size_t>(rank / per_node)];
    return router.fabric().gpu_at(node * per_node + rank % per_node);
  };
  std::vector<fabric::Flow> flows;
  for (std::int64_t to = 0; to < new_plan.data; ++to)
    for (std::int64_t shard = 0; shard < replica; ++shard) {
      const auto from = source_replica(old_plan, new_plan, to);
      const auto source = gpu(before, rank_of_replica(old_plan, from, shard));
      const auto target = gpu(after, rank_of_replica(new_plan, to, shard));
      if (source != target) flows.push_back({source, target, 0});
    }
  if (flows.empty()) return seconds(0);
  const auto group = make_flow_group(router, flows);
  const auto n = static_cast<double>(flows.size());
  return group.latency + n * received / group.bandwidth / s.run.efficiency->scale_out;
}

}  // namespace longhaul::experiment
