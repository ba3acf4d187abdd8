// Exchanges between sites, as flows on a fabric of two and of four sites.
#include <doctest/doctest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "../fabric/fabrics.hpp"
#include "collectives/closed_form.hpp"
#include "collectives/schedule.hpp"
#include "engine/flow_phase.hpp"
#include "on_fabric.hpp"
#include "training/across_sites.hpp"

using namespace longhaul;
using namespace longhaul::engine;

namespace {

constexpr std::int64_t gpus_of_site = 8;

/// Sites of one switch with eight GPUs of 50 GB/s; 1,000 km, 20 GB/s between any two, no latency
/// beside that of the long fibre.
fabric::FabricConfig wide(std::int64_t sites) {
  auto config = fabric::uniform_config(fabric::Pgft{{gpus_of_site}, {1}, {1}, metres(0)},
                                       bytes_per_second(50e9), seconds(0));
  config.parts.fibre_latency = seconds(4.9e-9) / metres(1);
  config.parts.nic_cable = metres(0);
  config.sites.sites = sites;
  config.sites.campus_switches = 1;
  config.sites.building_cable = metres(0);
  config.sites.distance = metres(1e6);
  config.sites.wan_bandwidth = bytes_per_second(20e9);
  return config;
}

double hierarchical_s(const fabric::FabricConfig& config, Bytes n) {
  const auto sites = config.sites.sites;
  std::vector<fabric::VertexIndex> gpus(static_cast<std::size_t>(sites * gpus_of_site));
  std::iota(gpus.begin(), gpus.end(), 0);
  const auto schedule = collectives::hierarchical_all_reduce_schedule(n, gpus_of_site, sites);
  return on_fabric(fabric::make_fabric(config), [&](FabricZone& zone, fabric::Router&) {
    return std::vector{run_schedule(zone, schedule, gpus, seconds(0)).value()};
  })[0];
}

}  // namespace

TEST_CASE("reduce inside, exchange, gather: flows take what the step across sites says") {
  const Bytes n = bytes(1.6e9);
  for (const std::int64_t sites : {2, 4}) {
    CAPTURE(sites);
    const auto config = wide(sites);
    const collectives::AlphaBeta inside{seconds(0), bytes_per_second(50e9)};
    // 2 x 7/8 x 1.6e9 B/50 GB/s = 56 ms in the sites.
    const Seconds in_site = collectives::ring_reduce_scatter(n, gpus_of_site, inside) +
                            collectives::ring_all_gather(n, gpus_of_site, inside);
    training::SitesConfig across;
    across.sites = sites;
    const auto links = training::site_links(across, config.parts.fibre_latency,
                                            config.sites.wan_bandwidth, config.sites.distance);
    training::Replica replica;
    replica.step = seconds(1);
    replica.reduced = n;
    const auto step = training::sites_step(across, links, replica);
    // Two sites: 2 x (4.9 + 40 ms); four: 6 x (4.9 + 20 ms).
    CHECK(step.exposed.value() == doctest::Approx(sites == 2 ? 0.0898 : 0.1494));
    CHECK(hierarchical_s(config, n) ==
          doctest::Approx((in_site + step.exposed).value()).epsilon(0.01));
  }
}
