// EASY backfill on named machines: the first job that does not fit reserves the machines that its
// placement gives it at the earliest moment that they are free by the estimates. At every event the
// reservation is made afresh. Others start on machines that are free now, and on reserved ones only
// where they end before.
#include <limits>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

struct Reservation {
  Seconds time = seconds(std::numeric_limits<double>::infinity());
  Slots slots;
};

Reservation earliest(const Cluster& cluster, JobId job) {
  const auto request = cluster.asked(job).request;
  auto free = cluster.free();
  const auto releases = cluster.releases();
  for (std::size_t i = 0; i < releases.size(); ++i) {
    free.add(cluster.slots_of(releases[i]));
    const bool more_now =
        i + 1 < releases.size() && releases[i + 1].time <= releases[i].time + same_moment;
    if (more_now || free.count() < request.slots) continue;
    auto slots = cluster.place(job, free);
    if (!slots.empty()) return {releases[i].time, std::move(slots)};
  }
  return {};
}

class EasyMachines final : public Policy {
 public:
  void decide(Cluster& cluster) override {
    const auto head = start_in_order(cluster, &Cluster::start_as_asked);
    const auto queue = cluster.queue();
    if (head == queue.size() || cluster.free().count() == 0) return;
    const auto promised = earliest(cluster, queue[head].job);
    auto unreserved = cluster.free();
    unreserved.remove(promised.slots);
    for (const auto& waiting : queue.subspan(head + 1)) {
      if (cluster.free().count() == 0) break;
      const bool ends_before = cluster.now() + waiting.estimate <= promised.time + same_moment;
      const auto& among = ends_before ? cluster.free() : unreserved;
      if (waiting.slots > among.count()) continue;
      auto slots = cluster.place(waiting.job, among);
      if (slots.empty()) continue;
      unreserved.remove(slots);
      cluster.start_on(waiting.job, std::move(slots));
    }
  }
};

}  // namespace

std::unique_ptr<Policy> make_easy_machines(const PolicyConfig& /*config*/) {
  return std::make_unique<EasyMachines>();
}

}  // namespace longhaul::scheduling
