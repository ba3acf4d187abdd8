// What a scenario says of the latency wall it asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "training/laws/layer_latency.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// Steps that an all-reduce takes inside a scale-up domain of g GPUs, each way: as NCCL's tree,
/// which is a chain there, g - 1, or by halves, lg g.
enum class DomainSteps { Chain, Halves };

/// Another scenario whose wall is found beside this one's.
struct WallVariant {
  std::string name;
  std::optional<std::string> scenario;  ///< its file
};

struct WallConfig {
  double months = 3;  ///< that a run may last, of 365.25/12 days
  Flop from = flop(1e24), to = flop(1e33);
  std::int64_t points_per_decade = 3;

  std::string model_law = "tokens-per-parameter";
  Tokens tokens_per_parameter = tokens(20);  ///< of that law alone
  std::string depth_law = "power-0.27";
  double depth_factor = 1;  ///< layers over the depth law's
  std::string batch_law;
  /// The batch that a law without a published factor goes through, and where.
  std::optional<Tokens> anchor;
  std::optional<double> anchor_parameters;
  std::optional<Tokens> anchor_data;
  std::string anchor_source;
  double batch_over_critical = 1;
  bool trade_off = false;
  std::int64_t sequence = 8192;  ///< tokens

  /// How many collectives of a layer follow one another (4 or 8), and, where kernel_latency is
  /// given, whether kernels wait for it (8 a layer, or none).
  LatencyForm latency_form = LatencyForm::Text;
  /// In place of every kernel's launch, the host's issue and its work a step.
  std::optional<Seconds> kernel_latency;
  DomainSteps domain_steps = DomainSteps::Chain;
  /// Products of few tiles are divided along their inner dimension too, so that all multiprocessors
  /// work. The step model's own kernels do not: thin shards of large tensor groups leave most idle.
  bool split_products = true;
  double utilisation = 0.375;            ///< of the GPUs that the closed form counts
  std::optional<Seconds> layer_latency;  ///< of the closed form, in place of latency_form's

  std::vector<WallVariant> variants;
};

}  // namespace longhaul::training
