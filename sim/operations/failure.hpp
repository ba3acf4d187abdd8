// What stops a run: causes with their rates, and recorded stops to replay.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "units/quantity.hpp"

namespace longhaul::operations {

/// What a failure takes away. Gpu and Node take a node out of the run; the others leave the
/// nodes as they are.
enum class Strikes { Gpu, Node, Switch, Link, Job };

/// Whether a cause's clock runs all the time or only while the run computes.
enum class FailureClock { Wall, Compute };

/// One cause of interruptions, as counted on some cluster over some time.
struct FailureCause {
  std::string name;
  std::string group;     ///< what summaries add it to, for instance gpu, software, network
  double count = 0;      ///< interruptions counted
  bool planned = false;  ///< announced: the run checkpoints first and loses no work
  Strikes strikes = Strikes::Node;
  FailureClock clock = FailureClock::Wall;
};

/// A failure card: counts by cause, over `observed` on `gpus` GPUs.
struct FailureCard {
  std::string name;
  std::string source;
  std::int64_t gpus = 0;
  Seconds observed;
  std::vector<FailureCause> causes;
};

/// Interruptions a second of one cause on a run of `run_gpus`: count / (gpus x observed) x
/// run_gpus. A cause that strikes the job does not grow with it: count / observed.
PerSecond rate(const FailureCard& card, const FailureCause& cause, std::int64_t run_gpus);

/// One line of a replay file.
struct RecordedStop {
  Seconds time;           ///< since the start of the run
  std::size_t cause = 0;  ///< index into the card's causes
  std::optional<Seconds>
      lost;  ///< the whole loss; the run then goes on where it stood. Empty: the
             ///< stop is detected, recovered from and its work redone as any other
};

}  // namespace longhaul::operations
