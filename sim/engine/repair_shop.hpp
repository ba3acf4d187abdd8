// Nodes in repair, on the clock.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "engine/timers.hpp"
#include "operations/repair.hpp"
#include "random/stream.hpp"

namespace longhaul::engine {

/// Repairs what comes in: at once by itself, then, where that does not do, by a crew as soon as one
/// is free, in the order of arrival. Random streams "repair/automatic", "/manual" and "/outcome".
class RepairShop {
 public:
  using Nodes = std::vector<std::int64_t>;
  /// `mended`: whether a lemon among them is none any more.
  using Done = std::function<void(const Nodes& nodes, bool mended)>;

  /// `crews`: manual repairs at a time; 0: any number.
  RepairShop(Timers& timers, std::int64_t crews, std::uint64_t seed, Done done);

  /// Nodes that are repaired together. `config` must outlive the repair.
  void take_in(Nodes nodes, const operations::RepairConfig& config);
  std::int64_t n_waiting() const { return static_cast<std::int64_t>(queue_.size()); }

 private:
  struct Job {
    Nodes nodes;
    const operations::RepairConfig* config;
  };
  void after_automatic(Job job);
  void start_manual(Job job);
  void finish(const Job& job, double leaves_fault);

  Timers& timers_;
  std::int64_t crews_;
  std::int64_t busy_ = 0;
  std::deque<Job> queue_;
  random::Stream automatic_, manual_, outcome_;
  Done done_;
};

}  // namespace longhaul::engine
