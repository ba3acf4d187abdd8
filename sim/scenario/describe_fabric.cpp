// The fields of [fabric]: what all fabrics have, and a table for each topology.
#include "scenario/describe.hpp"

namespace longhaul::scenario {

template <>
struct Words<fabric::Rails> {
  static constexpr std::array<std::string_view, 3> words{"packed", "optimised", "only"};
};

template <>
struct Words<fabric::PathChoice> {
  static constexpr std::array<std::string_view, 6> words{"d-mod-k",  "ecmp",    "spray",
                                                         "adaptive", "valiant", "ugal"};
};

static void describe(Fields& f, fabric::Routing& r) {
  f("choice", r.choice, "how one of several equal paths is taken; valiant, ugal: by detours too");
  f("queue_pairs", r.queue_pairs, "into which ecmp splits a flow, each with a path of its own",
    count);
  auto seed = static_cast<std::int64_t>(r.seed);
  f("seed", seed, "of hashed and random choices", not_negative);
  r.seed = static_cast<std::uint64_t>(seed);
}

static void describe(Fields& f, fabric::FatTree& t) {
  f("ports", t.ports, "of a switch, half of them up where there is no taper", count);
  f("levels", t.levels, "of switches, 2 or 3", count);
  f("gpus", t.gpus, "fewer than the full tree joins; 0: in full", count_or_none);
  f("taper", t.taper, "ports down over ports up, of a leaf", at_least_one);
  f("cable", t.cable, "cable between switches", not_negative);
}

static void describe(Fields& f, fabric::Pgft& t) {
  f.integers("children", t.children, "m1, m2, ..: below a switch of each layer");
  f.integers("parents", t.parents, "w1, w2, ..: above one of the layer below");
  f.integers("cables", t.cables, "p1, p2, ..: parallel cables to each; none: 1");
  f.integers("speeds", t.speeds, "of a cable of each layer, in ports of a NIC: 1, s2, ..; none: 1");
  f("cable", t.cable, "cable between switches", not_negative);
}

static void describe(Fields& f, fabric::ThreeLayerClos& c) {
  f("gpus_per_leaf", c.gpus_per_leaf, "GPUs under one leaf switch", count);
  f("leaves_per_pod", c.leaves_per_pod, "leaf switches of a pod", count);
  f("pods", c.pods, "pods under the core layer", count);
  f("aggregation_per_pod", c.aggregation_per_pod, "switches of a pod's middle layer", count);
  f("cores", c.cores, "switches of the core layer", count);
  f("taper", c.taper, "bandwidth below an aggregation switch over that above it", at_least_one);
  f("leaf_cable", c.leaf_cable, "cable from leaf to aggregation", not_negative);
  f("aggregation_cable", c.aggregation_cable, "cable from aggregation to core", not_negative);
}

static void describe(Fields& f, fabric::Torus& t) {
  f.integers("dimensions", t.dimensions, "k1, k2, ..; GPU numbers run through the first one first");
  f("cable", t.cable, "cable between neighbours; 0 m: a backplane", not_negative);
  f.integers("board", t.board, "sizes of boards or cubes, whose links have no length");
  f("twist", t.twist,
    "of k x k x 2k or k x 2k x 2k: the wrap of short dimensions shifts long ones");
  f("optical_switches", t.optical_switches, "join the boards, and can be re-wired");
  f("spare_boards", t.spare_boards, "that stand by at the optical switches", count_or_none);
}

static void describe(Fields& f, fabric::Dragonfly& d) {
  f("routers", d.routers, "of a group, all joined; 0: twice the global ports, 8 with neither",
    count_or_none);
  f("gpus_per_router", d.gpus_per_router, "GPUs under one router; 0: as many as global ports",
    count_or_none);
  f("global_ports", d.global_ports,
    "of a router, to other groups; 0: the GPUs under it, else half the routers of a group",
    count_or_none);
  f("groups", d.groups, "fewer than ports reach; 0: in full", count_or_none);
  f("cables", d.cables, "between any two groups; 0: as many as ports allow", count_or_none);
  f("local_cable", d.local_cable, "cable within a group", not_negative);
  f("global_cable", d.global_cable, "cable between groups", not_negative);
}

static void describe(Fields& f, fabric::HyperX& h) {
  f.integers("dimensions", h.dimensions, "k1, k2, ..: routers, all joined in each row of each");
  f("gpus_per_router", h.gpus_per_router, "GPUs under one router; 0: they are the routers",
    count_or_none);
  f.integers("cables", h.cables, "between two routers, by dimension; none: 1");
  f("first_cable", h.first_cable, "cable in the first dimension", not_negative);
  f("cable", h.cable, "cable in the other dimensions", not_negative);
}

static void describe(Fields& f, fabric::HammingMesh& h) {
  f("board_width", h.board_width, "GPUs in a row of a board, which is a mesh", count);
  f("board_height", h.board_height, "GPUs in a column of a board", count);
  f("width", h.width, "boards in a row of boards", count);
  f("height", h.height, "boards in a column of boards", count);
  f("row_cable", h.row_cable, "cable from a board to the switch of a row of GPUs", not_negative);
  f("column_cable", h.column_cable, "cable from a board to the switch of a column", not_negative);
}

static void describe(Fields& f, fabric::SlimFly& s) {
  f("q", s.q, "prime power, not 2 more than a multiple of 4: 2 q^2 routers", count);
  f("gpus_per_router", s.gpus_per_router, "GPUs under one router; 0: half its ports to others",
    count_or_none);
  f("local_cable", s.local_cable, "cable in a rack of 2 q routers", not_negative);
  f("global_cable", s.global_cable, "cable between racks", not_negative);
}

static void describe(Fields& f, fabric::Fleet& d) {
  f("devices", d.devices, "small devices, each behind a line of its own", count);
  f("up", d.up, "bandwidth from a device", rate);
  f("down", d.down, "bandwidth to a device", rate);
  f("latency", d.latency, "of a line, one way; between devices twice that", not_negative);
}

static void describe(Fields& f, fabric::Sites& s) {
  f("sites", s.sites, "campuses", count);
  f("buildings", s.buildings, "of a site, each with a network of its own", count);
  f("campus_switches", s.campus_switches,
    "of a site; of networks without layers as many gateways a building, and at most the square "
    "root "
    "of its routers",
    count);
  f("building_taper", s.building_taper,
    "bandwidth of a building's NICs, or one link a GPU that is a router, over that out of it",
    at_least_one);
  f("building_cable", s.building_cable, "from a building to the campus switches", not_negative);
  f("wan_bandwidth", s.wan_bandwidth, "between two sites, one way", rate);
  f("distance", s.distance, "between any two sites, of fibre", not_negative);
}

void describe(Fields& f, fabric::FabricConfig& c) {
  f("gpus_per_node", c.gpus_per_node, "GPUs of a scale-up domain; 1: none", count);
  f("rails", c.rails, "which leaf the GPUs of a node are plugged into");
  f("forwarding", c.forwarding, "GPUs pass traffic on within their node, to the rail of its end");
  f("planes", c.planes, "equal networks that share each NIC's bandwidth and each flow", count);
  f("gpus_per_nic", c.gpus_per_nic,
    "GPUs of a node that share a NIC, its cable and a switch's port, each with its part of it",
    count);
  f("nic_bandwidth", c.nic_bandwidth, "of a GPU, one way, instead of the chip's", rate);
  f("scale_up_bandwidth", c.scale_up_bandwidth, "of a GPU, one way, instead of the chip's", rate);
  f("switch_latency", c.parts.switch_latency, "of one switch", not_negative);
  f("nic_latency", c.parts.nic_latency, "NIC and host software, once at each end", not_negative);
  f("scale_up_latency", c.parts.scale_up_latency, "from GPU to GPU of a node", not_negative);
  f("fibre_latency", c.parts.fibre_latency, "of cables", not_negative);
  f("nic_cable", c.parts.nic_cable, "cable from NIC to leaf", not_negative);
  f.table("routing", c.routing, "which paths flows take");
  f.table("fat_tree", c.network.fat_tree, "fat tree of equal switches, whole or in part");
  f.table("pgft", c.network.pgft, "parallel-port generalised fat tree, layer by layer");
  f.table("three_layer_clos", c.network.three_layer_clos, "leaves, pods and core by their counts");
  f.table("torus", c.network.torus, "torus of any dimensions, of GPUs that are the routers");
  f.table("dragonfly", c.network.dragonfly, "groups of routers, all joined, and all groups joined");
  f.table("hyperx", c.network.hyperx, "full mesh of routers or GPUs in every dimension");
  f.table("hammingmesh", c.network.hammingmesh, "boards of GPUs under a switch a row and column");
  f.table("slim_fly", c.network.slim_fly, "two hops between any two routers");
  f.table("fleet", c.network.fleet, "devices on the Internet, behind lines of their own");
  f.table("sites", c.sites, "buildings and sites that repeat the network");
}

}  // namespace longhaul::scenario
