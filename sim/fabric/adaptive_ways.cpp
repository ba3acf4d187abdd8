#include "fabric/adaptive_ways.hpp"

#include <algorithm>

namespace longhaul::fabric {

/// Sees to it that counts are right where they are looked up, and remembers where that was.
class AdaptiveWays::Search : public ChoiceListener {
 public:
  Search(AdaptiveWays& ways, FlowIndex flow) : ways_(ways), flow_(flow) { ways_.asked_.clear(); }

  void chooses(LinkIndex link, std::size_t first) override {
    const auto place = ways_.choices_->place[at(link)];
    if (place < 0) return;
    ways_.follow(place, flow_);
    const auto known = std::ranges::find(ways_.asked_, place, &Asked::place);
    if (known == ways_.asked_.end())
      ways_.asked_.push_back({place, static_cast<std::int32_t>(first), -1});
    else
      known->first = -1;  // which of the two is not told apart
  }

  void chose(LinkIndex link) override {
    const auto asked =
        std::ranges::find(ways_.asked_, ways_.choices_->place[at(link)], &Asked::place);
    if (asked != ways_.asked_.end()) asked->chosen = link;
  }

 private:
  AdaptiveWays& ways_;
  FlowIndex flow_;
};

AdaptiveWays::AdaptiveWays(const Router& router, std::size_t n_flows)
    : router_(&router),
      choices_(std::make_shared<const LinkChoices>(router.choices())),
      ends_(n_flows),
      places_(n_flows),
      at_(choices_->size.size()),
      use_(router.fabric().links.size(), 0) {}

void AdaptiveWays::set(FlowIndex flow, const Flow& ends) {
  ends_[at(flow)] = ends;
  set_.push_back(flow);
}

void AdaptiveWays::settle(const Laid& laid) {
  for (const auto flow : set_) turns_.emplace(flow, -1);
  set_.clear();
  FlowIndex last = -1;
  while (!turns_.empty()) {
    const auto [flow, place] = turns_.top();
    turns_.pop();
    bool lays = flow != last;
    if (place >= 0) {
      at_[at(place)].is_queued = false;
      lays = lays && may_choose_otherwise(follow(place, flow), flow);
    }
    if (lays) {
      lay(flow);
      laid(flow, links_);
      last = flow;
    }
    if (place >= 0) queue_next(place, flow);
  }
  rest();
}

/// Counts the flows before this one that have chosen at the place.
AdaptiveWays::Place& AdaptiveWays::follow(std::int32_t place, FlowIndex flow) {
  Place& it = at_[at(place)];
  if (it.next < 0) {
    it.next = 0;
    follows_.push_back(place);
  }
  for (; it.next < std::ssize(it.entries) && it.entries[at(it.next)].flow < flow; ++it.next)
    if (const auto link = it.entries[at(it.next)].link; link >= 0) ++use_[at(link)];
  return it;
}

void AdaptiveWays::differ(Place& place, LinkIndex link, std::int32_t more) {
  if (link < 0) return;
  const auto known = std::ranges::find(place.differences, link, &Difference::link);
  if (known == place.differences.end()) {
    place.differences.push_back({link, more});
    return;
  }
  known->more += more;
  if (known->more != 0) return;
  *known = place.differences.back();
  place.differences.pop_back();
}

/// Only if fewer flows use some link than did, which is now as good as that of the flow, or more
/// use the flow's.
bool AdaptiveWays::may_choose_otherwise(const Place& place, FlowIndex flow) const {
  for (auto i = at(place.next); i < place.entries.size() && place.entries[i].flow == flow; ++i) {
    const Entry& entry = place.entries[i];
    for (const auto& [link, more] : place.differences) {
      if (entry.first < 0 || (link == entry.link && more > 0)) return true;
      if (link == entry.link || more > 0) continue;
      const auto fewer = use_[at(entry.link)] - use_[at(link)];
      if (fewer > 0 || (fewer == 0 && is_before(entry, link))) return true;
    }
  }
  return false;
}

/// Whether the flow's search comes to the link before its own, as far as is known.
bool AdaptiveWays::is_before(const Entry& entry, LinkIndex link) const {
  const auto n = choices_->size[at(choices_->place[at(link)])];
  if (n == 0) return true;
  const auto turn = [&](LinkIndex of) {
    return (choices_->position[at(of)] - entry.first + n) % n;
  };
  return turn(link) < turn(entry.link);
}

/// The next flow there is asked, while counts differ.
void AdaptiveWays::queue_next(std::int32_t place, FlowIndex flow) {
  Place& it = at_[at(place)];
  if (it.is_queued || it.differences.empty()) return;
  auto i = at(it.next);
  while (i < it.entries.size() && it.entries[i].flow <= flow) ++i;
  if (i == it.entries.size()) return;
  it.is_queued = true;
  turns_.emplace(it.entries[i].flow, place);
}

/// As if it had not chosen yet.
void AdaptiveWays::take_back(FlowIndex flow) {
  for (const auto place : places_[at(flow)]) {
    Place& it = follow(place, flow);
    const auto first = it.entries.begin() + it.next;
    auto last = first;
    for (; last != it.entries.end() && last->flow == flow; ++last) differ(it, last->link, -1);
    it.entries.erase(first, last);
  }
}

void AdaptiveWays::enter(std::int32_t place, const Entry& entry) {
  Place& it = follow(place, entry.flow);
  it.entries.insert(it.entries.begin() + it.next, entry);
  differ(it, entry.link, 1);
  auto& places = places_[at(entry.flow)];
  if (std::ranges::find(places, place) == places.end()) places.push_back(place);
}

void AdaptiveWays::lay(FlowIndex flow) {
  take_back(flow);
  Search search(*this, flow);
  if (!router_->find_links(ends_[at(flow)], links_, use_, search))
    router_->route(ends_[at(flow)]);  // throws what is wrong
  auto& places = places_[at(flow)];
  left_.assign(places.begin(), places.end());
  places.clear();
  for (const auto link : links_) {
    const auto place = choices_->place[at(link)];
    if (place < 0) continue;
    const auto asked = std::ranges::find(asked_, place, &Asked::place);
    const bool is_chosen = asked != asked_.end() && asked->chosen == link;
    enter(place, {flow, link, is_chosen ? asked->first : -1});
  }
  for (const auto& asked : asked_)
    if (std::ranges::find(places, asked.place) == places.end()) enter(asked.place, {flow, -1, -1});
  for (const auto place : left_) queue_next(place, flow);
  for (const auto place : places) queue_next(place, flow);
}

/// What is known of places while flows are laid is known no more.
void AdaptiveWays::rest() {
  for (const auto place : follows_) {
    Place& it = at_[at(place)];
    for (std::int64_t i = 0; i < it.next; ++i)
      if (const auto link = it.entries[at(i)].link; link >= 0) use_[at(link)] = 0;
    it.next = -1;
    it.differences.clear();
  }
  follows_.clear();
}

}  // namespace longhaul::fabric
