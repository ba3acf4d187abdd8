// Fair share: users who used fewer slot-seconds go first, use counting half as much after each
// half-life [as Slurm's multifactor priority]; within a user in the order of submission. The first
// that does not fit holds a promise by counts, and others fill in behind it.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class FairShare final : public Policy {
 public:
  explicit FairShare(Seconds half_life) : half_life_(half_life) {}

  void decide(Cluster& cluster) override {
    if (account_.empty()) number_accounts(cluster.trace());
    book(cluster);
    if (cluster.free().count() > 0) start_jobs(cluster);
    remember(cluster);
  }

 private:
  static constexpr std::int32_t none = -1;

  /// Whose use it is: the user's, or where none is said the group's. Groups come before users, the
  /// last of them first.
  void number_accounts(const Trace& trace) {
    const auto n_groups = static_cast<std::int32_t>(trace.groups.size());
    for (const auto& job : trace.jobs)
      account_.push_back(job.user >= 0 ? n_groups + 1 + job.user : n_groups - 1 - job.group);
    const auto n = static_cast<std::size_t>(n_groups) + 1 + trace.users.size();
    used_.assign(n, 0);
    running_.assign(n, 0);
    first_.assign(n, none);
    turn_.assign(n, 0);
  }
  std::size_t account_of(JobId job) const {
    return static_cast<std::size_t>(account_[static_cast<std::size_t>(job)]);
  }

  /// Use since the last decision: what ran then ran until now, or to an end that is asked about
  /// now.
  void book(const Cluster& cluster) {
    const auto passed = cluster.now() - last_;
    const double kept = std::exp2(-(passed / half_life_));
    // The integral of what decays while it is used.
    const double worth = half_life_.value() / std::numbers::ln2 * (1 - kept);
    for (std::size_t i = 0; i < used_.size(); ++i)
      used_[i] = used_[i] * kept + static_cast<double>(running_[i]) * worth;
    last_ = cluster.now();
  }
  void remember(const Cluster& cluster) {
    std::fill(running_.begin(), running_.end(), 0);
    for (const auto& release : cluster.releases())
      if (release.job != no_job) running_[account_of(release.job)] += release.slots;
  }

  void start_jobs(Cluster& cluster) {
    const auto queue = cluster.queue();
    // Each account's jobs that wait, linked through the queue.
    std::fill(first_.begin(), first_.end(), none);
    next_.resize(queue.size());
    for (auto i = queue.size(); i-- > 0;)
      next_[i] = std::exchange(first_[account_of(queue[i].job)], static_cast<std::int32_t>(i));
    std::vector<std::size_t> accounts;
    for (std::size_t i = 0; i < first_.size(); ++i)
      if (first_[i] != none) accounts.push_back(i);
    std::stable_sort(accounts.begin(), accounts.end(),
                     [&](std::size_t a, std::size_t b) { return used_[a] < used_[b]; });
    for (std::size_t i = 0; i < accounts.size(); ++i) turn_[accounts[i]] = static_cast<double>(i);
    for (const auto account : accounts)
      for (auto i = first_[account]; i != none; i = next_[static_cast<std::size_t>(i)]) {
        const auto& head = queue[static_cast<std::size_t>(i)];
        if (cluster.start_as_asked(head.job)) continue;
        backfill_by(cluster, head,
                    [&](const Waiting& waiting) { return turn_[account_of(waiting.job)]; });
        return;
      }
  }

  Seconds half_life_;
  Seconds last_;
  std::vector<std::int32_t> account_;  // by job
  std::vector<double> used_;           // slot-seconds, by account
  std::vector<std::int64_t> running_;  // slots, by account
  // While deciding: an account's first in the queue, the next of the same one, whose turn it is.
  std::vector<std::int32_t> first_, next_;
  std::vector<double> turn_;
};

}  // namespace

std::unique_ptr<Policy> make_fair_share(const PolicyConfig& config) {
  return std::make_unique<FairShare>(config.half_life);
}

}  // namespace longhaul::scheduling
