// How a node that was taken out comes back, or does not.
#pragma once

#include <cstdint>

#include "random/distribution.hpp"
#include "units/quantity.hpp"

namespace longhaul::operations {

/// Repair in two stages: automatic (a reset, a reboot, tests), then by hand where that does not do.
struct RepairConfig {
  random::Random<Seconds> automatic{days(1)};  ///< first stage
  double escalates = 0;                        ///< share of nodes that go on to the second
  random::Random<Seconds> manual{days(2)};     ///< second stage
  std::int64_t crews = 0;                      ///< manual repairs at a time; 0: any number; of the
                                               ///< common one alone
  double automatic_leaves_fault = 0;  ///< share of lemons that the first stage sends back as such
  double manual_leaves_fault = 0;     ///< the same of the second
  std::int64_t bar_after = 0;         ///< failures of a node, of any cause, after which it is
                                      ///< barred; 0: never, of a cause's own as the common one says
  Seconds bar_window = days(28);      ///< within this time
  /// A node is barred too when its score reaches this; 0: never. Its failures add their causes'
  /// scores, which halve every score_half_life. Of the common one alone.
  double bar_score = 0;
  Seconds score_half_life = days(28);
};

}  // namespace longhaul::operations
