#include "world/algorithms.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "diagnostics/key_error.hpp"

namespace longhaul::world {

PerSecond initial_rate(const AlgorithmsConfig& config) {
  if (config.halving) return std::numbers::ln2 / *config.halving;
  return per_second(std::log(config.growth) / seconds_per_year);
}

Flop bent(const std::optional<ScalingBend>& bend, Flop effective) {
  if (!bend || effective <= bend->at) return effective;
  return bend->at * std::pow(static_cast<double>(effective / bend->at), bend->keeps);
}

Algorithms::Algorithms(const AlgorithmsConfig& config, std::uint64_t seed)
    : config_(config), stream_(seed, "world/jumps") {
  if (config_.experiments) experiments_ = config_.experiments->reference;
  if (config_.jumps && config_.jumps->rate > per_second(0))
    next_jump_ = seconds(stream_.exponential(1.0 / config_.jumps->rate.value()));
}

void Algorithms::require_number() const {
  constexpr double most = 600;  // e-folds: 4e260
  if (log_worth_ <= most) return;
  throw KeyError(
      "world.algorithms",
      fmt::format("after {:.4g} years a FLOP is worth more than 1e260 of the "
                  "start's, which is no number to go on with; take less growth{}{}",
                  now_.value() / seconds_per_year, config_.jumps ? ", fewer or smaller jumps" : "",
                  config_.experiments ? ", a larger experiments.reference" : ""));
}

/// By experiments.
double Algorithms::pace() const {
  if (!config_.experiments || config_.experiments->exponent == 0) return 1;
  return std::pow(static_cast<double>(experiments_ / config_.experiments->reference),
                  config_.experiments->exponent);
}

PerSecond Algorithms::rate() const {
  return initial_rate(config_) * pace() *
         std::exp(config_.acceleration * (now_.value() / seconds_per_year));
}

void Algorithms::advance(Seconds now, FlopPerSecond experiments) {
  if (now < now_) throw std::logic_error("algorithms do not go back");
  experiments_ = experiments;
  const double years = (now - now_).value() / seconds_per_year;
  const double a = config_.acceleration * years;
  // The integral of rate() over the stretch, with (e^a - 1)/a for an acceleration.
  log_worth_ += rate().value() * (now - now_).value() * (a == 0 ? 1 : std::expm1(a) / a);
  now_ = now;
  require_number();
}

void Algorithms::jump() {
  log_worth_ += std::log(config_.jumps->factor.draw(stream_).value());
  require_number();
  next_jump_ += seconds(stream_.exponential(1.0 / config_.jumps->rate.value()));
}

}  // namespace longhaul::world
