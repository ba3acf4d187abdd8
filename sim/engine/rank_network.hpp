// Who talks to whom in one step: the groups of every kind of traffic, and the chains of stages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/fabric_zone.hpp"
#include "engine/rank_groups.hpp"
#include "training/efficiency.hpp"
#include "training/placed_traffic.hpp"
#include "training/plan.hpp"
#include "training/traffic.hpp"

namespace longhaul::engine {

/// Traffic inside layers, in the order in which a layer has it.
enum class Exchange { Tensor, Context, Expert };
inline constexpr std::array exchanges{Exchange::Tensor, Exchange::Context, Exchange::Expert};

/// A phase over replicas.
struct DataPhase {
  std::unique_ptr<RankGroups> groups;
  double count = 0.0;    ///< executions a step
  bool experts = false;  ///< serves layers with experts alone
};

class RankNetwork {
 public:
  /// Rank r runs on `gpus[r]`. Throws std::runtime_error when no path is left.
  RankNetwork(FabricZone& zone, const training::Plan& plan, const training::Traffic& traffic,
              const training::Efficiency& efficiency, std::span<const fabric::VertexIndex> gpus);
  RankNetwork(const RankNetwork&) = delete;
  RankNetwork& operator=(const RankNetwork&) = delete;

  /// Null where the rank has no such traffic.
  RankGroups* find_groups(Exchange exchange, std::size_t rank) const;
  std::span<const DataPhase> gathers() const { return gathers_; }
  std::span<const DataPhase> reduces() const { return reduces_; }
  std::span<const DataPhase> embedding_ties() const { return ties_; }

  std::int64_t stage_of(std::size_t rank) const { return places_[rank].stage; }
  /// The rank that does the same on another stage.
  std::size_t rank_on(std::int64_t stage, std::size_t rank) const {
    return chains_[places_[rank].chain].ranks[static_cast<std::size_t>(stage)];
  }
  /// Sends a microbatch to another stage: `on_sender_free` after the share that is not hidden,
  /// `on_arrival` after all of it.
  void transfer(std::size_t from, std::size_t to, const std::function<void()>& on_sender_free,
                std::function<void()> on_arrival);

  std::int64_t n_flows_started() const;

 private:
  struct Chain {
    std::vector<std::size_t> ranks;  ///< by stage
    Bytes transfer;                  ///< [B]
  };
  struct InChain {
    std::size_t chain = 0;
    std::int64_t stage = 0;
  };
  using Placed = std::vector<training::PlacedPhase>;
  std::unique_ptr<RankGroups> make(std::span<const training::PlacedPhase> phases);
  void add(std::vector<DataPhase>& phases, const training::Phase& phase,
           const training::PlacedPhase& placed);
  void place_chains(const training::PlacedPhase& placed);

  FabricZone& zone_;
  std::span<const fabric::VertexIndex> gpus_;
  std::vector<std::int32_t> rank_of_;  ///< by GPU
  std::array<std::unique_ptr<RankGroups>, exchanges.size()> exchanges_;
  std::vector<DataPhase> gathers_, reduces_, ties_;
  bool common_;  ///< whether replicas have parameters in common that are not experts'
  std::vector<const RankGroups*> all_groups_;

  std::vector<Chain> chains_;
  std::vector<InChain> places_;  ///< of each rank
  Seconds transfer_software_, transfer_least_hop_;
  double transfer_hidden_;  ///< share
  std::int64_t n_transfers_ = 0;
};

}  // namespace longhaul::engine
