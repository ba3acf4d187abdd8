// What one step sends: its collectives, phase by phase, and how long each takes in closed form.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "hardware/chip.hpp"
#include "training/efficiency.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// Which dimension of the plan a phase serves.
enum class TrafficKind {
  Tensor,        ///< activations inside a layer
  Context,       ///< keys and values round the context ring
  Expert,        ///< token copies to the ranks of their experts, and back
  Pipeline,      ///< activations and their gradients between stages
  DataReduce,    ///< gradients over replicas
  DataGather,    ///< parameters after the optimizer (ZeRO-1 to 3)
  EmbeddingTie,  ///< gradients of a tied embedding between first and last stage
};
enum class Collective { AllReduce, ReduceScatter, AllGather, AllToAll, PointToPoint };

/// One kind of operation that every GPU of a plan takes part in. A payload is the whole buffer of
/// a rank: what all-reduce sums, what all-gather ends with, what reduce-scatter starts from, what
/// all-to-all sends, the share that stays included.
struct Phase {
  TrafficKind kind = TrafficKind::Tensor;
  Collective collective = Collective::AllReduce;
  std::int64_t ranks = 1;             ///< in one group
  std::int64_t ranks_per_domain = 1;  ///< of the group in one scale-up domain
  std::int64_t stride = 1;            ///< distance of neighbouring ranks, in GPUs
  Bytes payload;                      ///< [B] of one execution
  double count = 0.0;                 ///< executions a step on the fullest stage
  bool by_layer = false;              ///< ZeRO-3: one execution serves one layer
  std::int64_t begins = 1;            ///< a group begins at each rank r with r mod period < begins
  std::int64_t period = 1;
  double crossing = 0.0;  ///< all-to-all: bytes to other domains over the payload
};

/// The phases of a plan; a fixed array, since searches make one for every plan they try.
struct Traffic {
  static constexpr std::size_t capacity = 12;
  std::array<Phase, capacity> phases;
  std::size_t size = 0;

  const Phase* begin() const { return phases.data(); }
  const Phase* end() const { return phases.data() + size; }
};

/// Seconds of one execution of each phase, in the order of `Traffic::phases`.
using PhaseSeconds = std::array<Seconds, Traffic::capacity>;

/// Times a step that ZeRO-1 (once) or ZeRO-2 scatter the gradients, for m microbatches.
double gradient_reductions(const Plan& plan, double m);

/// An all-reduce between domains as a double binary tree, as NCCL runs it where latency counts more
/// than bandwidth: 2((n/m - 1) up + ceil(lg m) out) for n ranks on m domains, and the payload both
/// ways at `tree_bandwidth_factor` of the links [collectives/nccl.hpp].
struct Tree {
  std::int64_t steps = 0;
  Seconds hop;  ///< of a step, on average
  Bytes sent;   ///< by a rank in all steps, over all its domain's rails
};
/// The tree, where it is faster than a ring over links of `bandwidth`; empty for other collectives
/// and inside a domain.
std::optional<Tree> find_faster_tree(const Phase& phase, BytesPerSecond bandwidth,
                                     const Efficiency& efficiency);

/// What one rank of an all-to-all sends over its scale-up links, and over its NIC [B]. Copies that
/// cross pass a neighbour on their rail, so all but those already on it take the scale-up links.
struct AllToAllBytes {
  Bytes inside;
  Bytes outside;
};
AllToAllBytes all_to_all_bytes(const Phase& phase);

/// Latency of one step of a phase's ring: of an all-to-all, the longest way of a message. Of its
/// steps as many pay the network's as there are domains.
Seconds hop_latency(const Phase& phase, const Efficiency& efficiency);
/// Collectives that serve one execution, each with its own latency.
double messages(const Phase& phase, const Efficiency& efficiency);
/// Software cost of one collective.
Seconds software_alpha(TrafficKind kind, const Efficiency& efficiency);

/// Scale-up domains of `domain` GPUs under a scale-out network with full bisection.
struct Network {
  std::int64_t domain = 8;
  BytesPerSecond scale_up;   ///< to the domain, one way, a GPU [B/s]
  BytesPerSecond scale_out;  ///< NIC, one way, a GPU [B/s]
};
Network network_of(const hardware::Chip& chip, std::int64_t domain);

/// The phases of one step. Plans must be free of `problems`.
///
/// Tensor: two all-reduces a layer and pass of b s h 2 bytes; under sequence parallelism each is a
/// gather and a scatter of the same buffer; full recomputation repeats the forward ones. Pipeline:
/// b s h 2/t bytes each way and microbatch, v times when interleaved; each tensor rank sends its
/// share [Narayanan+, SC'21, section 4.1]. Expert: all-to-all of the token copies (2-byte values)
/// before and after a layer's experts, forward and backward; an expert layer without shared experts
/// then has no tensor traffic round its MLP. Parameters of experts are reduced and gathered over
/// the ranks that hold the same ones, in phases of their own. Data: gradients once a step, by
/// all-reduce (ZeRO-0) or by reduce-scatter followed by a gather of 2-byte parameters; ZeRO-2
/// reduces whenever a chunk's gradients are whole, every p microbatches when interleaved, else
/// every microbatch; ZeRO-3 gathers parameters twice and scatters gradients once every microbatch,
/// layer by layer.
Traffic traffic(const ModelShape& model, const Plan& plan, const Batch& batch, std::int64_t domain,
                double expert_dedup = 0.0);

/// Tensor collectives (all-reduces, or pairs of gather and scatter) of one layer and pass.
double tensor_collectives(const ModelShape& model, LayerKind kind, const Plan& plan);

/// Domains other than its own that a token's copies reach when its experts are k of E at random and
/// lie evenly on D domains: with `dedup` 1 each domain once, (D-1)(1 - C(E-E/D, k)/C(E, k)); with 0
/// each copy by itself, k (D-1)/D. Node-limited routing picks its M domains first, and is there to
/// send a token once to each: M in place of D then, and (D-1)/D of what is reached.
double crossings_per_token(const Experts& experts, std::int64_t domains, double dedup);

/// Alpha-beta time of one execution of each phase on uncontended links. A ring inside a domain
/// runs at the scale-up rate; one that leaves it is held to the NICs of the ranks it has in each
/// domain (rails); of its steps as many pay the network's latency as there are domains. A layer
/// under ZeRO-3 is gathered by `zero3_messages` collectives, each with its own latency: over many
/// ranks that is what ZeRO-3 pays for.
PhaseSeconds analytic_times(const Traffic& traffic, const Network& network,
                            const Efficiency& efficiency);

}  // namespace longhaul::training
