#include "training/grown_times.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>

#include "collectives/nccl.hpp"

namespace longhaul::training {
namespace {

/// A pair of gather and scatter, or of ways there and back.
constexpr double ways_of_all_reduce = 2.0;

/// Ring and tree side by side, tier after tier.
class TieredWay {
 public:
  TieredWay(const RankGroup& group, const GrownNetwork& network, const Efficiency& efficiency)
      : n_(group.ranks), group_(group), network_(network), efficiency_(efficiency) {
    inside_ = std::clamp(static_cast<double>(network.domain) / group.stride, 1.0, n_);
    const bool chain = network.domain_steps == DomainSteps::Chain;
    tree_inside_ = (chain ? inside_ - 1.0 : std::log2(inside_)) * efficiency.scale_up_hop;
    // A ring closes over the highest tier that it crosses: inside, where that is all.
    ring_inside_ = (inside_ < n_ ? n_ - n_ / inside_ : n_) * efficiency.scale_up_hop;
    if (inside_ > 1.0) bandwidth_ = network.scale_up * efficiency.scale_up;
    reached_ = inside_;
  }

  /// Up to `n_tiers` of the family, the last of which joins all.
  void cross(std::size_t n_tiers) {
    if (reached_ < n_) limit(inside_ * network_.scale_out);
    for (std::size_t i = 0; i < n_tiers && reached_ < n_; ++i) {
      const fabric::Tier& tier = network_.family.tiers[i];
      const bool top = i + 1 == n_tiers;
      const double upto =
          top ? n_ : std::clamp(static_cast<double>(tier.gpus) / group_.stride, reached_, n_);
      if (upto <= reached_) continue;
      const Seconds hop = std::max(tier.latency, efficiency_.scale_out_hop);
      limit(reached_ * tier.bandwidth);
      tree_outside_ += std::log2(upto / reached_) * hop;
      ring_outside_ += (n_ / reached_ - n_ / upto) * hop;
      if (upto >= n_) ring_outside_ += hop;
      reached_ = upto;
    }
  }

  OneWay of(Bytes buffer) const {
    const double moved = (n_ - 1.0) / n_;
    const OneWay ring{moved * ring_inside_, moved * ring_outside_, moved * buffer / bandwidth_};
    const OneWay tree{tree_inside_, tree_outside_,
                      1.0 / collectives::nccl::tree_bandwidth_factor * buffer / bandwidth_};
    return ring.total() < tree.total() ? ring : tree;
  }

 private:
  void limit(BytesPerSecond bandwidth) {
    bandwidth_ = std::min<BytesPerSecond>(bandwidth_, efficiency_.scale_out * bandwidth);
  }

  double n_;
  RankGroup group_;
  const GrownNetwork& network_;
  const Efficiency& efficiency_;
  double inside_ = 1.0, reached_ = 1.0;  // ranks in a domain, and in the tier that was crossed last
  Seconds tree_inside_, tree_outside_, ring_inside_, ring_outside_;
  BytesPerSecond bandwidth_ = bytes_per_second(std::numeric_limits<double>::infinity());
};

/// Blocks of `stride` GPUs, as near to cubes as may be, are `across` links wide, and the group is a
/// cube of `side` such blocks.
OneWay torus_way(Bytes buffer, const RankGroup& group, const fabric::TorusFamily& torus,
                 const Efficiency& efficiency) {
  const double dimensions = torus.dimensions;
  const double across = std::pow(group.stride, 1.0 / dimensions);
  const double side = std::pow(group.ranks, 1.0 / dimensions);
  const Seconds hop = std::max<Seconds>(across * torus.link_latency, efficiency.scale_out_hop);
  // Rings of neighbouring blocks share a line of links.
  const Seconds transfer = (group.ranks - 1.0) / group.ranks * across / (2.0 * dimensions) *
                           (buffer / (efficiency.scale_out * torus.bandwidth));
  const double doublings = std::log2(group.ranks);
  // A step at a distance of 2^i blocks loads links as much as the first: half a buffer each.
  const OneWay bucket{{}, dimensions * (side - 1.0) * hop, transfer};
  const OneWay halving{{},
                       doublings * efficiency.scale_out_hop +
                           dimensions * (side - 1.0) * across * torus.link_latency,
                       std::max(1.0, doublings / dimensions / 2.0) * transfer};
  return bucket.total() < halving.total() ? bucket : halving;
}

OneWay sum(const OneWay& a, const OneWay& b) {
  return {a.inside + b.inside, a.outside + b.outside, a.transfer + b.transfer};
}

/// Latencies at the same time, bytes one after the other.
OneWay overlap(const OneWay& a, const OneWay& b) {
  const bool first = a.inside + a.outside > b.inside + b.outside;
  const OneWay& longer = first ? a : b;
  return {longer.inside, longer.outside, a.transfer + b.transfer};
}

Seconds half_all_reduce(const TensorTraffic& tensor, const Efficiency& efficiency) {
  return tensor.way.total() +
         static_cast<double>(tensor.calls) / ways_of_all_reduce * efficiency.tensor_alpha;
}

/// The first only where it is faster than the second.
const TensorTraffic& faster(const TensorTraffic& a, const TensorTraffic& b,
                            const Efficiency& efficiency) {
  return half_all_reduce(a, efficiency) < half_all_reduce(b, efficiency) ? a : b;
}

/// A message from each of a chain of groups to the next: the mean over the chain's borders, of
/// which those between parts of a tier take its way, shared by a group's GPUs alone.
Seconds neighbour_time(const Phase& phase, const GrownNetwork& network, std::int64_t gpus,
                       const Efficiency& efficiency) {
  const auto stride = static_cast<double>(phase.stride);
  if (network.family.torus)
    return one_way(2.0 * phase.payload, {2.0, stride}, network, gpus, efficiency).total();
  const double borders = static_cast<double>(phase.ranks) - 1.0;
  const auto borders_of = [&](double part) {
    return std::min(borders, std::ceil((borders + 1.0) * stride / part) - 1.0);
  };
  const auto domain = static_cast<double>(network.domain);
  double left = borders_of(domain);  // that no lower tier joins
  Seconds all = (borders - left) * (efficiency.scale_up_hop +
                                    phase.payload / (efficiency.scale_up * network.scale_up));
  BytesPerSecond bandwidth = efficiency.scale_out * network.scale_out;
  double part = domain;
  const auto n_tiers = fabric::tiers_for(network.family, gpus);
  for (std::size_t i = 0; i < n_tiers && left > 0.0; ++i) {
    const fabric::Tier& tier = network.family.tiers[i];
    const double higher = i + 1 == n_tiers ? 0.0 : borders_of(static_cast<double>(tier.gpus));
    bandwidth = std::min<BytesPerSecond>(
        bandwidth, efficiency.scale_out * std::max(1.0, part / stride) * tier.bandwidth);
    all += (left - higher) *
           (std::max(tier.latency, efficiency.scale_out_hop) + phase.payload / bandwidth);
    left = higher;
    part = static_cast<double>(tier.gpus);
  }
  return all / borders;
}

}  // namespace

OneWay one_way(Bytes buffer, const RankGroup& group, const GrownNetwork& network, std::int64_t gpus,
               const Efficiency& efficiency) {
  if (!(group.ranks > 1.0)) return {};
  if (network.family.torus) return torus_way(buffer, group, *network.family.torus, efficiency);
  TieredWay way(group, network, efficiency);
  way.cross(fabric::tiers_for(network.family, gpus));
  return way.of(buffer);
}

TensorTraffic grid_traffic(const TensorGrid& grid, const TensorPayload& payload,
                           const GrownNetwork& network, std::int64_t gpus,
                           const Efficiency& efficiency) {
  const auto over = [&](std::int64_t ranks, std::int64_t stride, Bytes buffer) {
    return one_way(buffer, {static_cast<double>(ranks), static_cast<double>(stride)}, network, gpus,
                   efficiency);
  };
  if (grid.columns == 1) return {grid, over(grid.rows, 1, payload.outer), 1};
  const bool one_by_one = collectives_of(payload.form).n_matmuls > 4;
  const auto with = [&](Bytes in_rows, Bytes in_columns) -> TensorTraffic {
    const OneWay rows = over(grid.rows, 1, in_rows / static_cast<double>(grid.columns));
    const OneWay columns =
        over(grid.columns, grid.rows, in_columns / static_cast<double>(grid.rows));
    if (one_by_one) return {grid, sum(rows, columns), 2};
    return {grid, overlap(rows, columns), 1};
  };
  return faster(with(payload.inner, payload.outer), with(payload.outer, payload.inner), efficiency);
}

TensorTraffic fastest_grid(std::int64_t tensor, const TensorPayload& payload,
                           const GrownNetwork& network, std::int64_t gpus,
                           const Efficiency& efficiency) {
  const auto of = [&](std::int64_t columns) {
    return grid_traffic({tensor / columns, columns}, payload, network, gpus, efficiency);
  };
  TensorTraffic best = of(1);
  for (std::int64_t columns = 2; columns < tensor && tensor % columns == 0; columns *= 2)
    best = faster(of(columns), best, efficiency);
  return best;
}

double moving_share(const TensorTraffic& tensor, const Efficiency& efficiency) {
  const Seconds whole = half_all_reduce(tensor, efficiency);
  return whole > Seconds{} ? double(tensor.way.transfer / whole) : 0.0;
}

PhaseSeconds grown_times(const Traffic& traffic, const TensorTraffic& tensor,
                         const GrownNetwork& network, std::int64_t gpus,
                         const Efficiency& efficiency) {
  PhaseSeconds times{};
  for (std::size_t i = 0; i < traffic.size; ++i) {
    Phase phase = traffic.phases[i];
    const double ways = phase.collective == Collective::AllReduce ? ways_of_all_reduce : 1.0;
    Seconds software = software_alpha(phase.kind, efficiency);
    if (phase.kind == TrafficKind::Tensor) {
      times[i] = ways * half_all_reduce(tensor, efficiency);
      continue;
    }
    if (phase.collective == Collective::AllToAll)
      throw std::invalid_argument("models with experts are not grown to the latency wall");
    const double n = messages(phase, efficiency);
    phase.payload /= n;
    if (phase.collective == Collective::PointToPoint) {
      times[i] = software + neighbour_time(phase, network, gpus, efficiency);
      continue;
    }
    const RankGroup group{static_cast<double>(phase.ranks), static_cast<double>(phase.stride)};
    times[i] =
        n * (software + ways * one_way(phase.payload, group, network, gpus, efficiency).total());
  }
  return times;
}

}  // namespace longhaul::training
