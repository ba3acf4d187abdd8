// What changes over the years around the labs.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "training/laws/scaling.hpp"
#include "units/quantity.hpp"
#include "world/algorithms.hpp"
#include "world/data.hpp"
#include "world/hardware.hpp"
#include "world/site.hpp"

namespace longhaul::world {

/// What a lab may spend on the chips of one cluster, and what chips cost it.
struct MoneyConfig {
  std::optional<Dollars> budget;                      ///< at the start; left out: no limit
  double growth = 1;                                  ///< times a year
  Seconds chip_life = seconds(4 * seconds_per_year);  ///< over which a chip is paid off. Assumption
};

/// The serial time that no cluster can shorten: T >= layer_time x layers x steps.
struct LatencyConfig {
  Seconds layer_time;  ///< of a layer, forward and backward, a step
  Tokens batch;        ///< at most this many a step
};

/// What a lab earns with its best released model: dollars a year, a formula of `revenue_names`.
struct RevenueConfig {
  std::string formula;
};
/// What it may name: years since the start, and since the lab's first release; of its best model
/// effective compute, physical compute [FLOP] and loss [nats a token]; effective compute of the
/// best model of another lab, 0 without one.
inline constexpr std::array<std::string_view, 6> revenue_names{
    "years", "years_since_release", "effective", "flop", "loss", "rival"};

/// How the step model times runs on phases with a platform.
struct StepConfig {
  std::int64_t sequence = 8192;             ///< tokens
  std::string batch_law = "deepseek-2024";  ///< how the batch grows with the run, by name
  /// The batch that a law without a published factor goes through, and where.
  std::optional<Tokens> anchor;
  std::optional<double> anchor_parameters;
  std::optional<Tokens> anchor_data;
  std::string anchor_source;
};

struct World {
  std::string name;
  std::string source;
  std::string scaling;  ///< name of a scaling law, for losses and what data is worth
  AlgorithmsConfig algorithms;
  std::optional<Trend> trend;
  std::vector<Phase> phases;  ///< in any order
  std::vector<Site> sites;    ///< whose caps add up; none: no limit
  MoneyConfig money;
  double idle_fraction = 1;  ///< of a chip's power while nothing runs on it. Assumption
  std::optional<DataConfig> data;
  std::optional<LatencyConfig> latency;
  std::optional<StepConfig> step;
  std::optional<RevenueConfig> revenue;
};

/// Number format, and whether sparse, of the peak of the chips that give most of a cluster.
const std::string& format_of(const World& world, const Cluster& cluster);

/// The least time that a run of this compute, with r tokens a parameter, takes under the latency
/// wall: t_L L(N) r N/B. 0 without one.
Seconds latency_time(const std::optional<LatencyConfig>& latency, Flop compute,
                     const training::TokensPerParameter& rule);

/// The largest compute of a run of `length` with r tokens a parameter under the latency wall:
/// N = (T B/(r t_L 0.088))^(1/1.27), C = 6 r N^2 [Epoch AI 2024, where r = 20]. Infinite without
/// one.
Flop latency_bound(const std::optional<LatencyConfig>& latency, Seconds length,
                   const training::TokensPerParameter& rule);

}  // namespace longhaul::world
