// What policies share that give each job a share of the time on each kind of machine, and keep to
// the shares in rounds [Gavel, OSDI'20].
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "scheduling/linear_program.hpp"
#include "scheduling/policy.hpp"

namespace longhaul::scheduling {

/// A job that runs or waits, as the programme sees it.
struct Contender {
  JobId job = no_job;
  double slots = 1;
  double left = 0;             ///< work [s]
  double weight = 1;           ///< of its priority
  std::vector<double> speeds;  ///< by kind of machine, work a second; 0: not on that kind
};

/// The machines it contends for.
struct Contest {
  std::vector<Contender> jobs;
  std::vector<double> slots;  ///< by kind, up now
};

/// Shares of the time, by job and kind of machine.
using Shares = std::vector<std::vector<double>>;

/// At each round, the jobs that are owed most rounds of their shares run, each on one kind, gangs
/// whole; what is left goes to the others. Shares are worked out again at the first round after
/// jobs came or went, by a linear programme with a variable for each job and kind: its cost grows
/// faster than the queue. Between rounds free slots go to jobs that wait, in their order.
class InRounds : public Policy {
 public:
  explicit InRounds(Seconds round) : round_(round) {}
  void decide(Cluster& cluster) override;

 protected:
  /// The share that each job should get.
  virtual Shares shares(const Contest& contest) const = 0;

 private:
  Contest contest(const Cluster& cluster) const;
  void begin_round(Cluster& cluster);

  Seconds round_;
  Seconds next_round_, last_;
  std::vector<JobId> jobs_;                      // that the shares are of
  std::map<JobId, std::vector<double>> wanted_;  // shares by kind
  std::map<JobId, std::vector<double>> owed_;    // rounds by kind
};

/// The programme that both policies solve: the greatest t such that each job's rate, the sum of
/// share x speed over kinds, is at least t times its `due`. Jobs have at most all of their time,
/// kinds at most all of theirs.
Shares greatest_least(const Contest& contest, const std::vector<double>& due);

}  // namespace longhaul::scheduling
