#include "scheduling/policies/conservative.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "scheduling/policies/all.hpp"

namespace longhaul::scheduling {

Profile Conservative::running(const Cluster& cluster) {
  const auto now = cluster.now();
  struct Until {
    Seconds time;
    const Slots* slots;
  };
  std::vector<Until> busy;
  for (const auto& release : cluster.releases()) {
    auto time = release.time;
    if (release.job != no_job && time <= now + same_moment) {
      // It should have ended: it is taken to need as long again as it ran.
      const auto ran = now - cluster.state(release.job).since;
      time = now + std::max(ran, seconds(1));
    }
    busy.push_back({time, &cluster.slots_of(release)});
  }
  auto free = cluster.free();
  for (const auto& [time, slots] : busy) free.add(*slots);
  Profile profile(now, std::move(free));
  for (const auto& [time, slots] : busy) profile.block(*slots, now, time);
  if (const auto& leaving = cluster.leaving()) {
    // When they come back is not known; all is placed again then. Jobs that run on them may stay
    // beyond what they said, and are as good as gone.
    constexpr auto never = std::numeric_limits<double>::infinity();
    profile.block(leaving->slots, std::max(now, leaving->at), seconds(never));
  }
  return profile;
}

Conservative::Reservation Conservative::take_back(JobId job) {
  const auto at = reservations_.find(job);
  auto held = std::move(at->second);
  by_start_.erase({held.start, job});
  reservations_.erase(at);
  return held;
}

void Conservative::place(Cluster& cluster, JobId job, const Reservation* held) {
  const auto duration = cluster.estimate_left(job);
  auto place = profile_->earliest(cluster.asked(job).request, duration, cluster.placement(),
                                  cluster.layout(), cluster.machines_for(job));
  if (held != nullptr && (!place || place->start > held->start))
    place = Profile::Place{held->start, held->slots};
  if (!place) return;  // not on the machines that are up: it is tried again when some come back
  profile_->block(place->slots, place->start, place->start + duration);
  // A job of no time at all may still be on slots that the profile knows to be free from now on:
  // it is gone when this moment comes round again.
  const bool due = place->start <= cluster.now() + same_moment;
  if (due && cluster.free().contains(place->slots)) {
    cluster.start_on(job, std::move(place->slots));
    return;
  }
  by_start_.emplace(place->start, job);
  reservations_[job] = {place->start, place->start + duration, std::move(place->slots)};
}

/// Puts all reservations into the new profile; false where one of them cannot be kept.
bool Conservative::reserve_again() {
  for (const auto& [time, job] : by_start_) {
    const auto& of = reservations_.at(job);
    if (!profile_->is_free(of.slots, of.start, of.end)) return false;
    profile_->block(of.slots, of.start, of.end);
  }
  return true;
}

void Conservative::replace_all(Cluster& cluster) {
  settled_ = true;
  profile_ = running(cluster);
  if (on_surprise_ == OnSurprise::Rebuild || !reserve_again()) {
    profile_ = running(cluster);
    reservations_.clear();
    by_start_.clear();
    for (const auto& waiting : cluster.queue()) place(cluster, waiting.job);
    return;
  }
  for (const auto& waiting : cluster.queue()) {
    if (!reservations_.contains(waiting.job)) continue;
    const auto held = take_back(waiting.job);
    profile_->unblock(held.slots, held.start, held.end);
    place(cluster, waiting.job, &held);
    const auto now_held = reservations_.find(waiting.job);
    settled_ = settled_ && now_held != reservations_.end() && now_held->second == held;
  }
}

void Conservative::start_timeless(Cluster& cluster) {
  std::vector<JobId> due;
  for (const auto& [time, job] : by_start_) {
    if (time > cluster.now() + same_moment) break;
    const auto& of = reservations_.at(job);
    if (!(of.start < of.end) && cluster.free().contains(of.slots)) due.push_back(job);
  }
  for (const auto job : due) {
    auto slots = take_back(job).slots;
    if (cluster.free().contains(slots)) cluster.start_on(job, std::move(slots));
  }
}

bool Conservative::start_due(Cluster& cluster) {
  std::vector<JobId> due;
  for (const auto& [time, job] : by_start_) {
    if (time > cluster.now() + same_moment) break;
    due.push_back(job);
  }
  bool all = true;
  for (const auto job : due) {
    if (cluster.free().contains(reservations_.at(job).slots))
      cluster.start_on(job, take_back(job).slots);
    else
      all = false;
  }
  const auto releases = cluster.releases();
  const bool ends_now = !releases.empty() && releases.front().time <= cluster.now() + same_moment;
  return all || ends_now;
}

void Conservative::decide(Cluster& cluster) {
  if (profile_) profile_->advance(cluster.now());
  start_timeless(cluster);
  const bool again = !profile_ || cluster.surprised() || (cluster.ended() && !settled_);
  if (again || !start_due(cluster)) replace_all(cluster);
  for (const auto& waiting : cluster.queue())
    if (cluster.waits(waiting.job) && !reservations_.contains(waiting.job))
      place(cluster, waiting.job);
  // One that is due waits for slots of a job of no time, whose end comes by itself.
  const auto next = by_start_.upper_bound({cluster.now() + same_moment, no_job});
  if (next != by_start_.end()) cluster.wake_at(next->first);
}

std::optional<Seconds> Conservative::promise(JobId job) const {
  const auto held = reservations_.find(job);
  return held == reservations_.end() ? std::nullopt : std::optional(held->second.start);
}

std::unique_ptr<Policy> make_conservative(const PolicyConfig& /*config*/) {
  return std::make_unique<Conservative>(Conservative::OnSurprise::Keep);
}

}  // namespace longhaul::scheduling
