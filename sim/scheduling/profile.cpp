#include "scheduling/profile.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace longhaul::scheduling {

namespace {

bool overlap(const Slots& a, const Slots& b) {
  return std::ranges::any_of(a, [&b](const SlotRange& one) {
    return std::ranges::any_of(b, [&one](const SlotRange& other) {
      return one.first <= other.last && other.first <= one.last;
    });
  });
}

}  // namespace

Profile::Profile(Seconds now, SlotSet free) { stretches_.push_back({now, std::move(free)}); }

/// The stretch that `time` falls into; the first for what is before.
std::size_t Profile::find(Seconds time) const {
  const auto after =
      std::upper_bound(stretches_.begin(), stretches_.end(), time,
                       [](Seconds t, const Stretch& stretch) { return t < stretch.time; });
  return after == stretches_.begin() ? 0 : static_cast<std::size_t>(after - stretches_.begin()) - 1;
}

void Profile::advance(Seconds now) {
  const auto current = find(now);
  stretches_.erase(stretches_.begin(), stretches_.begin() + static_cast<std::ptrdiff_t>(current));
  stretches_.front().time = now;
  std::erase_if(points_, [now](const Point& point) { return point.time <= now; });
}

std::size_t Profile::split(Seconds time) {
  const auto at = find(time);
  if (stretches_[at].time >= time) return at;
  auto later = stretches_[at];
  later.time = time;
  stretches_.insert(stretches_.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(later));
  return at + 1;
}

void Profile::block(const Slots& slots, Seconds from, Seconds to) {
  if (!(from < to)) {
    split(from);  // what cannot span it may begin there
    points_.push_back({from, slots});
    return;
  }
  const auto first = split(from);
  const auto last = std::isfinite(to.value()) ? split(to) : stretches_.size();
  for (auto i = first; i < last; ++i) stretches_[i].free.remove(slots);
}

void Profile::unblock(const Slots& slots, Seconds from, Seconds to) {
  if (!(from < to)) {
    const auto point = std::find_if(points_.begin(), points_.end(), [&](const Point& p) {
      return p.time == from && p.slots == slots;
    });
    if (point != points_.end()) points_.erase(point);
    merge(find(from));
    return;
  }
  const auto first = split(from);
  const auto last = std::isfinite(to.value()) ? split(to) : stretches_.size();
  for (auto i = first; i < last; ++i) stretches_[i].free.add(slots);
  merge(last);
  merge(first);
}

bool Profile::is_point(Seconds time) const {
  return std::any_of(points_.begin(), points_.end(),
                     [time](const Point& point) { return point.time == time; });
}

/// Drops the border before a stretch that is as the one before.
void Profile::merge(std::size_t index) {
  if (index == 0 || index >= stretches_.size() || is_point(stretches_[index].time)) return;
  if (stretches_[index].free == stretches_[index - 1].free)
    stretches_.erase(stretches_.begin() + static_cast<std::ptrdiff_t>(index));
}

bool Profile::is_free(const Slots& slots, Seconds from, Seconds to) const {
  for (auto i = find(from); i < stretches_.size() && stretches_[i].time < to; ++i)
    if (!stretches_[i].free.contains(slots)) return false;
  return std::none_of(points_.begin(), points_.end(), [&](const Point& point) {
    return from < point.time && point.time < to && overlap(point.slots, slots);
  });
}

std::optional<Profile::Place> Profile::earliest(const Request& request, Seconds duration,
                                                const Placement& placement, const Layout& layout,
                                                const SlotSet* machines) const {
  for (std::size_t i = 0; i < stretches_.size(); ++i) {
    if (stretches_[i].free.count() < request.slots) continue;
    const auto end = stretches_[i].time + duration;
    auto free = stretches_[i].free;
    if (machines != nullptr) free.keep(*machines);
    bool enough = free.count() >= request.slots;
    for (auto j = i + 1; enough && j < stretches_.size() && stretches_[j].time < end; ++j) {
      if (stretches_[j].free.count() < request.slots) {
        i = j;  // no stretch before this one can begin a window across it
        enough = false;
        break;
      }
      free.keep(stretches_[j].free);
      enough = free.count() >= request.slots;
    }
    for (const Point& point : points_)
      if (stretches_[i].time < point.time && point.time < end) free.remove(point.slots);
    if (!enough || free.count() < request.slots) continue;
    auto slots = placement.place(request, free, layout);
    if (!slots.empty()) return Place{stretches_[i].time, std::move(slots)};
  }
  return std::nullopt;
}

}  // namespace longhaul::scheduling
