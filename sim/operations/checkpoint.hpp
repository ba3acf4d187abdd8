// When to write a checkpoint, how large it is, where it is kept and what it survives.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "random/distribution.hpp"
#include "units/quantity.hpp"

namespace longhaul::operations {

/// Adaptive: Daly's interval for the mean time between interruptions that the run has met so far.
/// Step: every step is saved as part of it.
enum class IntervalPolicy { Fixed, Young, Daly, Adaptive, Step };

/// How much is lost at once, the least first: the processes, a node, ..., a site.
enum class Scope { Job, Node, Rack, Pod, Site };

/// A place where checkpoints are kept.
struct CheckpointTier {
  std::string name = "store";
  std::int64_t every = 1;        ///< takes every so many-th checkpoint
  Seconds write;                 ///< the run stands still
  Seconds drain;                 ///< then, in the background, until it is whole
  Seconds read;                  ///< on a restart from it
  Scope survives = Scope::Site;  ///< the most that may be lost with its checkpoints still there
  std::int64_t keep = 1;         ///< the latest so many
};

/// Another run that writes its checkpoints to the same store.
struct OtherRun {
  std::string name;
  Bytes size;                     ///< of one
  random::Random<Seconds> every;  ///< it works so long after one before it writes the next
  std::optional<Seconds> first;   ///< when it writes the first; empty: after one more time of work
};

struct CheckpointConfig {
  IntervalPolicy policy = IntervalPolicy::Daly;
  Seconds interval;                       ///< of work between checkpoints, for Fixed
  Bytes bytes_per_parameter = bytes(14);  ///< 2 weights + 4 master + 8 Adam
  std::optional<Seconds> write;  ///< blocking; empty: as long as the store takes, or 0 where it
                                 ///< takes it in the background
  bool background = false;       ///< the store takes it while the run goes on
  std::optional<Seconds> drain;  ///< how long, in the background; empty: as long as the store takes
  std::optional<Seconds> read;   ///< on restart; empty: as long as the store takes
  std::int64_t every = 1;        ///< the store takes every so many-th
  std::int64_t keep = 1;         ///< the store keeps the latest so many
  std::vector<CheckpointTier> tiers;  ///< nearer than the store, the nearest first
  std::vector<OtherRun> others;       ///< that share the store
};

/// Work between checkpoints by the policy, for a write of `write` and a mean time between
/// unexpected interruptions of `mtbf` (infinite when nothing fails: Young and Daly never write).
/// Young: sqrt(2 d M) [Young, CACM 17(9), 1974]; Daly and Adaptive: daly_interval() of renewal.hpp.
Seconds checkpoint_interval(const CheckpointConfig& config, Seconds write, Seconds mtbf);

/// An interval in whole steps, at least one: the nearest number of them; where the policy chooses
/// the interval, so many at least that every drain is over when its tier is written to again. The
/// largest int64 where the interval is infinite.
std::int64_t checkpoint_steps(IntervalPolicy policy, const std::vector<CheckpointTier>& tiers,
                              Seconds interval, Seconds step);

/// A checkpoint that is whole.
struct HeldCheckpoint {
  std::int64_t position = 0;  ///< steps in it
  Seconds taken;              ///< when its write began
  Seconds read;               ///< to restart from it
};

/// The checkpoints that there are, by tier. The start of the run is always there, and free.
class CheckpointShelf {
 public:
  explicit CheckpointShelf(const std::vector<CheckpointTier>& tiers)
      : tiers_(&tiers), held_(tiers.size()) {}

  /// A checkpoint is whole in a tier; the oldest beyond what it keeps goes.
  void put(std::size_t tier, std::int64_t position, Seconds taken);
  /// Where a run goes on that lost as much as `scope`: the furthest checkpoint taken no later than
  /// `taken_by`; of equals the one read fastest.
  HeldCheckpoint best(Scope scope, Seconds taken_by) const;
  /// What a loss takes with it, and all that is ahead of where the run goes on.
  void lose(Scope scope, std::int64_t position);
  /// No loss but that of what was corrupted unseen goes back behind this.
  std::int64_t safe_position() const;

 private:
  struct Held {
    std::int64_t position;
    Seconds taken;
  };
  const std::vector<CheckpointTier>* tiers_;
  std::vector<std::deque<Held>> held_;  // by tier, the oldest first
};

}  // namespace longhaul::operations
