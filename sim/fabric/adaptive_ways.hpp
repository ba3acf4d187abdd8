// Ways of flows that choose one after the other, as some of them get other ends.
//
// Each takes, wherever it can choose, the link that the fewest flows before it use (route_flows()
// of an adaptive router lays them in this order). A flow that now takes another link changes what
// the later ones see there, until one of them chooses otherwise for it and the counts are again
// what they were. So from a change on only places are followed where counts differ, and only flows
// are laid again that may choose otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "fabric/router.hpp"

namespace longhaul::fabric {

/// Over a tree, of whose links no others are counted. The router must outlive it, and no links may
/// die. A copy goes on by itself.
class AdaptiveWays {
 public:
  using FlowIndex = std::int32_t;
  using Laid = std::function<void(FlowIndex flow, std::span<const LinkIndex> links)>;

  /// Flows 0 .. n_flows-1 choose in this order, each once it has ends.
  AdaptiveWays(const Router& router, std::size_t n_flows);

  void set(FlowIndex flow, const Flow& ends);
  /// Lays all that were set, and those of the others that choose otherwise for it; `laid` is called
  /// with the way of each, once. Throws NoPath when no path is left; there is no going on then.
  void settle(const Laid& laid);

 private:
  /// A flow that has chosen at a place.
  struct Entry {
    FlowIndex flow;
    LinkIndex link;      // -1: none, as that came to nothing
    std::int32_t first;  // of the links: where the choice begins; -1: not chosen for its use
  };
  struct Difference {
    LinkIndex link;
    std::int32_t more;  // flows than when last settled, among those up to now
  };
  struct Place {
    std::vector<Entry> entries;  // ascending in flow
    // While flows are laid: which entry comes next, and how the counts of those before differ.
    std::int64_t next = -1;
    std::vector<Difference> differences;
    bool is_queued = false;
  };
  struct Asked {
    std::int32_t place, first;
    LinkIndex chosen;
  };
  /// What is to be done, by flow: it is laid, or (place >= 0) asked whether it chooses otherwise.
  using Turn = std::pair<FlowIndex, std::int32_t>;
  class Search;

  static std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }
  Place& follow(std::int32_t place, FlowIndex flow);
  static void differ(Place& place, LinkIndex link, std::int32_t more);
  bool may_choose_otherwise(const Place& place, FlowIndex flow) const;
  bool is_before(const Entry& entry, LinkIndex link) const;
  void queue_next(std::int32_t place, FlowIndex flow);
  void lay(FlowIndex flow);
  void take_back(FlowIndex flow);
  void enter(std::int32_t place, const Entry& entry);
  void rest();

  const Router* router_;
  std::shared_ptr<const LinkChoices> choices_;
  std::vector<Flow> ends_;                         // by flow
  std::vector<std::vector<std::int32_t>> places_;  // by flow: where it has chosen
  std::vector<Place> at_;                          // by place
  LinkUse use_;                        // of links at places that are followed, by the flows before
  std::vector<FlowIndex> set_;         // to be laid
  std::vector<std::int32_t> follows_;  // places that are followed
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
  // Of the flow that was laid last: its way, where it was asked, and where it chose before.
  std::vector<LinkIndex> links_;
  std::vector<Asked> asked_;
  std::vector<std::int32_t> left_;
};

}  // namespace longhaul::fabric
