// Two binary trees over the same ranks, each for half of the buffer: inner ranks of one are leaves
// of the other, so that every rank sends and receives all the time.
#include <algorithm>
#include <stdexcept>
#include <vector>

#include "collectives/closed_form.hpp"
#include "collectives/schedule.hpp"

namespace longhaul::collectives {
namespace {

constexpr std::int64_t none = -1;

/// Of the tree over ranks in order, with rank 0 above all: odd ranks are leaves. none: the root's.
std::int64_t parent_in_order(std::int64_t rank, std::int64_t ranks) {
  if (rank == 0) return none;
  const std::int64_t lowest = rank & -rank;
  const std::int64_t above = (rank ^ lowest) | (lowest << 1);
  return above < ranks ? above : rank ^ lowest;
}

/// The other tree is its mirror image, or where odd ranks would stay odd moved by one.
std::int64_t parent_in_other(std::int64_t rank, std::int64_t ranks) {
  if (ranks % 2 == 0) {
    const std::int64_t parent = parent_in_order(ranks - 1 - rank, ranks);
    return parent == none ? none : ranks - 1 - parent;
  }
  const std::int64_t parent = parent_in_order((rank + ranks - 1) % ranks, ranks);
  return parent == none ? none : (parent + 1) % ranks;
}

/// A cable of one of the trees, by the rank below.
struct Edge {
  std::int64_t parent = none;
  std::int64_t child = none;
  int turn = -1;            // of even or of odd rounds
  std::int64_t first = -1;  // round of a broadcast in which it carries the first chunk
};

class TwoTrees {
 public:
  explicit TwoTrees(std::int64_t ranks) : ranks_(ranks), edges_(at(2 * ranks)) {
    for (std::int64_t rank = 0; rank < ranks; ++rank) {
      edges_[at(rank)] = {parent_in_order(rank, ranks), rank};
      edges_[at(ranks + rank)] = {parent_in_other(rank, ranks), rank};
    }
    below_.resize(at(ranks));
    for (std::size_t e = 0; e < edges_.size(); ++e)
      if (edges_[e].parent != none) below_[at(edges_[e].parent)].push_back(e);
    for (std::size_t e = 0; e < edges_.size(); ++e)
      if (edges_[e].parent != none && edges_[e].turn < 0) take_turns(e);
    for (std::size_t e = 0; e < edges_.size(); ++e) first_round(e);
  }

  const std::vector<Edge>& edges() const { return edges_; }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

  /// A rank has at most two edges above it and two below. So edges that may not go at once, as one
  /// rank would send or receive twice, hang together in lines and in rings of even length, along
  /// which turns alternate.
  void take_turns(std::size_t start) {
    std::vector<std::size_t> open{start};
    edges_[start].turn = 0;
    while (!open.empty()) {
      const std::size_t e = open.back();
      open.pop_back();
      const auto other_turn = [&](std::size_t other) {
        if (other == e || edges_[other].parent == none || edges_[other].turn >= 0) return;
        edges_[other].turn = 1 - edges_[e].turn;
        open.push_back(other);
      };
      for (const std::size_t sibling : below_[at(edges_[e].parent)]) other_turn(sibling);
      other_turn((e + at(ranks_)) % edges_.size());  // to the same rank in the other tree
    }
  }

  /// The first of its turn after the one in which its parent gets the chunk.
  std::int64_t first_round(std::size_t e) {
    Edge& edge = edges_[e];
    if (edge.parent == none) return -1;
    if (edge.first >= 0) return edge.first;
    const std::size_t of_tree = e < at(ranks_) ? 0 : at(ranks_);
    edge.first = first_round(of_tree + at(edge.parent)) + 1;
    if (edge.first % 2 != edge.turn) ++edge.first;
    return edge.first;
  }

  std::int64_t ranks_;
  std::vector<Edge> edges_;                      // of the first tree by child, then of the second
  std::vector<std::vector<std::size_t>> below_;  // by parent
};

}  // namespace

Schedule double_binary_tree_all_reduce_schedule(Bytes n, std::int64_t ranks, std::int64_t chunks) {
  if (ranks < 1) throw std::invalid_argument("a collective needs at least one rank");
  if (n.value() < 0.0)
    throw std::invalid_argument("a collective cannot move a negative number of bytes");
  if (chunks < 1) throw std::invalid_argument("a pipelined tree needs at least one chunk");
  Schedule schedule{ranks, {}};
  const Bytes size = whole_share(n, 2 * chunks);
  if (ranks == 1 || size == bytes(0)) return schedule;
  const TwoTrees trees(ranks);
  std::int64_t last = 0;
  for (const Edge& edge : trees.edges()) last = std::max(last, edge.first);
  const std::int64_t rounds = last + 2 * (chunks - 1) + 1;
  // A reduction is a broadcast backwards.
  schedule.rounds.resize(static_cast<std::size_t>(2 * rounds));
  for (const Edge& edge : trees.edges()) {
    if (edge.parent == none) continue;
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
      const std::int64_t round = edge.first + 2 * chunk;
      schedule.rounds[static_cast<std::size_t>(rounds - 1 - round)].messages.push_back(
          {edge.child, edge.parent, size});
      schedule.rounds[static_cast<std::size_t>(rounds + round)].messages.push_back(
          {edge.parent, edge.child, size});
    }
  }
  std::erase_if(schedule.rounds, [](const Round& round) { return round.messages.empty(); });
  return schedule;
}

}  // namespace longhaul::collectives
