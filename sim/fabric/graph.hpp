// A fabric: what is connected to what, as plain vectors. Indices, no names, in hot code.
//
// Generators (topologies/) build it; the router, the analysis and the engine only read it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "units/quantity.hpp"

namespace longhaul::fabric {

using VertexIndex = std::int32_t;
using LinkIndex = std::int32_t;

enum class VertexKind : std::uint8_t {
  Gpu,
  ScaleUpSwitch,      ///< joins the GPUs of one scale-up domain (NVLink)
  LeafSwitch,         ///< top of rack, where NICs are plugged in
  AggregationSwitch,  ///< joins the leaves of a pod; any middle layer of a tree
  CoreSwitch,         ///< joins pods; the top layer of a tree
  StorageGateway,     ///< where a shared store enters the fabric
  Storage,            ///< a shared store
};

enum class LinkKind : std::uint8_t { ScaleUp, Nic, SwitchToSwitch, Storage };

struct Vertex {
  VertexKind kind = VertexKind::Gpu;
  std::int8_t level = 0;     ///< 0: traffic starts and ends here; a tree's links join unlike levels
  std::int32_t ordinal = 0;  ///< among its kind
};

/// One direction of a cable, or of a bundle of equal cables that share their load.
struct Link {
  VertexIndex src = 0;
  VertexIndex dst = 0;
  LinkKind kind = LinkKind::SwitchToSwitch;
  BytesPerSecond bandwidth;  ///< [B/s] of the bundle
  Seconds latency;           ///< [s] from sender to receiver: NIC, cable and receiving switch
  Metres length;             ///< [m] of cable
};

/// Where a GPU stands. -1 where the topology has no such thing.
struct Place {
  std::int32_t node = -1;  ///< scale-up domain
  std::int32_t leaf = -1;  ///< leaf switch, a rack in most buildings
  std::int32_t pod = -1;
};

struct Fabric {
  std::vector<Vertex> vertices;     ///< the GPUs first: GPU i is vertex i
  std::vector<Link> links;          ///< the two directions of a cable are neighbours: 2i and 2i + 1
  std::vector<Place> places;        ///< of each GPU
  std::vector<std::int64_t> torus;  ///< its dimensions, the fastest first; empty in a tree

  VertexIndex add_vertex(VertexKind kind, int level);
  /// Both directions; returns the first. `link` says src, dst and all else.
  LinkIndex add_cable(const Link& link);

  std::int64_t n_gpus() const { return std::ssize(places); }
  std::int64_t count(VertexKind kind) const;
  /// Directed links of a kind; half as many cables.
  std::int64_t count(LinkKind kind) const;
  /// The n-th of a kind. Throws std::out_of_range.
  VertexIndex vertex(VertexKind kind, std::int64_t ordinal) const;
};

/// The other direction of the same cable.
inline LinkIndex reverse(LinkIndex link) { return link ^ 1; }

/// "gpu 17 (node 2, leaf 1, pod 0)", "leaf switch 3"
std::string vertex_name(const Fabric& fabric, VertexIndex vertex);
/// "gpu 17 (..) -> leaf switch 1"
std::string link_name(const Fabric& fabric, LinkIndex link);

}  // namespace longhaul::fabric
