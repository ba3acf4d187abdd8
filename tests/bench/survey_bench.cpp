// What 131,072 GPUs cost to build and to survey: time and memory. Prints; asserts nothing.
#include "fabric/survey.hpp"

#include <fmt/format.h>

#include "../fabric/fabrics.hpp"
#include "measure.hpp"

using namespace longhaul;
using namespace longhaul::bench;

namespace {

void build_and_survey(const char* name, const fabric::FabricConfig& config) {
  const Stopwatch build;
  const fabric::Fabric fabric = fabric::make_fabric(config);
  const double built_s = build.elapsed_s();
  const double built_mb = peak_mb();
  const Stopwatch watch;
  const fabric::Survey survey = fabric::survey(fabric);
  fmt::print("{:<34} build {:6.2f} s {:6.0f} MB   survey {:6.2f} s {:6.0f} MB\n", name, built_s,
             built_mb, watch.elapsed_s(), peak_mb());
  fmt::print(
      "{:<34} {} GPUs, {} switches, {} links, diameter {}, mean {:.6f}, bisection {} links, "
      "all-to-all {:.4f} of injection\n",
      "", survey.gpus, survey.switches, survey.links, survey.diameter_hops, survey.mean_hops,
      survey.bisection_links, static_cast<double>(survey.all_to_all_bound / survey.injection));
  for (const fabric::Loss& loss : survey.losses)
    fmt::print("{:<34} loses {} GPUs and {:.5f} of the bisection with {}\n", "", loss.gpus_cut_off,
               loss.bisection_lost, loss.part);
}

}  // namespace

// Peaks are of the process so far, so the largest comes last.
int main() {
  fabric::FabricConfig config;
  config.network.torus = fabric::Torus{{64, 64, 32}};
  config.gpus_per_node = 1;
  build_and_survey("torus 64 x 64 x 32", config);

  config = {};
  config.network.three_layer_clos = fabric::ThreeLayerClos{.gpus_per_leaf = 32,
                                                           .leaves_per_pod = 32,
                                                           .pods = 128,
                                                           .aggregation_per_pod = 32,
                                                           .cores = 32,
                                                           .taper = 1.0};
  build_and_survey("three-layer Clos", config);

  config = {};
  config.network.fat_tree = fabric::FatTree{.ports = 128, .levels = 3, .gpus = 131'072};
  build_and_survey("fat tree of 128 ports", config);

  config.rails = fabric::Rails::Optimised;
  build_and_survey("the same, by rails", config);

  config = {};
  config.rails = fabric::Rails::Only;
  config.gpus_per_node = 256;
  config.network.fat_tree = fabric::FatTree{.ports = 64, .levels = 2, .gpus = 512};
  build_and_survey("rail-only, 256 trees of 512", config);

  config = {};
  config.planes = 2;
  config.network.fat_tree = fabric::FatTree{.ports = 64, .levels = 3};
  build_and_survey("two planes of 64 ports, 65,536", config);
}
