// Fair share: users who used fewer slot-seconds go first, use counting half as much after each
// half-life [as Slurm's multifactor priority]; within a user in the order of submission. The first
// that does not fit holds a promise by counts, and others fill in behind it.
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <vector>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class FairShare final : public Policy {
 public:
  explicit FairShare(Seconds half_life) : half_life_(half_life) {}

  void decide(Cluster& cluster) override {
    book(cluster);
    // The queue user by user, each in its order.
    struct Of {
      double used = 0;
      std::vector<Waiting> waiting;
    };
    std::map<std::int32_t, Of> users;
    for (const auto& waiting : cluster.queue())
      users[account_of(cluster, waiting.job)].waiting.push_back(waiting);
    std::vector<const Of*> order;
    for (auto& [user, of] : users) {
      const auto used = used_.find(user);
      of.used = used == used_.end() ? 0 : used->second;
      order.push_back(&of);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const Of* a, const Of* b) { return a->used < b->used; });
    std::vector<Waiting> queue;
    for (const auto* of : order) queue.insert(queue.end(), of->waiting.begin(), of->waiting.end());
    std::size_t head = 0;
    while (head < queue.size() && cluster.start_as_asked(queue[head].job)) ++head;
    backfill(cluster, std::span(queue).subspan(head));
    remember(cluster);
  }

 private:
  /// Whose use it is: the user's, or where none is said the group's.
  static std::int32_t account_of(const Cluster& cluster, JobId job) {
    const auto& of = cluster.job(job);
    return of.user >= 0 ? of.user : -2 - of.group;
  }

  /// Use since the last decision: what ran then ran until now, or to an end that is asked about
  /// now.
  void book(const Cluster& cluster) {
    const auto passed = cluster.now() - last_;
    const double kept = std::exp2(-(passed / half_life_));
    // The integral of what decays while it is used.
    const double worth = half_life_.value() / std::numbers::ln2 * (1 - kept);
    for (auto& [user, used] : used_) used *= kept;
    for (const auto& [user, slots] : running_) used_[user] += static_cast<double>(slots) * worth;
    last_ = cluster.now();
  }
  void remember(const Cluster& cluster) {
    running_.clear();
    for (const auto& release : cluster.releases())
      if (release.job != no_job) running_[account_of(cluster, release.job)] += release.slots;
  }

  Seconds half_life_;
  Seconds last_;
  std::map<std::int32_t, double> used_;           // slot-seconds, by user
  std::map<std::int32_t, std::int64_t> running_;  // slots, by user
};

}  // namespace

std::unique_ptr<Policy> make_fair_share(const PolicyConfig& config) {
  return std::make_unique<FairShare>(config.half_life);
}

}  // namespace longhaul::scheduling
