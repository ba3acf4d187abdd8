// The story of a trace on a cluster under a policy, moment by moment, on whatever clock.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "operations/repair.hpp"
#include "operations/supply.hpp"
#include "random/stream.hpp"
#include "scheduling/cluster.hpp"
#include "scheduling/policy.hpp"

namespace longhaul::scheduling {

/// Why nodes fail: one by one, or those of a rack, of a switch or of whatever else is a unit.
struct NodeFailureCause {
  std::string name;
  PerSecond rate;  ///< of all units together, while all are up
  operations::RepairConfig repair;
  std::int64_t n_units = 0;  ///< where `takes` says what they are
  /// Nodes that a unit takes when it fails, and gives back when it is repaired; may be none, and is
  /// always the same. Empty: each node is a unit.
  std::function<std::vector<std::int64_t>(std::int64_t unit)> takes = nullptr;
};

/// What the site may draw, and what a node does in steps.
struct SitePower {
  operations::SupplyConfig supply;
  Date start;  ///< of the trace, for dated caps
  Watts node;
};

/// What happens to the machines.
struct Disturbances {
  std::uint64_t seed = 1;
  std::vector<NodeFailureCause> causes;
  std::optional<SitePower> power;  ///< empty: as much as they want
};

/// Slot time and jobs that a cause of failure took.
struct CauseTotals {
  std::string name;
  std::int64_t failures = 0;  ///< nodes that went down
  std::int64_t jobs = 0;      ///< that went back to the queue
  double redone = 0;          ///< slot-seconds of work lost
};

/// A job came onto its slots, or left them: at its end or before.
struct JobEvent {
  Seconds time;
  JobId job = no_job;
  bool started = false;
};

class Replay {
 public:
  /// All outlive it.
  Replay(const Trace& trace, Cluster& cluster, Policy& policy, const Disturbances& disturbances,
         std::function<void(const JobEvent&)> observe = {});
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  /// When something happens next; infinite when all jobs have ended.
  Seconds next() const;
  /// Lets all of that moment happen: ends, repairs and failures, arrivals, submissions, then the
  /// policy decides, once. Throws InputError where jobs wait for ever.
  void advance();

  const std::vector<CauseTotals>& causes() const { return cause_totals_; }
  /// Jobs that ended or were refused.
  std::int64_t n_ended() const { return static_cast<std::int64_t>(trace_.jobs.size()) - n_left_; }
  const ClusterTotals& totals() const { return cluster_.totals_; }

 private:
  struct End {
    double time;
    JobId job;
    std::uint32_t stretch;
    bool operator>(const End& other) const { return time > other.time; }
  };
  struct UnitEvent {
    double time;
    std::int64_t unit;
    std::size_t cause;
    bool repaired;  // else it fails
    bool operator>(const UnitEvent& other) const { return time > other.time; }
  };

  bool outran_estimate() const;
  void check_for_end(std::int64_t progress);
  void pass_time(Seconds now);
  void end_jobs(Seconds now);
  void change_nodes(Seconds now);
  void submit_jobs(Seconds now);
  std::vector<std::int64_t> nodes_of_unit(std::int64_t unit, std::size_t cause) const;
  void fail(std::int64_t unit, std::size_t cause);
  void repair(std::int64_t unit, std::size_t cause);
  void send_back(JobId job, CauseTotals& totals);
  Seconds repair_time(std::size_t cause);
  void limit_power();
  std::int64_t n_nodes_off(Watts limit) const;
  void announce_power();
  void set_down(std::int64_t node);
  void set_up(std::int64_t node);
  JobId job_on(std::int64_t node) const;
  std::vector<std::int64_t> nodes_of(const Slots& slots) const;
  void wind(std::size_t cause, double from);
  void follow_changes();
  bool could_ever_run(JobId job) const;

  const Trace& trace_;
  Cluster& cluster_;
  Policy& policy_;
  const Disturbances& disturbances_;
  std::function<void(const JobEvent&)> observe_;
  std::size_t next_submission_ = 0;
  std::size_t next_arrival_ = 0;
  std::int64_t n_left_;  // jobs that have not ended
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::priority_queue<UnitEvent, std::vector<UnitEvent>, std::greater<>> unit_events_;
  std::vector<random::Stream> streams_;  // by cause
  std::vector<CauseTotals> cause_totals_;
  std::vector<std::int32_t> reasons_down_;  // by node: failures, power and absence
  std::vector<std::int32_t> failed_;        // by node: units that took it
  std::vector<char> unpowered_, absent_;    // by node
  std::int64_t n_unpowered_ = 0, n_absent_ = 0;
  std::int64_t n_failed_ = 0;  // of those that are there
  std::optional<operations::Supply> supply_;
  std::int64_t progress_ = 0, n_idle_moments_ = 0;
};

}  // namespace longhaul::scheduling
