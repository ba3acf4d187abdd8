// Machines and the jobs on them at one moment: what a policy sees and acts on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "scheduling/config.hpp"
#include "scheduling/job.hpp"
#include "scheduling/placement.hpp"
#include "scheduling/slot_set.hpp"
#include "units/quantity.hpp"

namespace longhaul::scheduling {

/// A job by its place in Trace::jobs.
using JobId = std::int32_t;
constexpr JobId no_job = -1;

/// What is no further apart happens at once: sums of times differ in their last digits.
inline const Seconds same_moment = seconds(1e-6);

enum class Phase : std::uint8_t {
  Pending,  ///< not submitted yet
  Waiting,
  Running,
  Done,
  Killed,  ///< at its limit
  Refused  ///< the cluster will never have what it asks for
};

/// A job now. Work is in seconds of its run time on what it asked for.
struct JobState {
  Phase phase = Phase::Pending;
  std::int32_t n_preempted = 0;
  std::int32_t n_failed = 0;
  std::uint32_t stretch = 0;  ///< counts starts and resizes: which end is meant
  double done = 0;            ///< work kept before this stretch
  double rate = 1;            ///< work a second
  Seconds start;              ///< first
  Seconds since;              ///< start of this stretch, or of this wait
  Seconds overhead;           ///< of this stretch: begins with it
  Seconds end;
  Seconds waited;           ///< in the queue, before `since`
  Seconds ran;              ///< on machines, before this stretch
  double slot_seconds = 0;  ///< the same
  double kept = 0;          ///< slot-seconds of it that were work kept
  bool overruns = false;    ///< `end` is its limit, before its work is done
  Slots slots;              ///< while it runs
  SlotRange first_slots;    ///< lowest range of the last stretch
};

/// A way to run a job on a cluster: what it takes, and how long all of its work takes on that.
struct Way {
  Request request;
  Seconds run_time;
  std::int32_t kind = -1;  ///< of machine, an index into Trace::kinds; -1: any
};

struct Waiting {
  double rank = 0;
  Seconds estimate;        ///< what is left of it
  std::int64_t slots = 0;  ///< that it asks for
  JobId job = no_job;
};

/// Slots that come free.
struct Release {
  Seconds time;  ///< by the estimate, which may have passed
  std::int64_t slots = 0;
  JobId job = no_job;  ///< that ends; no_job: machines that arrive
  std::int32_t arrival = -1;
};

/// Machines that come on line.
struct MachineArrival {
  Seconds time;
  std::int64_t nodes = 0;
};

/// Slots that go off, as their site must draw less from then on.
struct Leaving {
  Seconds at;
  Slots slots;
};

struct ClusterOptions {
  EstimateBy estimate = EstimateBy::Requested;
  Seconds restart;  ///< before a job goes on that was preempted, failed or resized
  Seconds checkpoint_every = seconds(std::numeric_limits<double>::infinity());
  /// The last nodes, not there at the start; in the order of time.
  std::vector<MachineArrival> arrivals;
  bool keep_slots = false;  ///< of jobs that ended, for tables
  /// By how much its placement slows a job down, at least 1; empty: by nothing.
  std::function<double(JobId job, const Slots& slots)> slowdown;
};

/// Slot time by what was done with it, and counts.
struct ClusterTotals {
  double useful = 0;      ///< slot-seconds of work that was kept
  double restarting = 0;  ///< loading state again
  double redone = 0;      ///< lost to failures
  double killed = 0;      ///< kept work of jobs that ran into their limit
  double idle = 0;
  double stranded = 0;   ///< of idle: free on nodes that are partly used
  double blocked = 0;    ///< of idle: while the first in the queue asked for no more than was free
  double down = 0;       ///< failed
  double unpowered = 0;  ///< off, as the site may not draw more
  double absent = 0;     ///< not arrived yet
  std::int64_t preemptions = 0;
  std::int64_t failures = 0;  ///< of jobs
  std::int64_t longest_queue = 0;
};

class Cluster {
 public:
  /// `trace` and `placement` outlive it. Throws std::invalid_argument where more nodes arrive than
  /// there are.
  Cluster(const Trace& trace, Layout layout, const Placement& placement, ClusterOptions options);
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // What is seen.
  Seconds now() const { return now_; }
  const Layout& layout() const { return layout_; }
  const Trace& trace() const { return trace_; }
  const Job& job(JobId job) const { return trace_.jobs[static_cast<std::size_t>(job)]; }
  const JobState& state(JobId job) const { return states_[static_cast<std::size_t>(job)]; }
  const Placement& placement() const { return placement_; }
  /// In the order of their ranks. Stays as it is while a policy decides: jobs it starts are no
  /// longer Waiting, those it preempts are, and join afterwards.
  std::span<const Waiting> queue() const { return std::span(queue_).subspan(queue_head_); }
  bool waits(JobId job) const { return state(job).phase == Phase::Waiting; }
  /// Whether any job does, those preempted just now among them.
  bool any_waits() const;
  const SlotSet& free() const { return free_; }
  /// Up or not, arrived or not.
  std::int64_t n_slots() const { return layout_.n_slots(); }
  /// Of running jobs and arrivals, in the order of time.
  std::span<const Release> releases() const { return releases_; }
  const Slots& slots_of(const Release& release) const;
  /// All ways to run a job, the fastest first: as it asks and its choices, or these alone where
  /// they are by kinds of machines.
  std::span<const Way> ways_of(JobId job) const;
  /// The one of them that policies count on: as it asks, or, where the cluster never has that or
  /// its choices are by kinds of machines, the fastest that it has.
  const Way& asked(JobId job) const;
  /// Slots for that way among these, as the placement chooses; none where it does not fit. Where
  /// some leave before the job ends by its estimate, it gets none of those.
  Slots place(JobId job, const SlotSet& among) const;
  /// Those that will go off next, as far as the site was told.
  const std::optional<Leaving>& leaving() const { return leaving_; }
  /// Slots of machines that it can run on in that way; null: all.
  const SlotSet* machines_for(JobId job) const;
  /// What is left of its estimate, in that way; a running job may have used all of it.
  Seconds estimate_left(JobId job) const;
  /// Work done so far.
  double done(JobId job) const;
  double slot_seconds(JobId job) const;
  /// Whether a job ended before its estimate, or machines failed or came back, or a running job
  /// outran its estimate, since the last decision.
  bool surprised() const { return surprised_; }
  /// Whether a job ended since then.
  bool ended() const { return ended_; }

  // What can be done.
  /// On free slots that the placement chooses; a job with choices in the way that is fastest now.
  /// False where it does not fit.
  bool start(JobId job);
  /// In the way that is counted on; false where it does not fit.
  bool start_as_asked(JobId job);
  /// In that way on these. Throws std::logic_error where one is not free, or it does not wait.
  void start_on(JobId job, Slots slots);
  /// In this way; false where it does not fit.
  bool start_as(JobId job, const Way& way);
  /// Back to the queue; what it did is kept. Throws std::logic_error where it does not run.
  void preempt(JobId job);
  /// An elastic job that runs: so many slots, one of its choices. False where they are not free.
  bool resize(JobId job, std::int64_t slots);
  /// Asks to be asked again then, if nothing happens before.
  void wake_at(Seconds time);

 private:
  friend class Replay;

  void start_on(JobId job, Slots slots, Seconds run_time);
  void occupy(JobId job, Slots slots, Seconds run_time, Seconds overhead);
  /// Ends a stretch: books it, frees its slots; `lost` of it is no work done.
  void vacate(JobId job, Seconds lost);
  double rate_on(JobId job, const Slots& slots, Seconds run_time) const;
  void list_ways(JobId job);
  /// Machines of its kind; null: all.
  const SlotSet* machines_for(const Way& way) const;
  /// Whether the cluster has it in the end.
  bool ever_fits(const Way& way) const;
  Slots place(JobId job, const Way& way, const SlotSet& among) const;
  void give(const Slots& slots);
  void take(const Slots& slots);
  void join(JobId job);
  void tidy_queue();
  void count_stranded(const Slots& slots, int sign);
  Seconds estimate_of(JobId job) const;

  const Trace& trace_;
  Layout layout_;
  const Placement& placement_;
  ClusterOptions options_;
  Seconds now_;
  Seconds wake_ = seconds(std::numeric_limits<double>::infinity());
  std::vector<JobState> states_;  // by job
  std::vector<Waiting> queue_;    // from queue_head_ on
  std::size_t queue_head_ = 0;
  std::int64_t started_ = 0;  // that are still in queue_
  std::vector<JobId> joining_;
  std::function<double(JobId)> rank_;  // of a job that joins
  std::vector<Release> releases_;
  std::vector<Slots> arrivals_;
  std::vector<SlotSet> of_kind_;  // by kind; empty: all alike
  SlotSet whole_;                 // with all that arrives
  std::optional<Leaving> leaving_;
  struct Ways {
    std::size_t first = 0;  // in ways_
    std::size_t n = 1;
    std::size_t asked = 0;  // among them
  };
  std::vector<Ways> ways_of_;  // by job
  std::vector<Way> ways_;
  SlotSet free_;
  SlotSet down_;                            // failed or not arrived
  std::vector<std::int32_t> free_on_node_;  // where nodes have several slots
  std::int64_t stranded_ = 0;
  struct Change {
    JobId job;
    bool started;  // else it left its slots
  };
  std::vector<Change> changes_;  // since the replay looked last
  bool surprised_ = false;
  bool ended_ = false;
  ClusterTotals totals_;
};

}  // namespace longhaul::scheduling
