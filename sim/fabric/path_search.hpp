// What the searches for paths of the router have in common: the flow, the state of the network, and
// the choice among equal ways on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fabric/mixed.hpp"
#include "fabric/routing.hpp"

namespace longhaul::fabric {

struct Flow {
  VertexIndex src = 0;
  VertexIndex dst = 0;
  std::uint64_t id = 0;  ///< tells flows of a pair apart where the choice is hashed
};

struct Route {
  std::vector<LinkIndex> links;
  Seconds latency;     ///< sum over the links [s]
  double share = 1.0;  ///< of the flow's bytes
};

/// How many flows use each link.
using LinkUse = std::vector<std::int32_t>;

/// Places where flows choose one of several links, by the link.
struct LinkChoices {
  std::vector<std::int32_t> place;     ///< its number, below that of all places; -1: none
  std::vector<std::int32_t> position;  ///< among the links to choose from; -1: it varies
  std::vector<std::int32_t> size;      ///< of each place: links to choose from; 0: it varies
};

/// Is told of each choice that hangs on how many flows use links.
class ChoiceListener {
 public:
  virtual ~ChoiceListener() = default;
  /// Before that is looked up. `link` is one of those to choose from; where all are used alike, the
  /// first alive of them from the `first`-th on is chosen.
  virtual void chooses(LinkIndex link, std::size_t first) = 0;
  /// The next that it chose; where that comes to nothing, others are tried without a choice.
  virtual void chose(LinkIndex link) = 0;
};

/// One search for paths from `src` to `dst`, which may be a part of a flow's way.
struct PathSearch {
  PathChoice choice = PathChoice::DestinationModulo;
  std::uint64_t hash = 0;                    ///< of seed, flow and queue pair
  const std::vector<char>* alive = nullptr;  ///< null: all links are, and none is looked up
  const LinkUse* use = nullptr;
  ChoiceListener* listener = nullptr;
  VertexIndex src = 0;
  VertexIndex dst = 0;
  /// Of the GPU's `ports`, by which the flow leaves it.
  std::size_t port = 0, ports = 1;
  bool stays = false;     ///< in the island of both ends (Fabric::islands)
  std::uint64_t key = 0;  ///< what D-mod-k takes the modulo of

  bool is_alive(LinkIndex link) const {
    return alive == nullptr || (*alive)[static_cast<std::size_t>(link)] != 0;
  }
  std::int32_t flows_on(LinkIndex link) const { return (*use)[static_cast<std::size_t>(link)]; }

  /// Ways on from a GPU are those of its ports, one after the other: those of the port at hand are
  /// the `size` from `begin` on. All where they do not come out even, as after a failure.
  struct Ways {
    std::size_t begin, size;
  };
  Ways by_port(std::size_t n) const {
    return n % ports == 0 ? Ways{port * (n / ports), n / ports} : Ways{0, n};
  }

  /// Which of `n` ways on from a vertex is tried first; way i starts with `link_of(i)`, or is none
  /// where that is -1. Equal ones of an adaptive choice: the first after D-mod-k's.
  template <class LinkOf>
  std::size_t preferred(VertexIndex vertex, std::uint64_t key_here, std::size_t n,
                        LinkOf link_of) const {
    if (choice == PathChoice::SeededHash || choice == PathChoice::Valiant)
      return mixed(hash ^ static_cast<std::uint64_t>(vertex)) % n;
    std::size_t best = key_here % n;
    if (choice != PathChoice::Adaptive && choice != PathChoice::Ugal) return best;
    for (std::size_t i = 0; listener != nullptr && i < n; ++i)
      if (const LinkIndex link = link_of(i); link >= 0) {
        listener->chooses(link, best);
        break;
      }
    std::int32_t fewest = -1;
    for (std::size_t left = n, way = best; left > 0 && fewest != 0; --left) {
      const LinkIndex link = link_of(way);
      if (link >= 0 && is_alive(link) && (fewest < 0 || flows_on(link) < fewest)) {
        fewest = flows_on(link);
        best = way;
      }
      if (++way == n) way = 0;
    }
    if (listener != nullptr && fewest >= 0) listener->chose(link_of(best));
    return best;
  }
};

/// All equal paths, one after the other. Each fork splits evenly over the ways that arrive.
class Spray {
 public:
  /// More than this many paths are not told apart: see Router.
  static constexpr std::size_t most_routes = 4096;

  explicit Spray(std::vector<Route>& routes) : routes_(routes), first_(routes.size()) {}

  bool too_many() const { return routes_.size() - first_ > most_routes; }
  bool arrive() {
    routes_.push_back({links_, {}, 1.0});
    return true;
  }
  template <class Then>
  bool follow(LinkIndex link, Then then) {
    links_.push_back(link);
    const bool arrived = then();
    links_.pop_back();
    return arrived;
  }
  template <class Then>
  bool follow(const std::vector<LinkIndex>& links, Then then) {
    links_.insert(links_.end(), links.begin(), links.end());
    const std::size_t before = links_.size() - links.size();
    const bool arrived = then();
    links_.resize(before);
    return arrived;
  }
  /// Splits over those of `n` ways for which `way(i)` arrives. Whether any does.
  template <class Way>
  bool fork(std::size_t n, Way way) {
    const std::size_t first = routes_.size();
    std::size_t open = 0;
    for (std::size_t i = 0; i < n && !too_many(); ++i) open += way(i) ? 1 : 0;
    if (open > 1)
      for (std::size_t r = first; r < routes_.size(); ++r)
        routes_[r].share /= static_cast<double>(open);
    return open > 0;
  }

 private:
  std::vector<Route>& routes_;
  std::size_t first_;
  std::vector<LinkIndex> links_;
};

}  // namespace longhaul::fabric
