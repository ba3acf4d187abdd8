// The data-parallel traffic of one rank: when each collective over replicas goes out beside the
// rank's passes, and when a pass has to wait for one.
//
// A share of a window of compute can hide such traffic (`overlap`). So it goes out when the rest of
// the window has passed, and what has not arrived by the end of the window is waited for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "engine/rank_network.hpp"
#include "training/pipeline.hpp"
#include "units/quantity.hpp"

namespace longhaul::engine {

struct DataRules {
  training::Pipeline pipeline;
  int zero_stage = 0;
  double overlap = 0.0;  ///< share of a window, 0-1
};

class RankData {
 public:
  using GoOn = std::function<void()>;

  RankData(std::size_t rank, const RankNetwork& network, const DataRules& rules);
  RankData(const RankData&) = delete;
  RankData& operator=(const RankData&) = delete;

  // Seconds `expected` are what a pass or layer takes when nobody else sends.

  /// ZeRO-1 and 2: the first chunk's parameters go out within its first pass, counted from the
  /// start of the step, so that later stages get theirs while they wait.
  void begin_step(Seconds expected);
  /// ZeRO-0 to 2: a chunk's gradients go out within the pass that makes them whole, or in those
  /// that follow to the end of the step.
  void begin_pass(const training::Piece& piece, Seconds expected);
  /// ZeRO-3: a layer's parameters go out in each pass, its gradients in the backward one.
  void begin_layer(const training::Piece& piece, bool experts, Seconds expected);

  /// Each goes on when what it needs has arrived: a layer under ZeRO-3 all of its own, a chunk's
  /// first pass its parameters. After a piece ZeRO-2 waits for its gradients, without interleaving;
  /// the last waits for all.
  void end_layer(const GoOn& go_on);
  void end_pass(const training::Piece& piece, Seconds took, Seconds expected, const GoOn& go_on);
  void end_piece(bool last, const GoOn& go_on);

  Seconds waited() const { return waited_; }

 private:
  struct Waiting {
    RankGroups* groups;
    double executions;
    Seconds date;  ///< not before this, on the engine's clock
  };
  bool divides_parameters() const { return rules_.zero_stage == 3; }
  bool reduces_every_pass() const { return rules_.zero_stage == 2 && rules_.pipeline.chunks == 1; }
  void gather(std::int64_t chunk, Seconds date);
  void send(const DataPhase& phase, double executions, Seconds date);
  void begin_first();
  void join_first();
  void wait_for(std::size_t n_collectives, const GoOn& go_on);

  std::size_t rank_;
  std::span<const DataPhase> gathers_, reduces_;
  DataRules rules_;
  std::vector<Seconds> backward_took_;  ///< by chunk, the latest pass
  std::deque<Waiting> sending_;         ///< the first is under way
  std::size_t n_sent_ = 0;
  std::size_t n_ended_ = 0;
  GoOn on_progress_;
  Seconds waited_;
};

}  // namespace longhaul::engine
