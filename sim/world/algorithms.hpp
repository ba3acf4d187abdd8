// How training algorithms improve: what one FLOP of training is worth over one at the start.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "random/distribution.hpp"
#include "random/stream.hpp"
#include "units/quantity.hpp"

namespace longhaul::world {

/// Jumps as that of the transformer: a Poisson process.
struct Jumps {
  PerSecond rate;
  random::Random<Ratio> factor;  ///< what one makes of a FLOP, at least 1; drawn each time
};

/// Progress that has to be found by experiments: the continuous rate is multiplied by
/// (E/reference)^exponent, with E what all labs spend on experiments at the time.
struct ExperimentsLaw {
  FlopPerSecond reference;
  double exponent = 0;
};

/// Scaling that bends: effective compute beyond `at` counts as at (C/at)^keeps. 0: it stops.
struct ScalingBend {
  Flop at;
  double keeps = 0;
};

struct AlgorithmsConfig {
  std::string name;
  std::string source;
  double growth = 1;               ///< of what a FLOP is worth, times a year
  std::optional<Seconds> halving;  ///< of the compute for one loss, in place of growth
  double acceleration = 0;         ///< of the growth's logarithm, e-folds a year; below 0: it ebbs
  std::optional<Jumps> jumps;
  std::optional<ExperimentsLaw> experiments;
  double adopted = 0;  ///< share of the progress since its start that a running run makes use of
  std::optional<ScalingBend> bend;
};

/// Natural logarithm of the growth a second at the start, jumps not counted.
PerSecond initial_rate(const AlgorithmsConfig& config);

/// What effective compute counts for where scaling bends.
Flop bent(const std::optional<ScalingBend>& bend, Flop effective);

/// Algorithms as time goes on. Jumps come from the stream "world/jumps".
class Algorithms {
 public:
  Algorithms(const AlgorithmsConfig& config, std::uint64_t seed);

  /// Goes on to `now`, labs having spent `experiments` since the last time. Throws std::logic_error
  /// for a time before that, KeyError where progress is no number any more.
  void advance(Seconds now, FlopPerSecond experiments);
  /// When the next jump comes; infinite without.
  Seconds next_jump() const { return next_jump_; }
  /// The jump of that moment. Throws as advance() does.
  void jump();

  /// Natural logarithm of what a FLOP is worth, 0 at the start.
  double log_worth() const { return log_worth_; }
  /// Of that, without jumps, at the experiments that were spent last.
  PerSecond rate() const;

 private:
  double pace() const;
  void require_number() const;

  AlgorithmsConfig config_;
  random::Stream stream_;
  Seconds now_;
  FlopPerSecond experiments_;
  double log_worth_ = 0;
  Seconds next_jump_ = seconds(std::numeric_limits<double>::infinity());
};

}  // namespace longhaul::world
