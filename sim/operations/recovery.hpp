// From a failure to the next step: detection and restart.
#pragma once

#include "random/distribution.hpp"

namespace longhaul::operations {

/// How long each part of a recovery takes; drawn anew for every stop. The defaults are Meta's
/// [Kokolis+, HPCA'25]: health checks every 5 min find a failure between 0 and 5 min later, and a
/// restart takes 5 to 20 min.
struct RecoveryConfig {
  random::Random<Seconds> detect{
      random::Distribution(random::Distribution::Kind::Uniform, {0.0, 300.0})};
  random::Random<Seconds> restart{
      random::Distribution(random::Distribution::Kind::Uniform, {300.0, 1200.0})};
  /// A planned stop, from the checkpoint to the next step.
  random::Random<Seconds> maintenance{
      random::Distribution(random::Distribution::Kind::Uniform, {300.0, 1200.0})};
};

}  // namespace longhaul::operations
