#include "fabric/partition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/connected_components.hpp>
#include <map>
#include <set>

#include "fabric/router_minimal.hpp"

namespace longhaul::fabric {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// The networks that a GPU enters, and the scale-up domain that it can leave for those of others.
struct Reach {
  std::vector<std::set<int>> networks;  // of a GPU, or of its whole node where GPUs forward
  std::vector<std::set<int>> domains;   // scale-up switches
  std::int64_t from(VertexIndex gpu, std::vector<char>& reached) const {
    std::int64_t n = 0;
    reached.assign(networks.size(), 0);
    const auto meet = [](const std::set<int>& a, const std::set<int>& b) {
      return std::ranges::any_of(a, [&](int x) { return b.contains(x); });
    };
    for (std::size_t other = 0; other < networks.size(); ++other) {
      const bool meets = at(gpu) == other || meet(networks[at(gpu)], networks[other]) ||
                         meet(domains[at(gpu)], domains[other]);
      reached[other] = static_cast<char>(meets);
      n += static_cast<std::int64_t>(meets);
    }
    return n;
  }
};

Reach find_reach(const Fabric& fabric, const std::vector<char>& cable_alive) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;
  Graph graph(fabric.vertices.size());
  const std::vector<char> passes = passing_vertices(fabric);
  for (std::size_t cable = 0; cable < cable_alive.size(); ++cable) {
    const Link& link = fabric.links[2 * cable];
    if (cable_alive[cable] != 0 && passes[at(link.src)] != 0 && passes[at(link.dst)] != 0)
      boost::add_edge(at(link.src), at(link.dst), graph);
  }
  std::vector<int> component(fabric.vertices.size());
  boost::connected_components(graph, component.data());

  Reach reach;
  reach.networks.resize(fabric.places.size());
  reach.domains.resize(fabric.places.size());
  for (VertexIndex gpu = 0; gpu < fabric.n_gpus(); ++gpu)
    if (passes[at(gpu)] != 0) reach.networks[at(gpu)].insert(component[at(gpu)]);
  for (std::size_t cable = 0; cable < cable_alive.size(); ++cable) {
    const Link& link = fabric.links[2 * cable];
    for (const auto& [gpu, other] :
         {std::pair(link.src, link.dst), std::pair(link.dst, link.src)}) {
      if (cable_alive[cable] == 0 || fabric.vertices[at(gpu)].kind != VertexKind::Gpu) continue;
      if (link.kind == LinkKind::ScaleUp)
        reach.domains[at(gpu)].insert(other);
      else if (passes[at(other)] != 0)
        reach.networks[at(gpu)].insert(component[at(other)]);
    }
  }
  if (!fabric.gpus_forward) return reach;
  std::vector<std::set<int>> of_domain(fabric.vertices.size());
  for (std::size_t gpu = 0; gpu < reach.networks.size(); ++gpu)
    for (const int domain : reach.domains[gpu])
      of_domain[at(domain)].insert(reach.networks[gpu].begin(), reach.networks[gpu].end());
  for (std::size_t gpu = 0; gpu < reach.networks.size(); ++gpu)
    for (const int domain : reach.domains[gpu])
      reach.networks[gpu].insert(of_domain[at(domain)].begin(), of_domain[at(domain)].end());
  return reach;
}

/// Whom the one of these GPUs reaches that reaches most.
std::vector<char> largest_part(const Reach& reach, const std::vector<VertexIndex>& gpus) {
  std::vector<char> reached, best;
  std::int64_t most = -1;
  std::set<std::pair<std::set<int>, std::set<int>>> seen;  // GPUs alike reach alike
  for (const VertexIndex gpu : gpus) {
    if (!seen.emplace(reach.networks[at(gpu)], reach.domains[at(gpu)]).second) continue;
    const std::int64_t n = reach.from(gpu, reached);
    if (n <= most) continue;
    most = n;
    best = reached;
  }
  return best;
}

/// What is down: vertices by name, links by number.
std::string what_is_down(const Router& router) {
  const Fabric& fabric = router.fabric();
  std::vector<std::string> parts;
  std::int64_t more = 0;
  for (VertexIndex v = 0; v < std::ssize(fabric.vertices); ++v) {
    if (router.is_vertex_alive(v)) continue;
    constexpr std::size_t most_names = 4;
    if (parts.size() < most_names)
      parts.push_back(vertex_name(fabric, v));
    else
      ++more;
  }
  if (more > 0) parts.push_back(fmt::format("{} more", more));
  const std::int64_t links = router.n_links_down();
  if (links > 0) parts.push_back(fmt::format("{} link{}", links, links > 1 ? "s" : ""));
  if (parts.empty()) return "nothing";
  std::string text = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i)
    text += (i + 1 == parts.size() ? " and " : ", ") + parts[i];
  return text;
}

}  // namespace

Partition cut_off(const Router& router) {
  const Fabric& fabric = router.fabric();
  std::vector<char> alive(fabric.links.size() / 2);
  for (std::size_t cable = 0; cable < alive.size(); ++cable) {
    const auto link = static_cast<LinkIndex>(2 * cable);
    alive[cable] = static_cast<char>(router.is_alive(link) && router.is_alive(reverse(link)));
  }
  const Reach now = find_reach(fabric, alive);
  const Reach healthy = find_reach(fabric, std::vector<char>(alive.size(), 1));
  std::map<std::set<int>, std::vector<VertexIndex>> groups;
  for (VertexIndex gpu = 0; gpu < fabric.n_gpus(); ++gpu)
    groups[healthy.networks[at(gpu)]].push_back(gpu);
  std::vector<char> is_cut(fabric.places.size(), 0);
  for (const auto& [networks, gpus] : groups) {
    const std::vector<char> largest = largest_part(now, gpus);
    for (const VertexIndex gpu : gpus) is_cut[at(gpu)] = static_cast<char>(largest[at(gpu)] == 0);
  }

  Partition partition;
  std::string intervals;
  for (std::int64_t gpu = 0; gpu < fabric.n_gpus(); ++gpu) {
    if (is_cut[at(gpu)] == 0) continue;
    ++partition.n_gpus;
    if (!partition.gpus.empty() && partition.gpus.back().second == gpu - 1)
      partition.gpus.back().second = gpu;
    else
      partition.gpus.emplace_back(gpu, gpu);
  }
  for (const auto& [first, last] : partition.gpus)
    intervals +=
        fmt::format("{}{}", intervals.empty() ? ": " : ", ",
                    first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last));
  partition.text = fmt::format("{} down cuts off {} GPU{}{}", what_is_down(router),
                               partition.n_gpus == 0 ? "no" : fmt::format("{}", partition.n_gpus),
                               partition.n_gpus > 1 ? "s" : "", intervals);
  return partition;
}

}  // namespace longhaul::fabric
