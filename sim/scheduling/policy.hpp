// The contract between a cluster and the policy that runs it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scheduling/cluster.hpp"
#include "scheduling/config.hpp"

namespace longhaul::scheduling {

/// Decides who runs. It is asked once after all that happened at a moment: submissions, ends,
/// failures, repairs, arrivals, and what it asked to be woken for. It sees the cluster, never the
/// clock or the true run times to come, and acts by start(), preempt() and resize(), which take
/// effect at once in what it sees. Gangs only: a job gets all of its slots or none. A decision
/// should cost no more than the queue is long.
class Policy {
 public:
  virtual ~Policy() = default;
  /// Where a job that joins the queue stands: lower goes first, equals by submission.
  virtual double rank(const Cluster& cluster, JobId job) const;
  virtual void decide(Cluster& cluster) = 0;
  /// When a job that waits will start at the latest, if nothing goes wrong; empty: not promised.
  virtual std::optional<Seconds> promise(JobId /*job*/) const { return std::nullopt; }
};

/// Throws std::invalid_argument with the names on a name that no policy has.
std::unique_ptr<Policy> make_policy(const PolicyConfig& config);
/// Their names, and what each does in a line, for help.
struct PolicyEntry {
  std::string_view name, what;
};
const std::vector<PolicyEntry>& policies();

/// The policies named in ScheduleConfig::policy, in their order. Throws std::invalid_argument with
/// the known names.
std::vector<std::string> policy_names(const std::string& policy);

}  // namespace longhaul::scheduling
