#include "experiment/dead_parts.hpp"

#include <stdexcept>

#include "fabric/cut_off.hpp"

namespace longhaul::experiment {

using operations::Strikes;

DeadParts::DeadParts(BuiltPlatform& platform) : platform_(platform) {
  const auto& fabric = platform_.fabric();
  for (std::size_t v = 0; v < fabric.vertices.size(); ++v)
    if (is_switch(fabric.vertices[v].kind))
      switches_.push_back(static_cast<fabric::VertexIndex>(v));
  for (std::size_t i = 0; i < fabric.links.size(); i += 2)
    if (in_network(fabric.links[i].kind)) cables_.push_back(static_cast<fabric::LinkIndex>(i));
}

std::vector<std::int64_t> DeadParts::set_alive(Strikes what, std::int64_t index, bool alive) {
  if (what != Strikes::Switch && what != Strikes::Link)
    throw std::invalid_argument("only switches and links of a fabric die by themselves");
  if (index < 0 || index >= (what == Strikes::Switch ? n_switches() : n_cables())) return {};
  set_part(what == Strikes::Switch ? index : n_switches() + index, alive);
  return nodes_cut_off(platform_.router());
}

void DeadParts::become(const std::set<std::int64_t>& parts) {
  const auto before = parts_;
  for (const auto part : before)
    if (!parts.contains(part)) set_part(part, true);
  for (const auto part : parts)
    if (!before.contains(part)) set_part(part, false);
}

void DeadParts::set_part(std::int64_t part, bool alive) {
  auto* zone = platform_.zone();
  auto& router = platform_.router();
  if (part < n_switches()) {
    const auto vertex = switches_[static_cast<std::size_t>(part)];
    if (zone)
      zone->set_vertex_alive(vertex, alive);
    else
      router.set_vertex_alive(vertex, alive);
  } else {
    const auto cable = cables_[static_cast<std::size_t>(part - n_switches())];
    for (const auto link : {cable, fabric::reverse(cable)})
      if (zone)
        zone->set_alive(link, alive);
      else
        router.set_alive(link, alive);
  }
  if (alive)
    parts_.erase(part);
  else
    parts_.insert(part);
}

}  // namespace longhaul::experiment
