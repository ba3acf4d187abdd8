// What stops or slows a run: causes with their rates, and recorded stops to replay.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "operations/checkpoint.hpp"
#include "operations/repair.hpp"
#include "random/distribution.hpp"
#include "units/quantity.hpp"

namespace longhaul::operations {

/// What a failure takes away. Gpu and Node take a node out of the run, Rack, Pod and Site all nodes
/// of one, a Switch those that reach the others by it alone; Link and Job none.
enum class Strikes { Gpu, Node, Switch, Link, Job, Rack, Pod, Site };
inline constexpr std::size_t n_strikes = 8;

/// Whether a cause's clock runs all the time or only while the run computes.
enum class FailureClock { Wall, Compute };

/// One cause of interruptions. How often: `count` as it was counted on some cluster over some
/// time, or `mtbf` of one of what it strikes, or `life` of one, which begins anew when it struck.
struct FailureCause {
  std::string name;
  std::string group;     ///< what summaries add it to, for instance gpu, software, network
  double count = 0;      ///< interruptions counted
  bool planned = false;  ///< announced: the run checkpoints first and loses no work
  Strikes strikes = Strikes::Node;
  FailureClock clock = FailureClock::Wall;
  std::optional<Seconds> mtbf;
  std::optional<random::Random<Seconds>> life;
  /// A fault that does not stop the run at once: it works on `slows` times slower, or corrupts the
  /// state, until it is noticed `latent` later.
  double slows = 1;
  bool corrupts = false;
  std::optional<random::Random<Seconds>> latent;
  /// A switch or link whose failure the fabric survives: the run goes on, on what is left, until it
  /// is repaired.
  bool degrades = false;
  std::optional<random::Random<Seconds>> detect;  ///< in place of the recovery's
  std::optional<RepairConfig> repair;             ///< in place of the common one
  double score = 1;                               ///< of a failure, by RepairConfig::bar_score
};

/// A failure card: causes, counts over `observed` on `gpus` GPUs.
struct FailureCard {
  std::string name;
  std::string source;
  std::int64_t gpus = 0;
  Seconds observed;
  std::vector<FailureCause> causes;
};

/// Nodes that fail more often than others, until they are repaired well.
struct LemonConfig {
  double share = 0;   ///< of all nodes, at the start
  double factor = 1;  ///< their failures of a GPU or node, over those of others
};

/// How stops are diagnosed.
struct DiagnosisConfig {
  double missed = 0;        ///< share of node failures after which no node is taken out
  double wrong = 0;         ///< share after which another node of the run is
  std::int64_t evicts = 0;  ///< further nodes taken out with it, to be sure
  random::Random<Seconds> clears{hours(1)};  ///< until those wrongly taken out are free again
};

/// How many there are of what causes strike, of a run or near it.
struct Units {
  std::array<double, n_strikes> n{};
  double& operator[](Strikes what) { return n[static_cast<std::size_t>(what)]; }
  double operator[](Strikes what) const { return n[static_cast<std::size_t>(what)]; }
};

/// Interruptions a second of one cause on a run that has `units`: units/mtbf, units/mean life, or
/// count / (gpus x observed) x GPUs of the run; for a cause that strikes the job, which does not
/// grow with it, count / observed.
PerSecond rate(const FailureCard& card, const FailureCause& cause, const Units& units);

/// The most that a cause takes with it.
Scope scope_of(Strikes strikes);

/// One line of a replay file.
struct RecordedStop {
  Seconds time;           ///< since the start of the run
  std::size_t cause = 0;  ///< index into the card's causes
  std::optional<Seconds>
      lost;                ///< the whole loss; the run then goes on where it stood. Empty: the
                           ///< stop is detected, recovered from and its work redone as any other
  std::int64_t node = -1;  ///< it took; -1: any
};

}  // namespace longhaul::operations
