#include "fabric/cut_off.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/connected_components.hpp>

namespace longhaul::fabric {
namespace {

/// The part of the network that each vertex is in.
std::vector<std::size_t> parts_of(const Router& router) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;
  const Fabric& fabric = router.fabric();
  Graph graph(fabric.vertices.size());
  for (std::size_t i = 0; i < fabric.links.size(); i += 2) {
    const Link& link = fabric.links[i];
    // Cables that carry nothing either way: what is dead one way is no way to talk.
    const auto cable = static_cast<LinkIndex>(i);
    if (!router.is_alive(cable) || !router.is_alive(reverse(cable))) continue;
    if (in_network(link.kind) || (link.kind == LinkKind::ScaleUp && fabric.gpus_forward))
      boost::add_edge(static_cast<std::size_t>(link.src), static_cast<std::size_t>(link.dst),
                      graph);
  }
  std::vector<std::size_t> part(fabric.vertices.size());
  boost::connected_components(graph, part.data());
  return part;
}

}  // namespace

std::vector<std::int64_t> nodes_cut_off(const Router& router) {
  const Fabric& fabric = router.fabric();
  const auto n = fabric.n_gpus();
  if (n == 0) return {};
  const auto first = fabric.places.front().node;
  const auto per_node = first < 0 ? 1 : std::ranges::count(fabric.places, first, &Place::node);
  const auto part = parts_of(router);
  std::vector<std::int64_t> cut;
  std::vector<std::int64_t> size(fabric.vertices.size());
  for (std::int64_t rail = 0; rail < per_node; ++rail) {
    std::ranges::fill(size, 0);
    std::size_t largest = part[static_cast<std::size_t>(rail)];
    const auto in_torus = [&](std::int64_t gpu) {
      return !fabric.stands_by(static_cast<VertexIndex>(gpu));
    };
    for (auto gpu = rail; gpu < n; gpu += per_node)
      if (in_torus(gpu)) ++size[part[static_cast<std::size_t>(gpu)]];
    for (auto gpu = rail; gpu < n; gpu += per_node)
      if (const auto own = part[static_cast<std::size_t>(gpu)]; size[own] > size[largest])
        largest = own;
    for (auto gpu = rail; gpu < n; gpu += per_node)
      if (in_torus(gpu) && part[static_cast<std::size_t>(gpu)] != largest)
        cut.push_back(gpu / per_node);
  }
  std::ranges::sort(cut);
  cut.erase(std::unique(cut.begin(), cut.end()), cut.end());
  return cut;
}

}  // namespace longhaul::fabric
