#include "training/across_sites.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "training/laws/diloco.hpp"
#include "training/pipeline_play.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

/// A billion parameters, a step of a tenth of a second of which 30 ms may hide a reduction and
/// 10 ms a gather; gradients of 4 bytes, parameters of 2.
Replica billion() {
  Replica replica;
  replica.step = seconds(0.1);
  replica.reduced = bytes(4e9);
  replica.gathered = bytes(2e9);
  replica.reduce_window = seconds(0.03);
  replica.gather_window = seconds(0.01);
  replica.n_parameters = 1e9;
  return replica;
}

SiteLinks links_of(double latency_s, double bandwidth) {
  return {{seconds(latency_s), bytes_per_second(bandwidth)},
          {seconds(latency_s), bytes_per_second(bandwidth)}};
}

doctest::Approx approx(double x) { return doctest::Approx(x).epsilon(1e-9); }

}  // namespace

TEST_CASE("half of an all-reduce: messages and bytes of each pattern by hand") {
  const Bytes n = bytes(1200);
  struct Case {
    const char* name;
    SitesPattern pattern;
    std::int64_t sites;
    double messages, sent;
  };
  const Case cases[] = {
      {"nobody to exchange with", SitesPattern::Ring, 1, 0, 0},
      {"ring of four: 3 times 300", SitesPattern::Ring, 4, 3, 900},
      {"halving among four: 600 + 300", SitesPattern::HalvingDoubling, 4, 2, 900},
      {"halving among six: 1,200 to fold two in, then four", SitesPattern::HalvingDoubling, 6, 3,
       2100},
      {"star: three buffers through the hub", SitesPattern::Star, 4, 1, 3600},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const auto half = half_exchange(n, c.sites, c.pattern);
    CHECK(half.messages == approx(c.messages));
    CHECK(half.sent.value() == approx(c.sent));
  }
  CHECK_THROWS_AS(half_exchange(n, 0, SitesPattern::Ring), std::invalid_argument);
}

TEST_CASE("synchronous sites wait for gradients and parameters beyond their windows") {
  SitesConfig config;
  // Reduce: 5 ms + 2e9 B/100 GB/s = 25 ms, all under 30 ms. Gather: 5 + 10 ms, 10 of it hidden.
  const auto step = sites_step(config, links_of(0.005, 100e9), billion());
  CHECK(step.exposed.value() == approx(0.005));
  CHECK(step.hidden.value() == approx(0.035));
  CHECK(step.sent.value() == approx(3e9));
  CHECK(step.efficiency == approx(0.1 / 0.105));

  SUBCASE("without a shared optimizer sums are gathered, under the same window") {
    auto replica = billion();
    replica.gathered = bytes(0);
    // Twice 5 ms + 4e9 B/100 GB/s = 50 ms, 30 of it hidden.
    CHECK(sites_step(config, links_of(0.005, 100e9), replica).exposed.value() == approx(0.02));
  }
  SUBCASE("fewer bits are sent of gradients") {
    config.exchange_bits = 8;
    CHECK(sites_step(config, links_of(0.005, 100e9), billion()).sent.value() == approx(1.5e9));
  }
  SUBCASE("one site waits for nobody") {
    config.sites = 1;
    CHECK(sites_step(config, links_of(1, 1), billion()).exposed.value() == 0);
  }
}

TEST_CASE("DiLoCo waits once in H steps, and Streaming DiLoCo not while later steps hide it") {
  SitesConfig config;
  config.method = SitesMethod::Diloco;
  config.exchange_bits = 32;
  // Two halves of 2e9 B at 1 GB/s and two latencies of 50 ms: 4.1 s, less 30 ms, every 100 steps.
  auto step = sites_step(config, links_of(0.05, 1e9), billion());
  CHECK(step.exposed.value() == approx(0.0407));
  CHECK(step.sent.value() == approx(4e7));

  config.method = SitesMethod::StreamingDiloco;
  config.fragments = 10;
  config.overlap_steps = 4;
  // A tenth of it every 10 steps: 0.1 + 0.4 s, of which 0.03 + 4 x 0.1 s are hidden.
  step = sites_step(config, links_of(0.05, 1e9), billion());
  CHECK(step.exposed.value() == approx(0.007));
  CHECK(step.hidden.value() == approx(0.043));
  CHECK(step.sent.value() == approx(4e7));

  SUBCASE("however long the overlap, the link carries a fragment before the next one") {
    config.overlap_steps = 90;
    // At 200 MB/s a fragment takes 2 s of the link, every second: a second longer, ten steps each.
    CHECK(sites_step(config, links_of(0.05, 2e8), billion()).exposed.value() == approx(0.1));
  }
  SUBCASE("sites of a region are one replica: they meet every step, and share what it sends") {
    config.method = SitesMethod::Diloco;
    config.sites = 4;
    config.region_sites = 2;
    auto links = links_of(0.05, 1e9);
    links.region = {seconds(0), bytes_per_second(100e9)};
    // Inside: 20 ms of 30 and 10 of 10 hidden. Between two regions, 2e9 B a site: 2.1 s less 30 ms.
    step = sites_step(config, links, billion());
    CHECK(step.region_exposed.value() == approx(0));
    CHECK(step.exposed.value() == approx(0.0207));
    CHECK(step.sent.value() == approx(2e7));
    CHECK(replicas(config) == 2);
    links.region.bandwidth = bytes_per_second(50e9);  // 40 ms and 20 ms: 10 + 10 exposed
    step = sites_step(config, links, billion());
    CHECK(step.region_exposed.value() == approx(0.02));
    CHECK(step.exposed.value() == approx(0.0407));
  }
}

TEST_CASE("a pipeline over sites: the closed form is what the order of 1F1B takes") {
  const StagePasses passes{seconds(1), seconds(2), seconds(1), seconds(3)};
  struct Shape {
    std::int64_t stages, sites;
  };
  for (const Shape shape : {Shape{2, 2}, {4, 2}, {4, 4}, {8, 2}, {8, 4}, {8, 8}, {12, 3}}) {
    const auto p = shape.stages;
    const auto sites = shape.sites;
    for (const std::int64_t m : {p, p + 1, 2 * p, 5 * p, 8 * p + 1}) {
      for (const double transfer_s : {0.25, 4.0}) {
        CAPTURE(p);
        CAPTURE(sites);
        CAPTURE(m);
        const Pipeline pipeline{PipelineSchedule::OneForwardOneBackward, p, 1, m};
        auto times = even_times(pipeline, passes);
        const Seconds alone = play(pipeline, times).total;
        times.stages_of_site = p / sites;
        times.site_transfer = seconds(transfer_s);
        SitesConfig config;
        config.method = SitesMethod::Pipeline;
        config.sites = sites;
        Replica replica;
        replica.step = alone;
        replica.stages = p;
        replica.microbatches = m;
        replica.stage = seconds(3);
        const auto step = sites_step(config, links_of(transfer_s, 1e9), replica);
        CHECK(step.exposed.value() == approx((play(pipeline, times).total - alone).value()));
      }
    }
  }
}

TEST_CASE("a pipeline over sites is held to what its links carry") {
  SitesConfig config;
  config.method = SitesMethod::Pipeline;
  config.sites = 4;
  Replica replica;
  replica.step = seconds(50);
  replica.stages = 8;
  replica.microbatches = 10;
  replica.stage = seconds(4);
  replica.boundary = bytes(6e9);
  // 12 s of the link a microbatch, both ways, where a stage takes 4: 9 x 8 s, and 6 transfers of 6
  // s to fill and drain.
  CHECK(sites_step(config, links_of(0, 1e9), replica).exposed.value() == approx(108));
  CHECK(sites_step(config, links_of(0, 1e9), replica).sent.value() == approx(1.2e11));
}

TEST_CASE("bandwidth for an efficiency gives that efficiency, where any does") {
  SitesConfig config;
  const auto replica = billion();
  for (const auto method :
       {SitesMethod::Synchronous, SitesMethod::Diloco, SitesMethod::StreamingDiloco}) {
    config.method = method;
    auto links = links_of(0.004, 1e9);
    links.between.bandwidth = *bandwidth_for(0.95, config, links, replica);
    CHECK(sites_step(config, links, replica).efficiency == doctest::Approx(0.95).epsilon(1e-6));
  }
  config.method = SitesMethod::Synchronous;
  // Latency alone: 0.5 - 0.03 and 0.5 - 0.01 s of a step of 0.1 s.
  CHECK_FALSE(bandwidth_for(0.95, config, links_of(0.5, 1), replica));
  CHECK_THROWS_AS(bandwidth_for(1.0, config, links_of(0, 1), replica), std::invalid_argument);
}

TEST_CASE("links take what the scenario leaves out from the fabric, and fibre by its length") {
  SitesConfig config;
  config.latency = seconds(0.001);
  config.detour = 1.5;
  config.region_distance = metres(1e4);
  const auto fibre = seconds(4.9e-9) / metres(1);
  const auto links = site_links(config, fibre, bytes_per_second(7), metres(1e6));
  // 1 ms + 1.5 x 1e6 m x 4.9 ns/m = 8.35 ms
  CHECK(links.between.latency.value() == approx(0.00835));
  CHECK(links.region.latency.value() == approx(0.0010735));
  CHECK(links.between.bandwidth.value() == 7);
  CHECK(links.region.bandwidth.value() == 7);
}

TEST_CASE("replicas cost loss and memory by laws that can be switched off") {
  // 8^0.0116 = exp(0.0116 x 2.0794) = 1.0244
  CHECK(loss_factor(*find_replica_law("charles-2025"), 8) == doctest::Approx(1.0244).epsilon(1e-4));
  CHECK(loss_factor(*find_replica_law("none"), 8) == 1);
  // 19.226 x 10^(-0.0985 x 9) = 19.226 x 0.12987 = 2.4968; x 1.0244
  CHECK(diloco_loss(1e9, 1) == doctest::Approx(2.4968).epsilon(1e-4));
  CHECK(diloco_loss(1e9, 8) == doctest::Approx(2.5577).epsilon(1e-4));
  CHECK(outer_state_bytes(*find_outer_state_law("two-copies"), 8) == 8);
  CHECK(outer_state_bytes(*find_outer_state_law("one-fragment"), 8) == 1);
  CHECK(outer_state_bytes(*find_outer_state_law("none"), 8) == 0);
  CHECK_FALSE(find_replica_law("guess"));
  CHECK_THROWS_AS(loss_factor(replica_laws()[1], 0), std::invalid_argument);
}
