// The latency wall in closed form: the compute at which the serial time of a run fills its
// duration, whatever laws say how model, data, batch and depth grow with it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "training/laws/critical_batch.hpp"
#include "training/laws/depth.hpp"
#include "training/laws/scaling.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// How compute is divided between parameters and tokens.
struct ModelLaw {
  std::string name;
  std::optional<ScalingLaw> scaling;  ///< its optimum; else `rule`
  TokensPerParameter rule;
  std::string source;
};

/// "tokens-per-parameter", 20 tokens unless its rule is changed, and the scaling laws.
std::span<const ModelLaw> model_laws();
std::optional<ModelLaw> find_model_law(std::string_view name);

/// The N and D of this compute. Throws std::invalid_argument unless it is positive.
Allocation model_and_data(const ModelLaw& law, Flop compute);

/// How a run grows with its compute.
struct GrowthLaws {
  ModelLaw model;
  DepthLaw depth;
  BatchLaw batch;
  double batch_over_critical = 1;  ///< what is trained with, over what the batch law says
  bool trade_off = false;          ///< whether larger batches take more tokens, smaller ones fewer
};

/// A run of some compute by its laws.
struct GrownRun {
  Allocation model;  ///< N and the tokens D of the data law
  double layers = 0;
  Tokens batch{};     ///< of a step
  Tokens critical{};  ///< what the batch law says
  double steps = 0;
  /// Tokens over D: 1, or with the trade-off 1 + B/B_crit [McCandlish+ 2018], where D is what a
  /// tiny batch takes.
  double examples = 1;
};

/// Steps are D examples/B. Throws std::invalid_argument, saying what would be right, where the
/// compute is not positive, the batch law is not anchored, or it follows a loss that the model law
/// does not give.
GrownRun grown_run(const GrowthLaws& laws, Flop compute);

/// Serial time of all steps of a run whose layers take `layer` each: steps x layers x layer.
Seconds serial_time(const GrownRun& run, Seconds layer);

/// Serial time over what a run may last, by its compute; rises with it.
using SerialShare = std::function<double(Flop)>;
/// The compute at which the serial time fills the duration; infinite where it never does below
/// `most`, `least` where it does from there on. Not a number where the share is none.
Flop wall_compute(const SerialShare& share, Flop least = flop(1e6), Flop most = flop(1e100));

}  // namespace longhaul::training
