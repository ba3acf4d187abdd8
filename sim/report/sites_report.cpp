#include "report/sites_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "units/format.hpp"

namespace longhaul::report {

namespace {

using training::SitesMethod;

/// Efficiencies that bandwidth is told for, per cent: what published comparisons ask for.
constexpr std::array<int, 3> asked_percent{90, 95, 96};

/// Until the run ends, undisturbed; none where nothing ends it.
std::optional<double> steps(const scenario::Scenario& scenario, const experiment::Setup& setup) {
  std::optional<double> n;
  if (scenario.run.steps) n = static_cast<double>(*scenario.run.steps);
  if (scenario.duration && (!n || *n * setup.step_time > *scenario.duration))
    n = *scenario.duration / setup.step_time;
  return n;
}

std::optional<training::SitesEnd> end_of(const scenario::Scenario& scenario,
                                         const experiment::Setup& setup) {
  const auto n = steps(scenario, setup);
  if (!n) return std::nullopt;
  return end_across_sites(*scenario.run.across_sites, scenario.run.model->shape, scenario.run.batch,
                          *n);
}

std::optional<BytesPerSecond> needed(int percent, const scenario::Scenario& scenario,
                                     const experiment::Setup& setup) {
  return training::bandwidth_for(percent / 100.0, *scenario.run.across_sites,
                                 setup.across_sites->links, setup.across_sites->replica);
}

std::string needed_line(const scenario::Scenario& scenario, const experiment::Setup& setup) {
  std::string efficiencies, links;
  for (const int percent : asked_percent) {
    const auto bandwidth = needed(percent, scenario, setup);
    const char* between = efficiencies.empty() ? "" : ", ";
    efficiencies += fmt::format("{}{:.2f}", between, percent / 100.0);
    links += between + (bandwidth ? format_quantity(*bandwidth) : std::string("none"));
  }
  return fmt::format("a link for {}: {}", efficiencies, links);
}

std::vector<std::string> who(const training::SitesConfig& config) {
  std::vector<std::string> lines{
      fmt::format("{} sites, {}", format_count(config.sites), method_name(config))};
  if (!is_diloco(config.method)) return lines;
  lines.front() += fmt::format(" of {} replicas", format_count(replicas(config)));
  lines.push_back(fmt::format("{} inner steps", format_count(config.inner_steps)));
  if (config.method == SitesMethod::StreamingDiloco)
    lines.back() +=
        fmt::format(", {} fragments, each under {} step{} more", format_count(config.fragments),
                    format_count(config.overlap_steps), config.overlap_steps == 1 ? "" : "s");
  return lines;
}

std::vector<std::string> told(const training::SitesEnd& end, const training::SitesConfig& config) {
  std::vector<std::string> lines{fmt::format("at the end {:.4g} tokens", end.tokens.value())};
  if (!end.loss) return lines;
  lines.front() += fmt::format(", loss {:.3f} by {}", *end.loss, *config.loss_law);
  if (is_diloco(config.method))
    lines.push_back(fmt::format("and the law of replicas {}; {:.3f} in one", config.replica_law,
                                *end.one_loss));
  return lines;
}

}  // namespace

std::string_view method_name(const training::SitesConfig& config) {
  switch (config.method) {
    case SitesMethod::Synchronous:
      return "synchronous";
    case SitesMethod::Pipeline:
      return "pipeline";
    case SitesMethod::Diloco:
      return "diloco";
    case SitesMethod::StreamingDiloco:
      break;
  }
  return "streaming-diloco";
}

std::vector<std::string> sites_lines(const scenario::Scenario& scenario,
                                     const experiment::Setup& setup) {
  const auto& config = *scenario.run.across_sites;
  const auto& across = *setup.across_sites;
  const auto& link = across.links.between;
  auto lines = who(config);
  lines.push_back(fmt::format("a link of {} a site, {} one way; {} sent a step",
                              format_quantity(link.bandwidth), format_quantity(link.latency),
                              format_quantity(across.exchanges.sent)));
  std::vector<std::string_view> assumed;
  if (!config.bandwidth) assumed.emplace_back("bandwidth");
  if (!config.distance && !(config.latency > seconds(0))) assumed.emplace_back("distance");
  if (!assumed.empty() && scenario.platform->fabric.sites.sites == 1)
    lines.push_back(
        fmt::format("assumed, as run.across_sites does not give it: {}", fmt::join(assumed, ", ")));
  lines.push_back(fmt::format(
      "efficiency {:.4f}: {} of a step waited, {} hidden", across.exchanges.efficiency,
      format_quantity(across.exchanges.exposed), format_quantity(across.exchanges.hidden)));
  lines.push_back(needed_line(scenario, setup));
  if (const auto end = end_of(scenario, setup))
    for (auto& line : told(*end, config)) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::pair<std::string, std::optional<double>>> sites_values(
    const scenario::Scenario& scenario, const experiment::Setup& setup) {
  const auto& across = *setup.across_sites;
  const auto& exchanges = across.exchanges;
  const auto end = end_of(scenario, setup);
  std::vector<std::pair<std::string, std::optional<double>>> values{
      {"sites", static_cast<double>(scenario.run.across_sites->sites)},
      {"replicas", static_cast<double>(replicas(*scenario.run.across_sites))},
      {"bandwidth_bytes_per_s", across.links.between.bandwidth.value()},
      {"latency_s", across.links.between.latency.value()},
      {"replica_step_s", across.replica.step.value()},
      {"exposed_s", exchanges.exposed.value()},
      {"region_exposed_s", exchanges.region_exposed.value()},
      {"hidden_s", exchanges.hidden.value()},
      {"sent_bytes", exchanges.sent.value()},
      {"efficiency", exchanges.efficiency}};
  for (const int percent : asked_percent) {
    const auto bandwidth = needed(percent, scenario, setup);
    values.emplace_back(fmt::format("bandwidth_{}_bytes_per_s", percent),
                        bandwidth ? std::optional(bandwidth->value()) : std::nullopt);
  }
  values.emplace_back("end_tokens", end ? std::optional(end->tokens.value()) : std::nullopt);
  values.emplace_back("end_loss", end ? end->loss : std::nullopt);
  values.emplace_back("end_loss_one_replica", end ? end->one_loss : std::nullopt);
  return values;
}

}  // namespace longhaul::report
