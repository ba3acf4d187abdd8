// The groups of a phase of traffic as ranks that meet: a collective starts when the last of a
// group's ranks has come, runs as flows, and ends for all of them together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/fabric_zone.hpp"
#include "training/placed_traffic.hpp"

namespace longhaul::engine {

/// A collective's flow from one rank to its neighbour, or a part of it: all steps of its ring in
/// one.
struct RankFlow {
  std::vector<fabric::LinkIndex> links;
  Seconds latency;  ///< of all steps, software included [s]
  Bytes size;       ///< of all steps [B]
  PartOfFlow part;
};

class RankGroups {
 public:
  /// `duration` counts from when the last rank came.
  using OnEnd = std::function<void(Seconds duration)>;

  /// Phases that always run one after the other are joined: their rings must be the same.
  /// `rank_of[gpu]` is the rank on a GPU.
  RankGroups(FabricZone& zone, std::span<const training::PlacedPhase> phases,
             std::span<const std::int32_t> rank_of, std::size_t n_ranks);
  RankGroups(const RankGroups&) = delete;
  RankGroups& operator=(const RankGroups&) = delete;

  bool contains(std::size_t rank) const { return group_of_[rank] >= 0; }
  /// A rank comes for the group's next collective, which stands for `executions` of the phase, and
  /// must not come again before it has ended.
  void join(std::size_t rank, double executions, OnEnd on_end);

  /// Seconds of one execution for the rank's group when nobody else sends.
  Seconds alone(std::size_t rank) const {
    return groups_[static_cast<std::size_t>(group_of_[rank])].alone;
  }
  std::int64_t n_flows_started() const { return n_started_; }

 private:
  struct Group {
    std::size_t n_ranks = 0;
    std::vector<RankFlow> flows;
    Seconds alone;               ///< of the slowest flow
    std::vector<OnEnd> waiting;  ///< of the ranks that have come
    std::size_t n_flows_left = 0;
    Seconds started;
  };
  void find_groups(std::span<const collectives::Ring> rings, std::span<const std::int32_t> rank_of);
  void lay_out(std::span<const training::PlacedPhase> phases,
               std::span<const std::int32_t> rank_of);
  void start(Group& group, double executions);
  static void finish(Group& group);

  FabricZone& zone_;
  std::vector<std::int32_t> group_of_;  ///< of a rank; -1 where it has none
  std::vector<Group> groups_;
  std::int64_t n_started_ = 0;
};

}  // namespace longhaul::engine
