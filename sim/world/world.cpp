#include "world/world.hpp"

#include <cmath>
#include <limits>

#include "training/laws/depth.hpp"

namespace longhaul::world {

const std::string& format_of(const World& world, const Cluster& cluster) {
  static const std::string none;
  if (cluster.phase >= 0)
    return world.phases.at(static_cast<std::size_t>(cluster.phase)).chip.format;
  return world.trend ? world.trend->chip.format : none;
}

Seconds latency_time(const std::optional<LatencyConfig>& latency, Flop compute,
                     const training::TokensPerParameter& rule) {
  if (!latency) return {};
  const auto run = training::compute_optimal(rule, compute);
  return latency->layer_time * training::depth(training::depth_laws().front(), run.n_parameters) *
         static_cast<double>(run.data / latency->batch);
}

Flop latency_bound(const std::optional<LatencyConfig>& latency, Seconds length,
                   const training::TokensPerParameter& rule) {
  if (!latency) return flop(std::numeric_limits<double>::infinity());
  const auto law = training::depth_laws().front();
  // Steps D/B of t_L L(N) each fill the time: N^(1 + exponent) = T B/(ratio t_L factor).
  const double product = length * latency->batch / (rule.ratio * latency->layer_time) / law.factor;
  const double n = std::pow(product, 1 / (1 + law.exponent));
  return training::training_compute(training::run_of(rule, n));
}

}  // namespace longhaul::world
