// Slots go where they add most speed [after Pollux, OSDI'21]: in rounds, each job in the order of
// submission gets its least size while there is room; then, one after the other, the larger size
// that adds most to the sum of the logarithms of speeds for a slot. Only elastic jobs change their
// size while they run, and others choose it as they start. Nobody is preempted.
#include <algorithm>
#include <cmath>
#include <queue>
#include <tuple>
#include <vector>

#include "scheduling/policies/all.hpp"

namespace longhaul::scheduling {

namespace {

/// A size and how fast it is.
struct Size {
  std::int64_t slots = 0;
  double speed = 0;
};

struct Plan {
  JobId job = no_job;
  std::vector<Size> sizes;  // by slots; each faster than the one before
  std::size_t size = 0;
};

std::vector<Size> sizes_of(const Cluster& cluster, JobId id) {
  std::vector<Size> all;
  for (const auto& way : cluster.ways_of(id))
    all.push_back({way.request.slots, 1 / std::max(way.run_time, same_moment).value()});
  std::sort(all.begin(), all.end(), [](const Size& a, const Size& b) {
    return std::tie(a.slots, b.speed) < std::tie(b.slots, a.speed);
  });
  std::vector<Size> useful;
  for (const auto& size : all)
    if (useful.empty() || size.speed > useful.back().speed) useful.push_back(size);
  return useful;
}

class Goodput final : public Policy {
 public:
  explicit Goodput(Seconds round) : round_(round) {}

  void decide(Cluster& cluster) override {
    if (cluster.now() + same_moment >= next_round_) {
      next_round_ = cluster.now() + round_;
      plan(cluster);
    } else {
      // Between rounds, an elastic job starts at its least size, others at the fastest that fits.
      for (const auto& waiting : cluster.queue()) {
        if (cluster.free().count() == 0) break;
        if (is_elastic(cluster, waiting.job))
          start(cluster, waiting.job, sizes_of(cluster, waiting.job).front().slots);
        else
          cluster.start(waiting.job);
      }
    }
    const bool some_elastic =
        std::any_of(cluster.releases().begin(), cluster.releases().end(), [&](const auto& release) {
          return release.job != no_job && is_elastic(cluster, release.job);
        });
    if (cluster.any_waits() || some_elastic) cluster.wake_at(next_round_);
  }

 private:
  static bool is_elastic(const Cluster& cluster, JobId job) {
    return cluster.job(job).flexibility == Flexibility::Elastic &&
           !cluster.job(job).choices.empty();
  }

  static bool start(Cluster& cluster, JobId job, std::int64_t slots) {
    const auto ways = cluster.ways_of(job);
    return std::any_of(ways.begin(), ways.end(), [&](const Way& way) {
      return way.request.slots == slots && cluster.start_as(job, way);
    });
  }

  static void plan(Cluster& cluster) {
    auto room = cluster.free().count();
    std::vector<JobId> jobs;
    for (const auto& release : cluster.releases()) {
      if (release.job == no_job) continue;
      if (!is_elastic(cluster, release.job)) continue;
      room += release.slots;
      jobs.push_back(release.job);
    }
    for (const auto& waiting : cluster.queue()) jobs.push_back(waiting.job);
    std::sort(jobs.begin(), jobs.end());  // the order of submission
    std::vector<Plan> plans;
    // Those that run keep at least their least size: nobody is preempted.
    for (const bool running : {true, false})
      for (const auto job : jobs) {
        if (cluster.waits(job) == running) continue;
        Plan plan{job, sizes_of(cluster, job), 0};
        if (plan.sizes.front().slots > room) continue;
        room -= plan.sizes.front().slots;
        plans.push_back(std::move(plan));
      }
    grow(plans, room);
    // Those that shrink make room for those that grow or start.
    for (const bool shrinking : {true, false})
      for (const auto& plan : plans) {
        const auto slots = plan.sizes[plan.size].slots;
        if (cluster.waits(plan.job)) {
          if (!shrinking) start(cluster, plan.job, slots);
        } else if ((slots < count(cluster.state(plan.job).slots)) == shrinking) {
          cluster.resize(plan.job, slots);
        }
      }
  }

  /// Takes the best step up, slot for slot, while there is room.
  static void grow(std::vector<Plan>& plans, std::int64_t room) {
    using Step = std::tuple<double, std::size_t>;  // gain a slot, plan
    std::priority_queue<Step> steps;
    const auto offer = [&](std::size_t i) {
      const auto& plan = plans[i];
      if (plan.size + 1 >= plan.sizes.size()) return;
      const auto& now = plan.sizes[plan.size];
      const auto& next = plan.sizes[plan.size + 1];
      steps.emplace(std::log(next.speed / now.speed) / static_cast<double>(next.slots - now.slots),
                    i);
    };
    for (std::size_t i = 0; i < plans.size(); ++i) offer(i);
    while (!steps.empty() && room > 0) {
      const auto i = std::get<1>(steps.top());
      steps.pop();
      auto& plan = plans[i];
      const auto more = plan.sizes[plan.size + 1].slots - plan.sizes[plan.size].slots;
      if (more > room) continue;
      room -= more;
      ++plan.size;
      offer(i);
    }
  }

  Seconds round_;
  Seconds next_round_;
};

}  // namespace

std::unique_ptr<Policy> make_goodput(const PolicyConfig& config) {
  return std::make_unique<Goodput>(config.round);
}

}  // namespace longhaul::scheduling
