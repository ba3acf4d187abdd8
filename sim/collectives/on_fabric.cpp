#include "collectives/on_fabric.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "collectives/closed_form.hpp"
#include "fabric/analysis.hpp"

namespace longhaul::collectives {
namespace {

/// Ranks up to which algorithms of many different rounds are offered, each of which is timed.
constexpr std::int64_t many_rounds_ranks = 4096;
/// Ranks up to which double binary trees are offered, whose pieces go in hundreds of rounds, and
/// how large a piece is as long as there are not too many.
constexpr std::int64_t piecewise_ranks = 1024;
constexpr double piece_bytes = 1 << 20;
constexpr double most_pieces = 64;
/// Ranks up to which all messages of an all-to-all are offered at once: their square are flows.
constexpr std::int64_t at_once_ranks = 64;

std::vector<Algorithm> all_reduces(Bytes n, const fabric::Fabric& fabric, std::int64_t ranks) {
  std::vector<Algorithm> list{
      {"ring", ring_all_reduce_schedule(n, ranks)},
      {"bidirectional-ring", bidirectional_ring_all_reduce_schedule(n, ranks)}};
  if (ranks <= many_rounds_ranks) {
    list.push_back({"halving-doubling", halving_doubling_all_reduce_schedule(n, ranks)});
    list.push_back({"recursive-doubling", recursive_doubling_all_reduce_schedule(n, ranks)});
    list.push_back({"reduce-broadcast", reduce_broadcast_all_reduce_schedule(n, ranks)});
  }
  if (ranks <= piecewise_ranks) {
    const double pieces = std::clamp(std::ceil(n.value() / 2 / piece_bytes), 1.0, most_pieces);
    list.push_back({"double-binary-tree", double_binary_tree_all_reduce_schedule(
                                              n, ranks, static_cast<std::int64_t>(pieces))});
  }
  const std::int64_t nodes = node_groups(fabric).nodes;
  const std::int64_t per_node = (fabric.n_gpus() - fabric.n_standing_by()) / nodes;
  if (per_node > 1 && ranks % per_node == 0 && ranks > per_node)
    list.push_back(
        {"hierarchical", hierarchical_all_reduce_schedule(n, per_node, ranks / per_node)});
  if (!fabric.torus.empty() && ranks == fabric.n_gpus() - fabric.n_standing_by() &&
      fabric.islands.empty()) {
    list.push_back({"bucket", bucket_all_reduce_schedule(n, fabric.torus)});
    if (std::ranges::count(fabric.torus, fabric.torus[0]) == std::ssize(fabric.torus))
      list.push_back({"all-port-bucket", all_port_bucket_all_reduce_schedule(n, fabric.torus)});
  }
  return list;
}

Seconds round_time(const Round& round, const fabric::Router& router,
                   std::span<const fabric::VertexIndex> gpus) {
  std::vector<fabric::Flow> flows;
  flows.reserve(round.messages.size());
  for (const Message& message : round.messages)
    flows.push_back(
        {gpus[static_cast<std::size_t>(message.src)], gpus[static_cast<std::size_t>(message.dst)]});
  const auto channels = fabric::channels(router, flows);
  Seconds slowest = seconds(0);
  for (std::size_t i = 0; i < channels.size(); ++i)
    slowest = std::max(slowest, channels[i].time(round.messages[i].size));
  return slowest;
}

}  // namespace

std::vector<Algorithm> algorithms(Operation operation, Bytes n, const fabric::Fabric& fabric,
                                  std::int64_t ranks) {
  if (ranks < 1 || ranks > fabric.n_gpus() - fabric.n_standing_by())
    throw std::invalid_argument("a collective needs from one rank to one for every GPU");
  switch (operation) {
    case Operation::AllReduce:
      return all_reduces(n, fabric, ranks);
    case Operation::ReduceScatter:
      return {{"ring", ring_reduce_scatter_schedule(n, ranks)}};
    case Operation::AllGather:
      return {{"ring", ring_all_gather_schedule(n, ranks)}};
    case Operation::AllToAll: {
      std::vector<Algorithm> list;
      if (ranks <= most_all_to_all_ranks || ranks > many_rounds_ranks)  // or says to take fewer
        list.push_back({"direct", direct_all_to_all_schedule(whole_share(n, ranks), ranks)});
      list.push_back({"bruck", bruck_all_to_all_schedule(whole_share(n, ranks), ranks)});
      if (ranks <= at_once_ranks)
        list.push_back({"at-once", concurrent_all_to_all_schedule(whole_share(n, ranks), ranks)});
      return list;
    }
    case Operation::Broadcast:
      return {{"binomial", binomial_broadcast_schedule(n, ranks)}};
  }
  return {};
}

Seconds schedule_time(const Schedule& schedule, const fabric::Router& router,
                      std::span<const fabric::VertexIndex> gpus) {
  if (std::ssize(gpus) < schedule.ranks)
    throw std::invalid_argument("a schedule needs a GPU for each of its ranks");
  Seconds total = seconds(0);
  for (const Round& round : schedule.rounds)
    total += static_cast<double>(round.repeats) * round_time(round, router, gpus);
  return total;
}

BytesPerSecond rail_rings_rate(const fabric::Router& router) {
  const fabric::Fabric& fabric = router.fabric();
  const std::int64_t nodes = node_groups(fabric).nodes;
  const std::int64_t n = fabric.n_gpus() - fabric.n_standing_by();
  if (nodes < 2) return {};
  std::vector<fabric::Flow> flows;
  flows.reserve(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i)
    flows.push_back({fabric.gpu_at(i), fabric.gpu_at((i + n / nodes) % n)});
  const auto channels = fabric::channels(router, flows);
  return static_cast<double>(n) *
         std::ranges::min(channels, {}, &fabric::Channel::bandwidth).bandwidth;
}

BytesPerSecond bus_bandwidth(Operation operation, Bytes n, std::int64_t ranks, Seconds time) {
  if (operation == Operation::AllReduce) return all_reduce_bus_bandwidth(n, ranks, time);
  if (!(time > seconds(0))) throw std::invalid_argument("a bus bandwidth needs a positive time");
  const double factor = operation == Operation::Broadcast
                            ? 1.0
                            : static_cast<double>(ranks - 1) / static_cast<double>(ranks);
  return factor * n / time;
}

}  // namespace longhaul::collectives
