// What a built fabric is: its counts, distances and bisection, what an all-to-all gets out of it,
// and what the loss of one part takes away. Nothing here uses the router or a closed form: all
// follows from the graph, for any topology.
//
// Paths are shortest ones over switches, and over GPUs where those are the routers; two GPUs of a
// scale-up domain talk over its switch. Boards that stand by (rewire.hpp) are left out. Only where
// a network of rails has no path, and GPUs forward, the sender's node passes traffic on to the rail
// of its end. The store is no part of it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fabric/graph.hpp"
#include "units/quantity.hpp"

namespace longhaul::fabric {

/// What fails with one part, of its kind the one that takes the most.
struct Loss {
  std::string part;               ///< "leaf switch 3"; of a link, one cable
  std::int64_t gpus_cut_off = 0;  ///< that stay, but not with the largest part of the others
  double bisection_lost = 0.0;    ///< share of `Survey::bisection`, 0 to 1
};

struct Survey {
  std::int64_t gpus = 0;
  std::int64_t nodes = 0;  ///< scale-up domains; 0 without
  /// Without scale-up switches, gateways and stores, WAN lines and the internet.
  std::int64_t switches = 0;
  /// Cables of the network: NICs, between switches, campus, WAN, access; no scale-up, no storage.
  std::int64_t links = 0;
  std::int64_t inter_switch_links = 0;  ///< of those: between switches, or GPUs that are routers
  std::vector<std::pair<std::string, std::int64_t>> links_by_kind;     ///< cables, as in `links`
  std::vector<std::pair<std::string, std::int64_t>> switches_by_kind;  ///< as in `switches`

  std::int64_t diameter_hops = 0;  ///< links on the longest of the shortest paths between GPUs
  double mean_hops = 0.0;          ///< over all ordered pairs of GPUs; 0 for one GPU

  std::int64_t bisection_links = 0;  ///< cables between two halves; the least of the cuts tried
  BytesPerSecond bisection;          ///< one way [B/s]; the least of the cuts tried
  std::string narrowest_cut;         ///< the cut of the least bandwidth
  BytesPerSecond injection;          ///< all GPUs' network links, one way [B/s]
  /// Most that all GPUs together send when each sends to every other alike, ties split evenly over
  /// the shortest paths [B/s]; 0 for one GPU.
  BytesPerSecond all_to_all_bound;

  std::int64_t articulation_points = 0;  ///< vertices whose loss separates GPUs that stay
  std::vector<Loss> losses;              ///< one of each kind of link and switch
};

/// Throws NoPath, with two of them, when GPUs cannot reach each other.
Survey survey(const Fabric& fabric);

}  // namespace longhaul::fabric
