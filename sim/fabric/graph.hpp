// A fabric: what is connected to what, as plain vectors. Indices, no names, in hot code.
//
// Generators (topologies/) build it; the router, the analysis and the engine only read it.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
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
  Router,             ///< a switch of a network without layers: dragonfly, HyperX, Slim Fly, torus
  LineSwitch,         ///< joins a row or column of boards (HammingMesh)
  GatewaySwitch,      ///< joins the GPUs or routers of a network without layers to a campus
  CampusSwitch,       ///< joins the buildings of a site
  WanLine,            ///< a wide-area line between two sites, which is no switch
  Internet,           ///< what access links lead to, without a limit of its own
  StorageGateway,     ///< where a shared store enters the fabric
  Storage,            ///< a shared store
};

enum class LinkKind : std::uint8_t { ScaleUp, Nic, SwitchToSwitch, Storage, Campus, Wan, Access };

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
  Metres length;             ///< [m] of cable; 0 on a board or in a backplane
  std::int32_t cables = 1;   ///< equal cables in the bundle, each with a port at both ends
};

/// Where a GPU stands. -1 where the topology has no such thing.
struct Place {
  std::int32_t node = -1;  ///< scale-up domain
  std::int32_t leaf = -1;  ///< leaf switch, a rack in most buildings
  std::int32_t pod = -1;
};

/// Two halves of the GPUs (the lower one may have one less) whose cut a generator thinks narrow.
struct Cut {
  std::string name;         ///< "dimension 2", "groups"
  std::vector<char> upper;  ///< of each GPU: 1 in the upper half
};

/// What the router can make use of.
enum class Structure : std::uint8_t {
  Tree,   ///< links join unlike levels: up until a switch stands above the destination, then down
  Torus,  ///< GPU `gpu_at(i)` is the router at the coordinates of i in `torus`
  Any,    ///< none
};

/// How optical circuit switches join boards to a torus.
struct Wiring {
  std::vector<std::int64_t> dimensions;  ///< of the torus, in GPUs
  /// That it takes, in the order of their places, the first dimension first. All others stand by.
  std::vector<std::int64_t> boards;
  bool twist = false;  ///< as of topologies/torus.hpp

  friend bool operator==(const Wiring&, const Wiring&) = default;
};

/// The boards of a torus that optical circuit switches join (rewire.hpp).
struct OpticalBoards {
  std::vector<std::int64_t> size;  ///< of a board, by dimension; empty: no such switches
  std::vector<VertexIndex> gpus;   ///< board by board, each in the order of a torus of `size`
  Wiring wiring;                   ///< as it is now
  LinkIndex first_link = 0;  ///< the cables by plane, by `gpus` and by dimension: that forward
  std::int64_t planes = 0;

  bool exist() const { return !size.empty(); }
};

struct Fabric {
  std::vector<Vertex> vertices;  ///< the GPUs first: GPU i is vertex i
  std::vector<Link> links;       ///< the two directions of a cable are neighbours: 2i and 2i + 1
  std::vector<Place> places;     ///< of each GPU
  Structure structure = Structure::Tree;
  std::vector<std::int64_t> torus;  ///< dimensions of Structure::Torus, the fastest first
  /// The GPU at each place of a torus, and the place of each GPU or -1 where it stands by. Empty:
  /// GPU i is at place i.
  std::vector<VertexIndex> torus_gpus, torus_places;
  OpticalBoards optical;
  std::vector<Cut> cuts;  ///< beside the halves by GPU number
  /// Of each vertex, which of several networks without layers it is of, or -1; traffic between two
  /// of one stays in it as long as it can. Empty where there are layers, or one such network.
  std::vector<std::int32_t> islands;
  /// Of a GPU's NIC, each of a plane or to a leaf of its own: a flow is split evenly over them.
  std::int64_t ports = 1;
  std::int64_t gpus_per_nic = 1;  ///< that share one, with its cable and its port of a switch
  bool gpus_forward = false;      ///< GPUs pass on traffic of others within their node, to its rail

  VertexIndex add_vertex(VertexKind kind, int level);
  /// Both directions; returns the first. `link` says src, dst and all else.
  LinkIndex add_cable(const Link& link);

  std::int64_t n_gpus() const { return std::ssize(places); }
  VertexIndex gpu_at(std::int64_t torus_place) const {
    return torus_gpus.empty() ? static_cast<VertexIndex>(torus_place)
                              : torus_gpus[static_cast<std::size_t>(torus_place)];
  }
  std::int64_t torus_place(VertexIndex gpu) const {
    return torus_places.empty() ? gpu : torus_places[static_cast<std::size_t>(gpu)];
  }
  /// GPUs of boards that are not part of the torus.
  bool stands_by(VertexIndex gpu) const { return torus_place(gpu) < 0; }
  bool share_island(VertexIndex a, VertexIndex b) const {
    if (islands.empty()) return false;
    const std::int32_t island = islands[static_cast<std::size_t>(a)];
    return island >= 0 && island == islands[static_cast<std::size_t>(b)];
  }
  std::int64_t n_standing_by() const {
    return torus_gpus.empty() ? 0 : n_gpus() - std::ssize(torus_gpus);
  }
  std::int64_t count(VertexKind kind) const;
  /// Directed links of a kind; half as many cables.
  std::int64_t count(LinkKind kind) const;
  /// The n-th of a kind. Throws std::out_of_range.
  VertexIndex vertex(VertexKind kind, std::int64_t ordinal) const;
};

/// A switch of the network that stands in a rack of its own, as leaves, cores and routers do.
bool is_switch(VertexKind kind);

/// Not of the scale-up domains and not of the store.
inline bool in_network(LinkKind kind) {
  return kind != LinkKind::ScaleUp && kind != LinkKind::Storage;
}

/// Of each GPU: whether it is a router itself, with links that are no NIC's and no access line, or
/// that lead to GPUs or line switches.
std::vector<char> gpus_that_route(const Fabric& fabric);

/// The links out of each vertex, in their order.
class LinksOut {
 public:
  explicit LinksOut(const Fabric& fabric);
  std::span<const LinkIndex> of(VertexIndex vertex) const {
    const auto v = static_cast<std::size_t>(vertex);
    return {links_.data() + begin_[v], begin_[v + 1] - begin_[v]};
  }

 private:
  std::vector<std::size_t> begin_;  // by vertex, into the next
  std::vector<LinkIndex> links_;
};

/// How the nodes (of one GPU where there are no scale-up domains) stand together.
struct NodeGroups {
  std::int64_t nodes = 0;     ///< in all, without those that stand by
  std::int64_t per_leaf = 1;  ///< with GPUs under the leaf of GPU 0
  std::int64_t per_pod = 1;   ///< in the pod of GPU 0; all where there are no pods
};
NodeGroups node_groups(const Fabric& fabric);

/// Cables, or a fraction of one where GPUs share a NIC, that a link stands for.
double cables_of(const Fabric& fabric, const Link& link);
/// As many of them as that many whole ones.
std::int64_t whole(double cables);

/// What a GPU can send to the network, all its links but those of its scale-up domain and to a
/// store [B/s].
BytesPerSecond injection_bandwidth(const Fabric& fabric, VertexIndex gpu);

/// A flow, or a survey, has two ends that no path joins; what() names them.
class NoPath : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The other direction of the same cable.
inline LinkIndex reverse(LinkIndex link) { return link ^ 1; }

/// "leaf switch", "switch to switch"
const char* kind_name(VertexKind kind);
const char* kind_name(LinkKind kind);

/// "gpu 17 (node 2, leaf 1, pod 0)", "leaf switch 3"
std::string vertex_name(const Fabric& fabric, VertexIndex vertex);
/// "gpu 17 (..) -> leaf switch 1"
std::string link_name(const Fabric& fabric, LinkIndex link);

}  // namespace longhaul::fabric
