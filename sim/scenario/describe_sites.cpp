// The fields of [run.across_sites].
#include "scenario/describe.hpp"

namespace longhaul::scenario {

template <>
struct Words<training::SitesMethod> {
  static constexpr std::array<std::string_view, 4> words{"synchronous", "pipeline", "diloco",
                                                         "streaming-diloco"};
};
template <>
struct Words<training::SitesPattern> {
  static constexpr std::array<std::string_view, 3> words{"ring", "halving-doubling", "star"};
};

namespace {
constexpr Range bits{0, 64, true};
constexpr Range detours{1, 100};
}  // namespace

void describe(Fields& f, training::SitesConfig& s) {
  f("method", s.method,
    "gradients every step, stages divided over sites, or seldom exchanges of DiLoCo replicas");
  f("sites", s.sites, "alike, each with its share of the GPUs", count);
  f("bandwidth", s.bandwidth, "of a site's link, one way; left out: fabric.sites.wan_bandwidth",
    rate);
  f("distance", s.distance, "between any two sites; left out: fabric.sites.distance", not_negative);
  f("detour", s.detour, "length of the fibre over that distance", detours);
  f("latency", s.latency, "one way, beside that of fibre", not_negative);
  f("pattern", s.pattern, "how sites reduce and gather");
  f("exchange_bits", s.exchange_bits, "sent of a parameter; left out: a gradient's own", bits);
  f("inner_steps", s.inner_steps, "of DiLoCo, between exchanges of the same parameter", count);
  f("fragments", s.fragments, "of streaming-diloco, exchanged one after the other", count);
  f("overlap_steps", s.overlap_steps, "of streaming-diloco, while a fragment is on its way",
    count_or_none);
  f("region_sites", s.region_sites,
    "sites that are one replica of DiLoCo, and synchronous among them", count);
  f("region_bandwidth", s.region_bandwidth,
    "of a site's link within its region, one way; left out: bandwidth", rate);
  f("region_distance", s.region_distance, "between two sites of a region", not_negative);
  f("replica_law", s.replica_law, "what replicas cost in loss: charles-2025, none");
  f("memory_law", s.memory_law,
    "what a DiLoCo replica keeps beside its own training: two-copies, one-fragment, none");
  f("loss_law", s.loss_law,
    "gives the loss at the end: hoffmann-2022, besiroglu-2024; left out: none is given");
}

}  // namespace longhaul::scenario
