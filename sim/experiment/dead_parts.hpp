// Switches and cables of a platform that are down for a while.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "experiment/built_platform.hpp"
#include "operations/failure.hpp"

namespace longhaul::experiment {

/// Takes parts down and up, in the router and for what is under way on the platform. Parts are
/// numbered: switches of the network in the order of the graph's vertices, then its cables, those
/// of scale-up domains and of the store left out, in the order of the graph's links.
class DeadParts {
 public:
  /// All are up. The platform must outlive it.
  explicit DeadParts(BuiltPlatform& platform);

  std::int64_t n_switches() const { return static_cast<std::int64_t>(switches_.size()); }
  std::int64_t n_cables() const { return static_cast<std::int64_t>(cables_.size()); }

  /// Takes the `index`-th switch or cable down, or up again, and returns the nodes that cannot
  /// reach the others now. Nothing happens where there is no such part. Throws
  /// std::invalid_argument for what is neither.
  std::vector<std::int64_t> set_alive(operations::Strikes what, std::int64_t index, bool alive);
  /// Makes these parts dead and all others alive.
  void become(const std::set<std::int64_t>& parts);
  /// Numbers of those that are down.
  const std::set<std::int64_t>& parts() const { return parts_; }

 private:
  void set_part(std::int64_t part, bool alive);

  BuiltPlatform& platform_;
  std::vector<fabric::VertexIndex> switches_;
  std::vector<fabric::LinkIndex> cables_;  // their first direction
  std::set<std::int64_t> parts_;
};

}  // namespace longhaul::experiment
