#include "world/algorithms.hpp"

#include <cmath>
#include <numbers>
#include <stdexcept>

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
}

void Algorithms::jump() {
  log_worth_ += std::log(config_.jumps->factor.draw(stream_).value());
  next_jump_ += seconds(stream_.exponential(1.0 / config_.jumps->rate.value()));
}

}  // namespace longhaul::world
