#include "fabric/graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace longhaul::fabric {

const char* kind_name(VertexKind kind) {
  switch (kind) {
    case VertexKind::Gpu:
      return "gpu";
    case VertexKind::ScaleUpSwitch:
      return "scale-up switch";
    case VertexKind::LeafSwitch:
      return "leaf switch";
    case VertexKind::AggregationSwitch:
      return "aggregation switch";
    case VertexKind::CoreSwitch:
      return "core switch";
    case VertexKind::Router:
      return "router";
    case VertexKind::LineSwitch:
      return "line switch";
    case VertexKind::GatewaySwitch:
      return "gateway switch";
    case VertexKind::CampusSwitch:
      return "campus switch";
    case VertexKind::WanLine:
      return "WAN line";
    case VertexKind::Internet:
      return "internet";
    case VertexKind::StorageGateway:
      return "storage gateway";
    case VertexKind::Storage:
      return "storage";
  }
  return "vertex";
}

const char* kind_name(LinkKind kind) {
  switch (kind) {
    case LinkKind::ScaleUp:
      return "scale-up";
    case LinkKind::Nic:
      return "nic";
    case LinkKind::SwitchToSwitch:
      return "switch to switch";
    case LinkKind::Storage:
      return "storage";
    case LinkKind::Campus:
      return "campus";
    case LinkKind::Wan:
      return "wan";
    case LinkKind::Access:
      return "access";
  }
  return "link";
}

VertexIndex Fabric::add_vertex(VertexKind kind, int level) {
  if (kind == VertexKind::Gpu) {
    if (std::ssize(vertices) != n_gpus())
      throw std::logic_error("the GPUs of a fabric must be added before everything else");
    places.emplace_back();
  }
  // Vertices of a kind are added one after the other, so the last of the kind is near the end.
  const auto last = std::find_if(vertices.rbegin(), vertices.rend(),
                                 [kind](const Vertex& v) { return v.kind == kind; });
  const std::int32_t ordinal = last == vertices.rend() ? 0 : last->ordinal + 1;
  vertices.push_back({kind, static_cast<std::int8_t>(level), ordinal});
  return static_cast<VertexIndex>(vertices.size() - 1);
}

LinkIndex Fabric::add_cable(const Link& link) {
  links.push_back(link);
  links.push_back(link);
  std::swap(links.back().src, links.back().dst);
  return static_cast<LinkIndex>(links.size() - 2);
}

std::int64_t Fabric::count(VertexKind kind) const {
  return std::ranges::count(vertices, kind, &Vertex::kind);
}

std::int64_t Fabric::count(LinkKind kind) const {
  return std::ranges::count(links, kind, &Link::kind);
}

VertexIndex Fabric::vertex(VertexKind kind, std::int64_t ordinal) const {
  const auto found = std::ranges::find_if(
      vertices, [=](const Vertex& v) { return v.kind == kind && v.ordinal == ordinal; });
  if (found == vertices.end())
    throw std::out_of_range(fmt::format("this fabric has no {} {}", kind_name(kind), ordinal));
  return static_cast<VertexIndex>(found - vertices.begin());
}

bool is_switch(VertexKind kind) {
  switch (kind) {
    case VertexKind::LeafSwitch:
    case VertexKind::AggregationSwitch:
    case VertexKind::CoreSwitch:
    case VertexKind::Router:
    case VertexKind::LineSwitch:
    case VertexKind::GatewaySwitch:
    case VertexKind::CampusSwitch:
      return true;
    default:
      return false;
  }
}

std::vector<char> gpus_that_route(const Fabric& fabric) {
  std::vector<char> route(fabric.places.size(), 0);
  const auto n = static_cast<VertexIndex>(fabric.n_gpus());
  for (const Link& link : fabric.links) {
    if (!in_network(link.kind) || link.src >= n) continue;
    const bool own_line = link.kind == LinkKind::Nic || link.kind == LinkKind::Access;
    if (!own_line || link.dst < n ||
        fabric.vertices[static_cast<std::size_t>(link.dst)].kind == VertexKind::LineSwitch)
      route[static_cast<std::size_t>(link.src)] = 1;
  }
  return route;
}

LinksOut::LinksOut(const Fabric& fabric)
    : begin_(fabric.vertices.size() + 1, 0), links_(fabric.links.size()) {
  for (const Link& link : fabric.links) ++begin_[static_cast<std::size_t>(link.src) + 1];
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  std::vector<std::size_t> fill(begin_.begin(), begin_.end() - 1);
  for (std::size_t i = 0; i < links_.size(); ++i)
    links_[fill[static_cast<std::size_t>(fabric.links[i].src)]++] = static_cast<LinkIndex>(i);
}

NodeGroups node_groups(const Fabric& fabric) {
  NodeGroups groups;
  if (fabric.places.empty()) return groups;
  const Place& first = fabric.places.front();
  const std::int64_t per_node =
      first.node < 0 ? 1 : std::ranges::count(fabric.places, first.node, &Place::node);
  groups.nodes = (fabric.n_gpus() - fabric.n_standing_by()) / per_node;
  std::int64_t under_leaf = 0;
  std::int64_t in_pod = 0;
  for (std::size_t gpu = 0; gpu < fabric.places.size(); gpu += static_cast<std::size_t>(per_node)) {
    under_leaf += static_cast<std::int64_t>(fabric.places[gpu].leaf == first.leaf);
    in_pod += static_cast<std::int64_t>(fabric.places[gpu].pod == first.pod);
  }
  groups.per_leaf = first.leaf < 0 ? 1 : under_leaf;
  groups.per_pod = in_pod;
  return groups;
}

double cables_of(const Fabric& fabric, const Link& link) {
  const auto sharing = link.kind == LinkKind::Nic ? static_cast<double>(fabric.gpus_per_nic) : 1.0;
  return static_cast<double>(link.cables) / sharing;
}

std::int64_t whole(double cables) {
  constexpr double rounding = 1e-6;  // of a sum of fractions
  return static_cast<std::int64_t>(std::ceil(cables - rounding));
}

BytesPerSecond injection_bandwidth(const Fabric& fabric, VertexIndex gpu) {
  BytesPerSecond sum{};
  for (const Link& link : fabric.links)
    if (link.src == gpu && link.kind != LinkKind::ScaleUp && link.kind != LinkKind::Storage)
      sum += link.bandwidth;
  return sum;
}

std::string vertex_name(const Fabric& fabric, VertexIndex index) {
  const Vertex& vertex = fabric.vertices.at(static_cast<std::size_t>(index));
  std::string name = fmt::format("{} {}", kind_name(vertex.kind), vertex.ordinal);
  if (vertex.kind != VertexKind::Gpu) return name;
  const Place& place = fabric.places[static_cast<std::size_t>(index)];
  std::string where;
  const auto say = [&where](const char* what, std::int32_t which) {
    if (which >= 0) where += fmt::format("{}{} {}", where.empty() ? "" : ", ", what, which);
  };
  say("node", place.node);
  say("leaf", place.leaf);
  say("pod", place.pod);
  return where.empty() ? name : fmt::format("{} ({})", name, where);
}

std::string link_name(const Fabric& fabric, LinkIndex link) {
  const Link& it = fabric.links.at(static_cast<std::size_t>(link));
  return vertex_name(fabric, it.src) + " -> " + vertex_name(fabric, it.dst);
}

}  // namespace longhaul::fabric
