// What the parts of a run share: its phase on the clock, its nodes, steps and books.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>

#include "engine/checkpoint_drains.hpp"
#include "engine/lingering_faults.hpp"
#include "engine/node_keeper.hpp"
#include "engine/site_power.hpp"
#include "engine/step_progress.hpp"
#include "engine/timers.hpp"
#include "operations/checkpoint_cadence.hpp"
#include "operations/run.hpp"
#include "random/stream.hpp"

namespace longhaul::engine {

enum class Phase {
  Step,
  Checkpoint,
  Detection,
  Replacement,
  Waiting,
  Restart,
  Maintenance,
  Curtailed,  ///< standing still for want of power
  Climb,      ///< the same, until power has risen to what steps take
  Recorded
};
/// Whether the run does work in it.
bool is_up(Phase phase);

inline const Seconds never = seconds(std::numeric_limits<double>::infinity());
inline constexpr auto no_cause = std::numeric_limits<std::size_t>::max();

/// What the parts of a run ask of the whole, which knows what follows what.
class RunFlow {
 public:
  virtual void begin_steps() = 0;
  /// Steps that are under way end with the present one.
  virtual void cut_short() = 0;
  /// Goes on at another pace, amid a step too.
  virtual void change_pace() = 0;
  /// After a stop, between phases: the run has what it needs.
  virtual void resume() = 0;
  /// A checkpoint is written.
  virtual void written() = 0;
  virtual void phase_began() = 0;
  virtual void node_moved(std::int64_t node, operations::NodeState from,
                          operations::NodeState to) = 0;
  virtual void nodes_freed() = 0;
  /// What drained behind the run is whole.
  virtual void drained() = 0;
  virtual void end() = 0;

 protected:
  ~RunFlow() = default;
};

/// A run is in one phase at a time, from begin() to leave().
struct RunState {
  /// All must outlive it. Throws std::invalid_argument for a run that keeps no checkpoints.
  RunState(const operations::RunInputs& inputs, const operations::RunObserver& observer,
           RunFlow& flow);
  RunState(const RunState&) = delete;
  RunState& operator=(const RunState&) = delete;

  /// `then` is called after `length`, still within the phase; empty where the length is infinite.
  void begin(Phase next, Seconds length, std::function<void()> then);
  /// The same at another time than it was to be.
  void end_phase_at(Seconds time, std::function<void()> then);
  /// Ends the phase now and books its time; `steps`: whole steps of a phase of steps that came to
  /// its end. Returns its length.
  Seconds leave(std::optional<std::int64_t> steps = std::nullopt);

  /// Steps done, those of the phase under way not counted.
  std::int64_t position() const { return progress.position(); }
  operations::NodePool& pool() { return keeper.pool(); }
  const operations::NodePool& pool() const { return keeper.pool(); }
  /// Books steps that nothing can take back.
  void settle();

  void event(operations::EventKind kind, std::int64_t cause = -1, std::int64_t node = -1,
             Seconds length = {}, Seconds lost = {});
  /// Tells a sample now, and every so often from now on.
  void begin_samples();
  void tell_last_sample();
  /// Whether the observer wants to hear more.
  bool asked_to_go_on();
  /// Ends the run where it does not, and where the run has no end but its steps and got no further
  /// in ten years.
  void ask();
  /// Whether there is no time at which it ends, whatever it has done.
  bool has_no_date() const;

  const operations::RunInputs& in;
  const operations::RunObserver& tell;
  RunFlow& flow;
  operations::RunTotals totals;
  Timers timers;
  std::optional<SitePower> power;  ///< told by the next of every node that moves
  NodeKeeper keeper;
  CheckpointDrains drains;
  StepProgress progress;
  operations::CheckpointCadence cadence;
  LingeringFaults faults;
  random::Stream
      replacements;  ///< how long nodes are swapped, chosen, fetched, and the run resized

  Phase phase = Phase::Step;
  Seconds phase_start;
  Phase halted = Phase::Step;      ///< by a recorded stop, where that is the phase
  std::size_t culprit = no_cause;  ///< what the run is down for
  Seconds down_since;
  bool placement_changed = false;      ///< since the step time was asked for
  std::function<void()> cancel_write;  ///< takes the traffic of the write under way away
  bool has_ended = false;

 private:
  void told(operations::EventKind kind, std::int64_t node);
  void sample();
  void tell_sample();

  bool got_no_further();

  double phase_nodes_ = 0;
  std::int64_t furthest_ = 0;  // step
  Seconds furthest_at_;        // as of the last question
  Timers::Id phase_timer_ = Timers::none;
  bool can_corrupt_;
  std::int64_t n_samples_ = 0;
};

}  // namespace longhaul::engine
