#include "training/across_sites.hpp"

#include <algorithm>
#include <bit>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <stdexcept>

#include "collectives/closed_form.hpp"

namespace longhaul::training {
namespace {

constexpr double bits_per_byte = 8.0;
// Between these a bandwidth is looked for, as powers of ten of bytes a second.
constexpr double lowest_power = -3.0;
constexpr double highest_power = 24.0;
constexpr int bits_of_power = 45;

double count(std::int64_t n) { return static_cast<double>(n); }
Seconds at_least_zero(Seconds t) { return std::max(t, Seconds{}); }

Bytes exchanged(const SitesConfig& config, const Replica& replica) {
  return config.exchange_bits ? bytes(*config.exchange_bits / bits_per_byte * replica.n_parameters)
                              : replica.reduced;
}

Exchange exchange(const HalfExchange& half, double halves, const WideArea& link) {
  Exchange e;
  e.latency = halves * half.messages * link.latency;
  e.sent = halves * half.sent;
  return e;
}

/// Gradients and what follows from them, once a step, between `sites` sites.
std::vector<Exchange> every_step(const SitesConfig& config, std::int64_t sites,
                                 const WideArea& link, Bytes gradients, const Replica& replica) {
  const bool shared = replica.gathered > Bytes{};
  auto reduce = exchange(half_exchange(gradients, sites, config.pattern), shared ? 1.0 : 2.0, link);
  reduce.window = replica.reduce_window;
  std::vector<Exchange> all{reduce};
  if (shared) {
    all.push_back(exchange(half_exchange(replica.gathered, sites, config.pattern), 1.0, link));
    all.back().window = replica.gather_window;
  }
  for (auto& e : all) {
    e.per_step = 1.0;
    e.every = replica.step;
  }
  return all;
}

/// Changes of the parameters since they were last agreed on, F times in H steps.
Exchange every_few_steps(const SitesConfig& config, const WideArea& link, const Replica& replica,
                         Seconds inner_step) {
  const double pieces = count(fragments(config));
  const Bytes fragment = exchanged(config, replica) / (pieces * count(config.region_sites));
  auto e = exchange(half_exchange(fragment, replicas(config), config.pattern), 2.0, link);
  e.per_step = pieces / count(config.inner_steps);
  e.every = inner_step / e.per_step;
  e.window = replica.reduce_window;
  if (config.method == SitesMethod::StreamingDiloco)
    e.window += count(config.overlap_steps) * inner_step;
  return e;
}

struct Waited {
  Seconds exposed, hidden;
};

/// An exchange waits where it takes longer than what hides it, or than until the next one.
Waited waited(const Exchange& e, BytesPerSecond bandwidth) {
  const Seconds on_the_link = e.sent / bandwidth;
  const Seconds whole = e.latency + on_the_link;
  const Seconds exposed = at_least_zero(std::max(whole - e.window, on_the_link - e.every));
  return {e.per_step * exposed, e.per_step * at_least_zero(whole - exposed)};
}

/// Transfers between sites that a step of 1F1B waits for, one after the other: stages next to a
/// border have one more microbatch on the way than those behind it, so that of two microbatches one
/// round trip shows; with a stage a site all borders are in one round of p microbatches.
double transfers_waited_for(std::int64_t sites, std::int64_t stages, std::int64_t microbatches) {
  const auto borders = sites - 1;
  const auto stages_of_site = stages / sites;
  if (stages_of_site == 1)
    return count(2 * (borders * (microbatches / stages) + borders - 1 +
                      std::min(microbatches % stages, borders)));
  const auto rounds = std::max<std::int64_t>(0, (microbatches - stages_of_site + 2) / 2);
  return count(std::max(2 * borders, 2 * rounds + 2 * (borders - 1)));
}

SitesStep pipeline_step(const SitesConfig& config, const WideArea& link, const Replica& replica) {
  const double borders = count(config.sites - 1);
  const double m = count(replica.microbatches);
  const Seconds transfer = link.latency + replica.boundary / link.bandwidth;
  // A site between others sends activations one way and gradients the other.
  const Bytes sent = (config.sites > 2 ? 2.0 : 1.0) * replica.boundary;
  SitesStep step;
  step.exposed = std::max(
      transfers_waited_for(config.sites, replica.stages, replica.microbatches) * transfer,
      2.0 * borders * transfer + (m - 1.0) * at_least_zero(sent / link.bandwidth - replica.stage));
  step.hidden = at_least_zero(2.0 * m * borders * transfer - step.exposed);
  step.sent = m * sent;
  return step;
}

SitesStep exchanging_step(const SitesConfig& config, const SiteLinks& links,
                          const Replica& replica) {
  SitesStep step;
  const auto add = [&](const Exchange& e, const WideArea& link) {
    const auto [exposed, hidden] = waited(e, link.bandwidth);
    step.exposed += exposed;
    step.hidden += hidden;
  };
  if (!is_diloco(config.method)) {
    for (const auto& e :
         every_step(config, config.sites, links.between, exchanged(config, replica), replica)) {
      add(e, links.between);
      step.sent += e.per_step * e.sent;
    }
    return step;
  }
  if (config.region_sites > 1)
    for (const auto& e :
         every_step(config, config.region_sites, links.region, replica.reduced, replica))
      add(e, links.region);
  step.region_exposed = step.exposed;
  const auto outer =
      every_few_steps(config, links.between, replica, replica.step + step.region_exposed);
  add(outer, links.between);
  step.sent = outer.per_step * outer.sent;
  return step;
}

}  // namespace

SiteLinks site_links(const SitesConfig& config, SecondsPerMetre fibre,
                     BytesPerSecond default_bandwidth, Metres default_distance) {
  const auto latency = [&](Metres distance) {
    return config.latency + config.detour * distance * fibre;
  };
  SiteLinks links;
  links.between = {latency(config.distance.value_or(default_distance)),
                   config.bandwidth.value_or(default_bandwidth)};
  links.region = {latency(config.region_distance),
                  config.region_bandwidth.value_or(links.between.bandwidth)};
  return links;
}

HalfExchange half_exchange(Bytes n, std::int64_t sites, SitesPattern pattern) {
  if (sites < 1) throw std::invalid_argument("an exchange needs at least one site");
  if (sites == 1) return {};
  if (pattern == SitesPattern::Star) return {1.0, count(sites - 1) * n};
  if (pattern == SitesPattern::Ring)
    return {count(sites - 1), count(sites - 1) * collectives::whole_share(n, sites)};
  const auto power = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(sites)));
  HalfExchange half{std::log2(count(power)), (count(power) - 1.0) / count(power) * n};
  if (power == sites) return half;
  return {half.messages + 1.0, half.sent + n};
}

SitesStep sites_step(const SitesConfig& config, const SiteLinks& links, const Replica& replica) {
  SitesStep step;
  if (config.sites == 1) return step;
  step = config.method == SitesMethod::Pipeline ? pipeline_step(config, links.between, replica)
                                                : exchanging_step(config, links, replica);
  step.efficiency = replica.step / (replica.step + step.exposed);
  return step;
}

std::optional<BytesPerSecond> bandwidth_for(double wanted, const SitesConfig& config,
                                            const SiteLinks& links, const Replica& replica) {
  if (!(wanted > 0.0 && wanted < 1.0))
    throw std::invalid_argument("an efficiency that bandwidth is asked for lies between 0 and 1");
  const auto missing = [&](double power) {
    auto with = links;
    with.between.bandwidth = bytes_per_second(std::pow(10.0, power));
    return sites_step(config, with, replica).efficiency - wanted;
  };
  if (missing(highest_power) < 0.0) return std::nullopt;
  if (missing(lowest_power) >= 0.0) return BytesPerSecond{};
  const auto power =
      boost::math::tools::bisect(missing, lowest_power, highest_power,
                                 boost::math::tools::eps_tolerance<double>(bits_of_power));
  return bytes_per_second(std::pow(10.0, power.second));
}

}  // namespace longhaul::training
