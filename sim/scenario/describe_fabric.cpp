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
}

static void describe(Fields& f, fabric::Sites& s) {
  f("sites", s.sites, "campuses", count);
  f("buildings", s.buildings, "of a site, each with a network of its own", count);
  f("campus_switches", s.campus_switches, "of a site", count);
  f("building_taper", s.building_taper, "bandwidth of a building's NICs over that out of it",
    at_least_one);
  f("building_cable", s.building_cable, "from a building to the campus switches", not_negative);
  f("wan_bandwidth", s.wan_bandwidth, "between two sites, one way", rate);
  f("distance", s.distance, "between any two sites, of fibre", not_negative);
}

void describe(Fields& f, fabric::FabricConfig& c) {
  f("gpus_per_node", c.gpus_per_node, "GPUs of a scale-up domain; 1: none", count);
  f("rails", c.rails, "which leaf the GPUs of a node are plugged into");
  f("forwarding", c.forwarding, "GPUs pass traffic on within their node, to the rail of its end");
  f("planes", c.planes, "equal networks that share each NIC's bandwidth", count);
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
  f.table("sites", c.sites, "buildings and sites that repeat the network");
}

}  // namespace longhaul::scenario
