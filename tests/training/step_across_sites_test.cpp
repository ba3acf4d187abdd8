#include "training/step_across_sites.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>

#include "shapes.hpp"
#include "training/laws/diloco.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

const ModelShape gpt = tests::gpt3_175b();
const hardware::Chip chip = tests::round_chip();
const Network network = network_of(chip, 8);
const Plan plan{.tensor = 8, .pipeline = 1, .data = 16, .zero_stage = 1};
const Batch batch{2048, 32};

/// Constants with overlap, but no latency, as a ring over several domains has more hops than rings
/// in sites and one between them; and no noise, which is a share of the step in one place.
Efficiency constants() {
  Efficiency e;
  e.gemm = 0.6;
  e.host_step = seconds(0.015);
  e.optimizer_bytes = 30.0;
  e.data_overlap = 0.3;
  return e;
}

StepTime in_one_place(const Plan& whole = plan, const Batch& all = batch) {
  return step_time(gpt, whole, all, chip, network, constants());
}

AcrossSites over(const SitesConfig& config, const SiteLinks& links, const Plan& whole = plan) {
  const auto phases = traffic(gpt, site_plan(config, whole), site_batch(config, batch), 8);
  return step_across_sites(config, links, gpt, whole, batch, chip, constants(), phases,
                           analytic_times(phases, network, constants()));
}

SiteLinks links_of(double latency_s, double bandwidth) {
  return {{seconds(latency_s), bytes_per_second(bandwidth)},
          {seconds(latency_s), bytes_per_second(bandwidth)}};
}

double any(double low, double high) {
  const double share = static_cast<double>(*rc::gen::inRange(0, 1'000'001)) / 1e6;
  return low * std::pow(high / low, share);
}

/// DiLoCo of any settings, over replicas that the plan has.
SitesConfig any_diloco() {
  SitesConfig config;
  config.method = *rc::gen::element(SitesMethod::Diloco, SitesMethod::StreamingDiloco);
  config.sites = *rc::gen::element<std::int64_t>(2, 4, 8);
  config.inner_steps = *rc::gen::inRange<std::int64_t>(1, 1001);
  config.fragments = *rc::gen::inRange<std::int64_t>(1, config.inner_steps + 1);
  config.overlap_steps = *rc::gen::inRange<std::int64_t>(0, config.inner_steps);
  config.exchange_bits = any(1, 32);
  return config;
}

}  // namespace

TEST_CASE("sites at no distance, with links as fast as their own NICs, are one site") {
  for (const int zero_stage : {0, 1}) {
    for (const std::int64_t sites : {2, 4, 8, 16}) {
      CAPTURE(zero_stage);
      CAPTURE(sites);
      Plan whole = plan;
      whole.zero_stage = zero_stage;
      SitesConfig config;
      config.sites = sites;
      const double gpus_of_site = static_cast<double>(gpus(whole)) / static_cast<double>(sites);
      const auto across =
          over(config, links_of(0, gpus_of_site * network.scale_out.value()), whole);
      const auto one = in_one_place(whole);
      CHECK(one.terms.data.value() > 0.01);  // there is something to move between the terms
      CHECK(across.step.total.value() == doctest::Approx(one.total.value()).epsilon(1e-3));
      CHECK(across.step.mfu == doctest::Approx(one.mfu).epsilon(1e-3));
      CHECK(across.step.model_flop == one.model_flop);
      CHECK(sum(across.step.terms).value() == doctest::Approx(across.step.total.value()));
    }
  }
}

TEST_CASE("DiLoCo moves what links cost, and never the step inside a replica") {
  CHECK(rc::check("inner steps stay serial", [] {
    const auto config = any_diloco();
    const auto across = over(config, links_of(any(1e-6, 10), any(1e3, 1e15)));
    Plan own = plan;
    own.data /= config.sites;
    const Batch share{batch.sequence, batch.sequences / config.sites};
    const auto alone = in_one_place(own, share);
    RC_ASSERT(std::abs(across.replica.step / alone.total - 1) < 1e-12);
    RC_ASSERT(across.step.total >= alone.total);
    // Nothing is in the way of a link without limits but the step inside.
    const auto free = over(config, links_of(0, 1e30));
    RC_ASSERT(std::abs(free.step.total / alone.total - 1) < 1e-9);
  }));
  CHECK(rc::check("fewer exchanges and shorter ways never take longer", [] {
    auto config = any_diloco();
    const auto links = links_of(any(1e-6, 10), any(1e3, 1e15));
    const auto before = over(config, links).exchanges;
    auto nearer = links;
    nearer.between.latency *= any(1e-3, 1);
    nearer.between.bandwidth *= any(1, 1e3);
    RC_ASSERT(over(config, nearer).exchanges.exposed <= before.exposed);
    config.inner_steps *= *rc::gen::inRange<std::int64_t>(1, 10);
    const auto seldom = over(config, links).exchanges;
    RC_ASSERT(seldom.exposed.value() <= before.exposed.value() * (1 + 1e-12));
    RC_ASSERT(seldom.sent.value() <= before.sent.value() * (1 + 1e-12));
  }));
  CHECK(rc::check("longer routes never make synchronous sites faster", [] {
    SitesConfig config;
    config.sites = *rc::gen::element<std::int64_t>(2, 4, 8, 16);
    config.pattern =
        *rc::gen::element(SitesPattern::Ring, SitesPattern::HalvingDoubling, SitesPattern::Star);
    auto links = links_of(any(1e-6, 10), any(1e3, 1e15));
    const auto near = over(config, links).exchanges.efficiency;
    links.between.latency *= any(1, 1e3);
    links.between.bandwidth /= any(1, 1e3);
    RC_ASSERT(over(config, links).exchanges.efficiency <= near);
  }));
}

TEST_CASE("a replica of DiLoCo shares its optimizer over its own GPUs, and keeps two copies more") {
  SitesConfig config;
  config.sites = 4;
  Plan own = plan;
  own.data = 4;
  const Batch share{batch.sequence, batch.sequences / 4};
  const auto whole = memory_use(gpt, plan, batch);
  const auto alone = memory_use(gpt, own, share);
  CHECK(total(memory_across_sites(config, gpt, plan, batch)) == total(whole));

  config.method = SitesMethod::StreamingDiloco;
  config.fragments = 8;
  config.memory_law = "none";
  CHECK(total(memory_across_sites(config, gpt, plan, batch)) == total(alone));
  config.memory_law = "two-copies";
  // 8 bytes a parameter, on 4 ranks.
  const double held = most_parameters_per_gpu(gpt, own).total();
  CHECK((memory_across_sites(config, gpt, plan, batch).optimizer - alone.optimizer).value() ==
        doctest::Approx(8 * held / 4));
  config.memory_law = "one-fragment";
  CHECK((memory_across_sites(config, gpt, plan, batch).optimizer - alone.optimizer).value() ==
        doctest::Approx(held / 4));
}

TEST_CASE("the end of a run across sites: tokens, and what replicas cost in loss") {
  SitesConfig config;
  config.method = SitesMethod::Diloco;
  config.sites = 8;
  const auto bare = end_across_sites(config, gpt, batch, 1000);
  CHECK(bare.tokens.value() == 1000.0 * 32 * 2048);
  CHECK_FALSE(bare.loss);
  config.loss_law = "hoffmann-2022";
  const auto end = end_across_sites(config, gpt, batch, 1e6);
  CHECK(*end.loss / *end.one_loss == doctest::Approx(std::pow(8, 0.0116)));
  config.replica_law = "none";
  const auto off = end_across_sites(config, gpt, batch, 1e6);
  CHECK(*off.loss == *off.one_loss);
  config.replica_law = "charles-2025";
  config.method = SitesMethod::Synchronous;
  CHECK(end_across_sites(config, gpt, batch, 1e6).loss == off.loss);
}
