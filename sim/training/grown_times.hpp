// Time of a step's traffic on a platform family, at any size: per tier latency, bandwidth and
// counts in closed form, no graph.
#pragma once

#include <cstdint>

#include "fabric/family.hpp"
#include "training/efficiency.hpp"
#include "training/traffic.hpp"
#include "training/wall_config.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// What traffic finds: scale-up domains, and a family of networks between them.
struct GrownNetwork {
  std::int64_t domain = 8;   ///< GPUs
  BytesPerSecond scale_up;   ///< of a GPU in its domain, one way [B/s]
  BytesPerSecond scale_out;  ///< its NIC, one way [B/s]
  fabric::Family family;
  DomainSteps domain_steps = DomainSteps::Chain;
};

/// `ranks` GPUs whose numbers lie `stride` apart.
struct RankGroup {
  double ranks = 1;
  double stride = 1;
};

/// A way through a group and back has two of these: latency of one way, by where it is spent, and
/// the bandwidth that a buffer gets.
struct OneWay {
  Seconds inside;    ///< of the latency, in scale-up domains
  Seconds outside;   ///< between them
  Seconds transfer;  ///< of the bytes
  Seconds total() const { return inside + outside + transfer; }
};

/// A gather or a scatter of a buffer over a group in a network of `gpus` GPUs; an all-reduce is
/// two of them. The faster of
///   a ring: as many steps as ranks less one, each over the tier that it crosses, and
///   a tree: steps in a domain as `domain_steps` says, then the doublings of each tier at its
///     latency, with `tree_bandwidth_factor` of the bandwidth [collectives/nccl.hpp].
/// A step between domains takes the tier's latency, `scale_out_hop` at least; the bandwidth is the
/// least of what the ranks in a part of each tier have together. On a torus, of blocks of GPUs, the
/// bucket algorithm over all ports or recursive halving, whichever is faster.
OneWay one_way(Bytes buffer, const RankGroup& group, const GrownNetwork& network, std::int64_t gpus,
               const Efficiency& efficiency);

/// A tensor group as a grid of rows x columns; rows lie together. 1 column: it is divided one way.
struct TensorGrid {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
};

/// How the collectives of a layer run: 4 a layer, the two of a block at once, or 8 one by one.
struct TensorTraffic {
  TensorGrid grid;
  OneWay way;              ///< of one tensor collective of `traffic`, half of an all-reduce
  std::int64_t calls = 1;  ///< collectives in it, each with its software's latency
};

/// What the tensor collectives of a layer carry for one microbatch.
struct TensorPayload {
  Bytes outer;  ///< activations between blocks
  Bytes inner;  ///< those inside of a block
  LatencyForm form = LatencyForm::Text;
};

/// The collectives of a group in this grid. Divided one way (1 column), a block (attention, or the
/// MLP) ends with one all-reduce of the outer activations. As a grid each of its two products
/// gathers its input over one dimension and scatters its output over the other: the outer ones over
/// the columns' number once, the wider inner ones over the rows' number once, or the other way
/// round, whichever is faster. With 4 collectives a layer the latencies of a block's two overlap.
TensorTraffic grid_traffic(const TensorGrid& grid, const TensorPayload& payload,
                           const GrownNetwork& network, std::int64_t gpus,
                           const Efficiency& efficiency);

/// That of the fastest grid of `tensor` GPUs with a power of two as columns.
TensorTraffic fastest_grid(std::int64_t tensor, const TensorPayload& payload,
                           const GrownNetwork& network, std::int64_t gpus,
                           const Efficiency& efficiency);

/// What of a tensor collective's time its bytes take, 0 to 1; the rest is latency.
double moving_share(const TensorTraffic& tensor, const Efficiency& efficiency);

/// Seconds of one execution of each phase, tensor phases as `tensor` says. A gather and a scatter
/// of tensor traffic are the halves of one all-reduce: each has half of its software's latency.
/// Throws std::invalid_argument for all-to-all, which no dense model has.
PhaseSeconds grown_times(const Traffic& traffic, const TensorTraffic& tensor,
                         const GrownNetwork& network, std::int64_t gpus,
                         const Efficiency& efficiency);

}  // namespace longhaul::training
