// A queue of jobs on a cluster.
#include "scenario/describe.hpp"

namespace longhaul::scenario {

template <>
struct Words<scheduling::EstimateBy> {
  static constexpr std::array<std::string_view, 2> words{"requested", "actual"};
};

template <>
struct Words<scheduling::SyntheticLoad::Model> {
  static constexpr std::array<std::string_view, 2> words{"poisson", "lublin"};
};

namespace {

constexpr Range most_jobs{1, scheduling::most_synthetic_jobs};
constexpr Range faster{1e-6, 1e6};
constexpr Range round_time{1, 100 * seconds_per_day};

}  // namespace

static void describe(Fields& f, scheduling::SyntheticLoad& l) {
  f("model", l.model,
    "poisson: arrivals at random, sizes log-uniform; lublin: Lublin and Feitelson's of 2003");
  f("jobs", l.n_jobs, "how many", most_jobs);
  f("max_slots", l.max_slots, "of a job; of lublin the size of the machine, at least 8", count);
  f("mean_gap", l.mean_gap, "of poisson: between submissions, over whole days", positive);
  f("daily_swing", l.daily_swing, "of poisson: the rate of arrivals goes from 1 - this to 1 + this",
    ratio);
  f("daily_peak", l.daily_peak, "when it is highest; the load starts at midnight", not_negative);
  f("min_slots", l.min_slots, "of poisson: of a job", count);
  f("share_power_of_two", l.share_power_of_two, "of poisson: jobs of such sizes alone", ratio);
  f("run_time", l.run_time, "of poisson", not_negative);
  f("estimate_factor", l.estimate_factor, "of estimates to run times; left out: no estimates",
    not_negative);
}

void describe(Fields& f, scheduling::ScheduleConfig& s) {
  f("policy", s.policy, "who runs; several with commas between are compared");
  f.path("trace", s.trace, "file of jobs; formats: sim/scheduling/README.md");
  f.table("load", s.load, "jobs drawn at random, in place of a trace");
  f("format", s.format, "of the trace; empty: recognised by its name and first line");
  f("skip_bad", s.skip_bad, "leave bad lines of the trace out");
  f("throughputs", s.throughputs, "table of a Gavel trace; empty: the one beside it");
  f("intensity", s.intensity, "submissions come so many times as fast", faster);
  f("hosts", s.hosts,
    "machines in place of [cluster], as \"400\", or \"v100=36,p100=36\" by the trace's kinds; "
    "empty: as the trace says");
  f("slots_per_host", s.slots_per_host, "of a machine of `hosts`: GPUs, cores, or 1", count);
  f("placement", s.placement,
    "which free slots a job gets: lowest, packed, spread, pod, rail or nearest");
  f("estimate", s.estimate, "what policies take for run times: as requested, or as they are");
  f("watts", s.watts, "of a machine, busy or idle; left out: what the platform says", positive);
  f("restart", s.restart, "before a job goes on that was preempted, failed or resized",
    not_negative);
  f("checkpoint_every", s.checkpoint_every,
    "between checkpoints; left out: a failed job goes back to where it last started", positive);
  f("round", s.rules.round, "between decisions of policies that work in rounds", round_time);
  f("protected_time", s.rules.protected_time,
    "of policy priority: a job runs so long before another takes its slots", not_negative);
  f("half_life", s.rules.half_life, "of policy fair-share: what was used counts half as much after",
    positive);
  f.integers("levels", s.rules.levels, "of policy las: slot-hours after which a job falls a level");
}

}  // namespace longhaul::scenario
