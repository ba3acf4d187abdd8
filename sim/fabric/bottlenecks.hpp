// Flows that change one by one, and what the links that they share leave each of them at least.
//
// A link of bandwidth C that carries w flows has the share C/w. Max-min fairness gives no flow less
// than the least share on its way: it stops growing at a link that is full and where none gets
// more, which is C/w or more of it. So where a link has the least share on the way of all flows
// that cross it, each of them gets just that: more would be more than C. [Bertsekas & Gallager,
// Data Networks, 6.5.2, the definition of a bottleneck]
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "fabric/adaptive_ways.hpp"
#include "fabric/router.hpp"

namespace longhaul::fabric {

/// What links can carry and how long they take, of which a fabric has a few types. Far smaller than
/// the links themselves.
class LinkTypes {
 public:
  /// Of the links of the router's routes, as they are now.
  explicit LinkTypes(const Router& router);
  BytesPerSecond capacity(LinkIndex link) const { return type(link).capacity; }
  Seconds latency(LinkIndex link) const { return type(link).latency; }

 private:
  struct Type {
    BytesPerSecond capacity;
    Seconds latency;
    friend bool operator==(const Type&, const Type&) = default;
  };
  const Type& type(LinkIndex link) const { return types_[number_[static_cast<std::size_t>(link)]]; }

  std::vector<std::uint16_t> number_;  // by link
  std::vector<Type> types_;
};

/// Of flows that are numbered and belong to one of a few kinds. A change costs the links of its own
/// routes, however many flows there are; where the choice is adaptive those of the flows too that
/// choose otherwise for it. The router must outlive it; when links die, make a new one. A copy goes
/// on by itself.
class Bottlenecks {
 public:
  using FlowIndex = std::int32_t;
  /// Whether flows over such a router can be followed: not where a torus or a network without
  /// layers, or of several planes, is adaptive.
  static bool can_follow(const Router& router);

  /// Flow f is of `kinds[f]`, less than `n_kinds`, and has no way yet. `types` are those of the
  /// router's links as they are now.
  Bottlenecks(const Router& router, std::vector<std::uint8_t> kinds, std::size_t n_kinds,
              std::shared_ptr<const LinkTypes> types);

  /// Gives a flow its ends, in place of those that it had.
  void set(FlowIndex flow, const Flow& ends);
  /// Lays the ways of those that were set. To be called before the questions below. Throws NoPath
  /// when no path is left; there is no going on then.
  void settle();

  /// Flows whose latency is not what it was before they were last settled, and what it was.
  std::span<const std::pair<FlowIndex, Seconds>> slower_or_faster() const { return changed_; }
  /// Of the slowest part of its way [s].
  Seconds latency(FlowIndex flow) const { return ways_[at(flow)].latency; }
  /// The least share on the way of a flow; infinite where it crosses no link [B/s].
  BytesPerSecond least_share(FlowIndex flow) const;
  /// The least share of the links that flows of a kind cross; infinite where there is none.
  BytesPerSecond least_share_of(std::size_t kind) const;
  /// Whether flows of a kind that have its least share get just that: as no other kind has less, or
  /// none shares links with another.
  bool is_least_exact(std::size_t kind) const;
  /// Whether a link on the way of a flow is known to be the bottleneck of all flows that cross it,
  /// so that it gets just its least share. Looks at all flows.
  bool is_held_to_least(FlowIndex flow) const;

 private:
  struct Way {
    Seconds latency;
    std::uint32_t begin = 0;  // in the links of all
    std::uint32_t size = 0;
    std::uint32_t room = 0;
  };

  /// What is on a link. Small, as moves look at many far apart.
  struct Load {
    std::uint32_t n_flows : 31 = 0;
    std::uint32_t is_touched : 1 = 0;
  };
  /// A link whose flows have changed since they were last settled, and what was on it before.
  struct Touched {
    LinkIndex link;
    std::int32_t n_flows;
    double weight;
  };

  static std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }
  void find_way(const Flow& ends);
  void add_links(std::span<const LinkIndex> links, double parts);
  void take_way(FlowIndex flow);
  std::span<const LinkIndex> way(FlowIndex flow) const {
    const Way& it = ways_[at(flow)];
    return {links_.data() + it.begin, it.size};
  }
  /// Flows, or parts of them.
  double weight(LinkIndex link) const {
    return splits_ ? weights_[at(link)] : static_cast<double>(loads_[at(link)].n_flows);
  }
  double share(LinkIndex link, double weight) const {
    return types_->capacity(link).value() * n_parts_ / weight;
  }
  double share(LinkIndex link) const { return share(link, weight(link)); }
  /// Flows of each kind; empty where there is one.
  std::span<const std::int32_t> by_kind(LinkIndex link) const {
    if (n_by_kind_.empty()) return {};
    return std::span(n_by_kind_).subspan(at(link) * n_links_.size(), n_links_.size());
  }
  void put(LinkIndex link, std::uint8_t kind, double parts, int sign);
  void touch(LinkIndex link);
  void settle_touched();
  void count(double share, std::span<const std::int32_t> by_kind, int change);
  bool is_bottleneck(LinkIndex link) const;

  const Router* router_;
  std::shared_ptr<const LinkTypes> types_;
  bool splits_;     // flows over several routes
  double n_parts_;  // into which a flow splits evenly: whole numbers of them add up exactly
  std::vector<std::uint8_t> kinds_;
  std::vector<Way> ways_;  // of each flow
  // Those of ways lie one after the other, and where flows are split the parts of each that take
  // them beside them.
  std::vector<LinkIndex> links_;
  std::vector<double> parts_;
  std::vector<Load> loads_;              // by link
  std::vector<double> weights_;          // by link, where flows are split
  std::vector<std::int32_t> n_by_kind_;  // flows by link and kind, where there are several
  std::vector<Touched> touched_;
  std::vector<std::int32_t> by_kind_before_;             // of these, likewise
  std::vector<std::map<double, std::int64_t>> n_links_;  // by kind: how many have a share [B/s]
  std::int64_t n_mixed_ = 0;                             // links that several kinds cross
  std::optional<AdaptiveWays> adaptive_;
  std::vector<std::pair<FlowIndex, Flow>> set_;  // since they were last settled
  std::vector<std::pair<FlowIndex, Seconds>> changed_;
  // Whose memory is used again. Of each link its place in the new way, if that place is its own.
  std::vector<LinkIndex> new_links_, route_;
  std::vector<std::int32_t> place_;
  std::vector<double> new_parts_;
  Seconds new_latency_;
  std::vector<Route> routes_;
};

}  // namespace longhaul::fabric
