#include "fabric/survey_paths.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "fabric/network_rows.hpp"
#include "fabric/router_bundles.hpp"
#include "fabric/router_tree.hpp"
#include "fabric/survey_domains.hpp"
#include "fabric/survey_torus.hpp"

namespace longhaul::fabric {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

/// GPUs by their twins and all else by sides of the tree: switches whose links to any others are
/// alike and fall evenly on them carry alike and are as far from all, in sets far larger than of
/// twins. The twins themselves where there is no such tree.
Twins merge_sides(const Fabric& fabric, const Rows& rows, Twins twins) {
  if (fabric.structure != Structure::Tree) return twins;
  const auto endpoints = endpoint_numbers(fabric);
  const Sides sides = TreePaths(fabric, endpoints).sides();
  const std::vector<LinkIndex> bundles = even_bundles(fabric, sides);
  if (bundles.empty()) return twins;
  for (std::size_t link = 0; link < bundles.size(); ++link)
    if (fabric.links[link].cables != fabric.links[at(bundles[link])].cables) return twins;
  std::map<std::pair<bool, std::int32_t>, std::int32_t> number;
  std::vector<std::int32_t> set_of;
  set_of.reserve(fabric.vertices.size());
  for (VertexIndex v = 0; v < std::ssize(fabric.vertices); ++v) {
    const bool is_gpu = v < fabric.n_gpus();
    const auto next = static_cast<std::int32_t>(number.size());
    set_of.push_back(
        number.try_emplace({is_gpu, is_gpu ? twins.merged[at(v)] : sides.of[at(v)]}, next)
            .first->second);
  }
  return merge_sets(rows, set_of);
}

/// Breadth-first search from one set of GPUs after the other over the sets of twins, and loads
/// summed up backwards [Brandes, J. Math. Sociol. 25(2), 2001]. Boost's
/// brandes_betweenness_centrality weighs all pairs of vertices alike, keeps a list of predecessors
/// a vertex and knows no bundles and no twins: too much memory and time at 131,072 GPUs.
class AllToAll {
 public:
  AllToAll(const Fabric& fabric, const Rows& rows, const Domains& domains)
      : fabric_(fabric), domains_(domains) {
    const auto n = fabric.n_gpus();
    const std::vector<char> route = gpus_that_route(fabric);
    std::vector<std::uint64_t> labels(at(rows.size()), 0);
    std::map<double, std::uint64_t> weights;
    for (VertexIndex gpu = 0; gpu < n; ++gpu) {
      const std::uint64_t weight =
          weights.try_emplace(domains.weight(gpu), weights.size()).first->second;
      labels[at(gpu)] = route[at(gpu)] != 0 ? 1 + static_cast<std::uint64_t>(gpu)
                                            : 1 + static_cast<std::uint64_t>(n) + weight;
    }
    twins_ = merge_sides(fabric, rows, merge_twins(rows, labels));
    const std::size_t sets = twins_.first.size();
    // GPUs come first among the vertices, so their sets come first too.
    while (gpu_sets_ < std::ssize(twins_.first) && twins_.first[at(gpu_sets_)] < n) ++gpu_sets_;
    passes_on_.assign(sets, 1);
    for (std::int32_t s = 0; s < gpu_sets_; ++s) passes_on_[at(s)] = route[at(twins_.first[at(s)])];
    distance_.resize(sets);
    paths_.resize(sets);
    demand_.resize(sets);
    passing_.assign(domains.gpus_of_network.size(), 0);
    for (std::size_t set = 0; set < sets; ++set) {
      if (passes_on_[set] == 0) continue;
      const VertexIndex first = twins_.first[set];
      if (const std::int32_t network = domains.network[at(first)]; network >= 0)
        ++passing_[at(network)];
      if (fabric.islands.empty() || fabric.islands[at(first)] < 0) continue;
      const auto island = at(fabric.islands[at(first)]);
      if (passing_in_island_.size() <= island) passing_in_island_.resize(island + 1, 0);
      ++passing_in_island_[island];
    }
    received_.assign(twins_.rows.arcs.size(), 0.0);
    sent_.assign(twins_.rows.arcs.size(), 0.0);
    nodes_of_set_.resize(at(gpu_sets_));
    sets_of_node_.resize(domains.gpus_of_node.size());
    for (VertexIndex gpu = 0; gpu < n; ++gpu) {
      auto& of_node = sets_of_node_[at(domains.node[at(gpu)])];
      const std::int32_t set = twins_.merged[at(gpu)];
      const auto found = std::ranges::find(of_node, set, &Share::index);
      if (found != of_node.end())
        ++found->gpus;
      else
        of_node.push_back({set, 1});
    }
    for (std::int32_t node = 0; node < std::ssize(sets_of_node_); ++node)
      for (const Share& share : sets_of_node_[at(node)])
        nodes_of_set_[at(share.index)].push_back({node, share.gpus});
  }

  std::int32_t sources() const { return gpu_sets_; }

  /// What the GPUs of a set send to all others, those of their own nodes left out. To those of
  /// their island over that alone.
  void add(std::int32_t source) {
    if (!fabric_.islands.empty()) add(source, true);
    add(source, false);
  }

  double hops() const { return hops_; }  ///< of all pairs that were added
  std::int64_t diameter() const { return diameter_; }
  const Rows& rows() const { return twins_.rows; }
  const std::vector<double>& sent() const { return sent_; }

  /// Time for one byte of each pair on the fullest link [s/B].
  double seconds_per_byte() const {
    double slowest = 0.0;
    for (std::size_t i = 0; i < sent_.size(); ++i) {
      const Arc& arc = twins_.rows.arcs[i];
      slowest = std::max({slowest, received_[i] / arc.bandwidth, sent_[i] / arc.back});
    }
    return slowest;
  }

 private:
  void add(std::int32_t source, bool stays) {
    search(source, stays);
    demand_pairs(source, stays);
    accumulate(source);
  }

  /// An arc out of a set, to one that is a link further from the source.
  struct Tight {
    std::int32_t set;
    std::uint32_t arc;
  };
  struct Share {
    std::int32_t index;
    std::int64_t gpus;
  };

  void meet(std::int32_t set, std::int32_t distance, double paths) {
    if (distance_[at(set)] < 0) {
      distance_[at(set)] = distance;
      paths_[at(set)] = 0.0;
      order_.push_back(set);
    }
    paths_[at(set)] += paths;
  }

  /// Over sets that pass on, then one link further to those that do not.
  void search(std::int32_t source, bool stays) {
    const VertexIndex sender = twins_.first[at(source)];
    const auto is_out = [&](std::int32_t set) {
      return stays && !fabric_.share_island(sender, twins_.first[at(set)]);
    };
    std::ranges::fill(distance_, -1);
    order_.clear();
    tight_.clear();
    const Rows& rows = twins_.rows;
    if (passes_on_[at(source)] != 0) {
      meet(source, 0, 1.0);
    } else {
      for (const Arc& arc : rows.into(source)) meet(arc.from, 1, arc.cables);
    }
    const std::int64_t all = stays ? passing_in_island_[at(fabric_.islands[at(sender)])]
                                   : passing_[at(domains_.network[at(sender)])];
    std::size_t next = 0;
    while (next < order_.size()) {
      const std::int32_t set = order_[next++];
      const std::int32_t beyond = distance_[at(set)] + 1;
      if (std::ssize(order_) == all && beyond > distance_[at(order_.back())]) break;
      const double paths = paths_[at(set)] * twins_.count[at(set)];
      for (std::size_t i = rows.begin[at(set)]; i < rows.begin[at(set) + 1]; ++i) {
        const Arc& arc = rows.arcs[i];
        const std::int32_t there = distance_[at(arc.from)];
        if ((there >= 0 && there != beyond) || passes_on_[at(arc.from)] == 0 || is_out(arc.from))
          continue;
        meet(arc.from, beyond, paths * arc.cables);
        tight_.push_back({set, static_cast<std::uint32_t>(i)});
      }
    }
    for (std::int32_t set = 0; set < gpu_sets_; ++set)
      if (passes_on_[at(set)] == 0) arrive(set);
  }

  void arrive(std::int32_t set) {
    std::int32_t& distance = distance_[at(set)];
    for (const Arc& arc : twins_.rows.into(set)) {
      const std::int32_t by_this = distance_[at(arc.from)] + 1;
      if (by_this == 0 || (distance >= 0 && by_this > distance)) continue;
      if (by_this != distance) paths_[at(set)] = 0.0;
      distance = by_this;
      paths_[at(set)] += paths_[at(arc.from)] * twins_.count[at(arc.from)] * arc.cables;
    }
  }

  /// Fills in what each set takes from the source, a GPU of it, in its island where that `stays`
  /// there or else out of it, and counts the hops of that.
  void demand_pairs(std::int32_t source, bool stays) {
    const auto n_source = static_cast<double>(twins_.count[at(source)]);
    const VertexIndex sender = twins_.first[at(source)];
    const double weight = domains_.weight(sender);
    std::ranges::fill(demand_, 0.0);
    for (std::int32_t set = 0; set < gpu_sets_; ++set)
      demand_[at(set)] = n_source * twins_.count[at(set)];
    for (const Share& node : nodes_of_set_[at(source)])
      for (const Share& near : sets_of_node_[at(node.index)])
        demand_[at(near.index)] -= static_cast<double>(node.gpus * near.gpus);
    for (std::int32_t set = 0; set < gpu_sets_; ++set) {
      double& pairs = demand_[at(set)];
      if (pairs == 0.0) continue;
      const VertexIndex receiver = twins_.first[at(set)];
      const std::int32_t distance = distance_[at(set)];
      // Others of the sender's node forward to other networks.
      if (domains_.network[at(receiver)] != domains_.network[at(sender)] ||
          fabric_.share_island(sender, receiver) != stays) {
        pairs = 0.0;
        continue;
      }
      if (distance < 0) throw_unreachable(fabric_, sender, receiver);
      // Forwarded traffic first crosses the scale-up switch.
      hops_ += pairs * (weight * distance + (weight - 1.0) * 2.0);
      diameter_ = std::max<std::int64_t>(diameter_, distance + (weight > 1.0 ? 2 : 0));
      pairs *= weight / twins_.count[at(set)];
    }
  }

  void accumulate(std::int32_t source) {
    const Rows& rows = twins_.rows;
    for (std::int32_t set = 0; set < gpu_sets_; ++set) {
      if (passes_on_[at(set)] != 0 || demand_[at(set)] == 0.0) continue;
      const double a_path = demand_[at(set)] / paths_[at(set)];
      for (std::size_t i = rows.begin[at(set)]; i < rows.begin[at(set) + 1]; ++i) {
        const Arc& arc = rows.arcs[i];
        if (distance_[at(arc.from)] + 1 != distance_[at(set)]) continue;
        const double share = a_path * paths_[at(arc.from)] * arc.cables;
        received_[i] += share;
        demand_[at(arc.from)] += share * twins_.count[at(set)];
      }
    }
    for (std::size_t left = tight_.size(); left > 0; --left) {
      const Tight tight = tight_[left - 1];
      const Arc& arc = rows.arcs[tight.arc];
      const double share =
          demand_[at(arc.from)] / paths_[at(arc.from)] * paths_[at(tight.set)] * arc.cables;
      sent_[tight.arc] += share;
      demand_[at(tight.set)] += share * twins_.count[at(arc.from)];
    }
    if (passes_on_[at(source)] != 0) return;
    for (std::size_t i = rows.begin[at(source)]; i < rows.begin[at(source) + 1]; ++i) {
      const Arc& arc = rows.arcs[i];
      sent_[i] +=
          demand_[at(arc.from)] / paths_[at(arc.from)] * arc.cables / twins_.count[at(source)];
    }
  }

  const Fabric& fabric_;
  const Domains& domains_;
  Twins twins_;
  std::int32_t gpu_sets_ = 0;
  std::vector<char> passes_on_;
  std::vector<std::int64_t> passing_, passing_in_island_;  // sets of a network that pass on
  std::vector<std::vector<Share>> nodes_of_set_, sets_of_node_;
  // of the search from one source, by set
  std::vector<std::int32_t> distance_, order_;
  std::vector<double> paths_;   // shortest ones to one of the set
  std::vector<double> demand_;  // that ends at or passes through one of the set
  std::vector<Tight> tight_;    // in the order in which they were met
  // of all sources, by arc of a set's row: bytes of each of it to there, and, where it passes
  // nothing on, from there
  std::vector<double> sent_, received_;
  double hops_ = 0.0;
  std::int64_t diameter_ = 0;
};

/// What the scale-up links take for one byte of each pair [s/B].
double scale_up_seconds_per_byte(const Fabric& fabric, const Domains& domains) {
  double slowest = 0.0;
  const auto n = fabric.n_gpus();
  for (const Link& link : fabric.links) {
    if (link.kind != LinkKind::ScaleUp || link.src >= n) continue;
    const std::int64_t of_node = domains.gpus_of_node[at(domains.node[at(link.src)])];
    double out = static_cast<double>(of_node - 1);
    double in = out;
    if (domains.gpus_of_network.size() > 1) {
      const double here = static_cast<double>(
          domains.gpus_of_network[at(domains.network[at(link.src)])] - domains.together(link.src));
      out += static_cast<double>(n - of_node) - here;
      in += (domains.weight(link.src) - 1.0) * here;
    }
    slowest = std::max(slowest, std::max(out, in) / link.bandwidth.value());
  }
  return slowest;
}

}  // namespace

PathSurvey survey_paths(const Fabric& fabric) {
  const auto n = static_cast<double>(fabric.n_gpus());
  PathSurvey result;
  if (fabric.n_gpus() < 2) return result;
  const Rows rows = network_rows(fabric);
  const Domains domains = find_domains(fabric, rows);

  AllToAll all(fabric, rows, domains);
  double hops = 0.0;
  double slowest = 0.0;
  if (is_uniform_torus(fabric)) {
    all.add(0);
    hops = n * all.hops();
    slowest = torus_seconds_per_byte(fabric, all.rows(), all.sent());
  } else {
    for (std::int32_t source = 0; source < all.sources(); ++source) all.add(source);
    hops = all.hops();
    slowest = all.seconds_per_byte();
  }
  result.diameter_hops = all.diameter();
  for (const std::int64_t gpus : domains.gpus_of_node) {
    if (gpus < 2) continue;
    hops += 2.0 * static_cast<double>(gpus * (gpus - 1));
    result.diameter_hops = std::max<std::int64_t>(result.diameter_hops, 2);
  }
  slowest = std::max(slowest, scale_up_seconds_per_byte(fabric, domains));
  result.mean_hops = hops / (n * (n - 1.0));
  result.all_to_all_bound = bytes_per_second(n * (n - 1.0) / slowest);
  return result;
}

}  // namespace longhaul::fabric
