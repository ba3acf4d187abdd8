#include "fabric/node_distances.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "fabric/router_minimal.hpp"

namespace longhaul::fabric {
namespace {

constexpr std::size_t most_table_bytes = std::size_t{64} << 20U;

std::size_t at(VertexIndex v) { return static_cast<std::size_t>(v); }

}  // namespace

NodeDistances::NodeDistances(Fabric fabric, std::int64_t gpus_per_node)
    : fabric_(std::move(fabric)), out_(fabric_), passes_(passing_vertices(fabric_)) {
  lay_sites(gpus_per_node);
}

void NodeDistances::lay_sites(std::int64_t gpus_per_node) {
  const auto n_nodes = (fabric_.n_gpus() - fabric_.n_standing_by()) / gpus_per_node;
  std::map<std::vector<VertexIndex>, std::size_t> known;  // by entries
  for (std::int64_t node = 0; node < n_nodes; ++node) {
    Site site;
    bool routes = false;
    for (std::int64_t i = 0; i < gpus_per_node; ++i) {
      const auto gpu = fabric_.gpu_at(node * gpus_per_node + i);
      site.gpus.push_back(gpu);
      routes = routes || passes_[at(gpu)] != 0;
      for (const auto link : out_.of(gpu))
        if (in_network(fabric_.links[at(link)].kind))
          site.entries.push_back(fabric_.links[at(link)].dst);
    }
    std::sort(site.entries.begin(), site.entries.end());
    site.entries.erase(std::unique(site.entries.begin(), site.entries.end()), site.entries.end());
    // Others pass through a node that routes, so no other is where it is.
    const auto like = routes ? known.end() : known.find(site.entries);
    site_.push_back(like == known.end() ? sites_.size() : like->second);
    if (like != known.end()) continue;
    if (!routes) known.emplace(site.entries, sites_.size());
    sites_.push_back(std::move(site));
  }
}

std::uint16_t NodeDistances::between(std::int64_t a, std::int64_t b) {
  if (a == b) return 0;
  const auto from_site = site_[static_cast<std::size_t>(a)];
  const auto to_site = site_[static_cast<std::size_t>(b)];
  if (from_site != to_site) return from(from_site)[to_site];
  return sites_[to_site].entries.empty() ? far : 2;
}

const std::vector<std::uint16_t>& NodeDistances::from(std::size_t site) {
  const auto known = tables_.find(site);
  if (known != tables_.end()) return known->second;
  const auto bytes = sites_.size() * sizeof(std::uint16_t);
  if (!oldest_.empty() && (tables_.size() + 1) * bytes > most_table_bytes) {
    tables_.erase(oldest_.front());
    oldest_.pop_front();
  }
  oldest_.push_back(site);
  return tables_.emplace(site, measure(sites_[site])).first->second;
}

/// Breadth first, out of no island where traffic `stays`.
void NodeDistances::search(const Site& site, bool stays,
                           std::vector<std::uint16_t>& distances) const {
  std::vector<VertexIndex> reached = site.gpus;
  for (const auto gpu : reached) distances[at(gpu)] = 0;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const auto here = distances[at(reached[i])];
    if (here > 0 && passes_[at(reached[i])] == 0) continue;
    for (const auto link : out_.of(reached[i])) {
      const Link& way = fabric_.links[at(link)];
      if (!in_network(way.kind) || distances[at(way.dst)] != far) continue;
      if (stays && fabric_.islands[at(way.dst)] < 0) continue;
      distances[at(way.dst)] = static_cast<std::uint16_t>(std::min<int>(here + 1, far - 1));
      reached.push_back(way.dst);
    }
  }
}

std::vector<std::uint16_t> NodeDistances::measure(const Site& site) const {
  std::vector<std::uint16_t> distances(fabric_.vertices.size(), far);
  search(site, false, distances);
  if (!fabric_.islands.empty()) {
    std::vector<std::uint16_t> within(fabric_.vertices.size(), far);
    search(site, true, within);
    for (VertexIndex gpu = 0; gpu < fabric_.n_gpus(); ++gpu)
      if (within[at(gpu)] != far) distances[at(gpu)] = within[at(gpu)];
  }
  std::vector<std::uint16_t> to_sites;
  to_sites.reserve(sites_.size());
  for (const auto& other : sites_) {
    auto least = far;
    for (const auto gpu : other.gpus) least = std::min(least, distances[at(gpu)]);
    to_sites.push_back(least);
  }
  return to_sites;
}

}  // namespace longhaul::fabric
