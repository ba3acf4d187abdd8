// Rings of a phase whose ranks move from GPU to GPU, timed from what changed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "fabric/bottlenecks.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// Who sends to whom, ring after ring.
struct RingEnds {
  std::vector<std::pair<std::int32_t, std::int32_t>> flows;  ///< from rank to rank
  std::vector<std::size_t> first{0};                         ///< flow of each ring, and their end
  std::vector<std::uint8_t> kind;                            ///< of each ring, by what it sends

  friend bool operator==(const RingEnds&, const RingEnds&) = default;
};

/// What one phase sends over its rings.
struct RingTerms {
  double steps = 0.0;
  Seconds least_hop;
  std::vector<Bytes> chunks;  ///< of a step, by kind
};

/// All rings run at once; a copy moves on by itself. A ring takes steps x (hop + chunk / rate), at
/// the latency of its longest route and the max-min fair rate of its slowest flow.
class MovingRings {
 public:
  /// Rank r on gpus[r]. Router and types as fabric::Bottlenecks wants them. Throws fabric::NoPath.
  MovingRings(RingEnds ends, std::span<const fabric::VertexIndex> gpus,
              const fabric::Router& router, std::shared_ptr<const fabric::LinkTypes> types);

  const RingEnds& ends() const { return index_->ends; }
  /// Whether no flow leaves its node: where ranks of a node move together, nothing changes then, as
  /// all nodes of a fabric are alike inside.
  bool stay_inside() const { return stay_inside_; }
  /// The ranks that have moved since, of these GPUs by rank. Throws fabric::NoPath; there is no
  /// going on then.
  void move(std::span<const std::int32_t> ranks, std::span<const fabric::VertexIndex> gpus);

  /// Of the slowest ring. None has a rate below the least share C/w of the links on its way, so
  /// none takes longer than the longest hop and the least share of all together; a ring that has
  /// both takes just that (fabric/bottlenecks.hpp). Where there is none, the same is asked of every
  /// ring by itself. Empty where that does not tell either.
  std::optional<Seconds> find_slowest(const RingTerms& terms);

 private:
  /// What does not change as ranks move; copies share it.
  struct Index {
    Index(RingEnds ring_ends, std::size_t n_ranks);
    RingEnds ends;
    std::vector<std::int32_t> ring_of;       // of each flow
    std::vector<std::size_t> first_of_rank;  // into the next, and the end
    std::vector<std::int32_t> flows_of_rank;
  };

  std::size_t n_rings() const { return ends().kind.size(); }
  Seconds longest_hop(std::size_t ring) const;
  Seconds ring_time(const RingTerms& terms, std::size_t kind, Seconds hop,
                    BytesPerSecond rate) const;
  bool attains(const RingTerms& terms, std::size_t kind);
  std::optional<Seconds> find_slowest_one_by_one(const RingTerms& terms) const;

  std::shared_ptr<const Index> index_;
  bool stay_inside_;
  fabric::Bottlenecks flows_;
  std::vector<Seconds> hop_;                           // of each ring
  std::vector<std::map<Seconds, std::int64_t>> hops_;  // by kind: how many rings have it
  std::vector<std::int32_t> witness_;  // by kind: a flow that had both when last asked; -1: none
  std::vector<std::int32_t> flows_moved_, rings_moved_;  // whose memory is used again
};

}  // namespace longhaul::training
