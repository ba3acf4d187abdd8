// The seconds of a step's phases as its ranks move from GPU to GPU: those of placed_times(), but
// only what moved is routed and timed anew.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "training/moving_rings.hpp"
#include "training/placed_traffic.hpp"

namespace longhaul::training {

/// A rank and the GPU that it moves to.
struct Move {
  std::int64_t rank = 0;
  fabric::VertexIndex gpu = 0;
};

/// A move costs the flows of its ranks and what crosses their links; the answer is that of
/// placed_times() to rounding. A copy moves on by itself.
class MovingTimes {
 public:
  /// Rank r on gpus[r]. Traffic, router and efficiency must outlive it; the router as
  /// fabric::Bottlenecks can follow it, and when links die there has to be a new one of these.
  /// Throws fabric::NoPath.
  MovingTimes(const Traffic& traffic, std::vector<fabric::VertexIndex> gpus,
              const fabric::Router& router, const Efficiency& efficiency);

  /// Ranks that share a scale-up domain must move together, to one. Throws fabric::NoPath when no
  /// path is left; there is no going on then.
  void move(std::span<const Move> moves);
  /// Seconds of each phase where the ranks are now.
  PhaseSeconds times();

  /// Times of phases so far that only a solution of all their flows could tell.
  std::int64_t n_solved() const { return n_solved_; }

 private:
  struct Terms {
    Seconds software;
    double messages = 1.0;
    RingTerms ring;
    std::size_t rings = 0;  // index
  };

  void lay_all();
  void lay(const Phase& phase, const std::shared_ptr<const fabric::LinkTypes>& types);

  const Traffic* traffic_;
  const fabric::Router* router_;
  const Efficiency* efficiency_;
  std::vector<fabric::VertexIndex> gpus_;  // by rank
  std::vector<MovingRings> rings_;         // phases that talk alike share them
  std::vector<Terms> terms_;               // by phase
  BytesPerSecond nics_;                    // of the first rank, when last laid
  std::int64_t n_solved_ = 0;
};

}  // namespace longhaul::training
