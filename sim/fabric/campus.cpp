#include "fabric/campus.hpp"

#include <algorithm>
#include <cmath>

namespace longhaul::fabric {
namespace {

// Levels above those of any network.
constexpr int gateway_level = 19;
constexpr int campus_level = 20;
constexpr int wan_level = 21;

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

/// Of each of `n` that join a building to what is above it.
BytesPerSecond bandwidth_out(const Sites& s, const Builder& builder, std::int64_t gpus_per_building,
                             std::int64_t n) {
  return static_cast<double>(gpus_per_building) * builder.parts().nic_bandwidth / s.building_taper /
         static_cast<double>(n);
}

}  // namespace

void validate(const Sites& s) {
  at_least("sites", s.sites, 1);
  at_least("buildings", s.buildings, 1);
  at_least("campus_switches", s.campus_switches, 1);
  at_least("building_taper", s.building_taper, 1.0);
  at_least("building_cable", s.building_cable.value(), 0.0);
  at_least("distance", s.distance.value(), 0.0);
}

std::vector<VertexIndex> mark_island(Fabric& fabric, std::span<const VertexIndex> gpus,
                                     VertexIndex first, std::int32_t island) {
  auto& islands = fabric.islands;
  islands.resize(fabric.vertices.size(), -1);
  const bool is_first_plane = islands[at(gpus[0])] < 0;
  for (const VertexIndex gpu : gpus) islands[at(gpu)] = island;
  std::vector<VertexIndex> routers;
  for (auto v = first; v < std::ssize(fabric.vertices); ++v) {
    islands[at(v)] = island;
    if (fabric.vertices[at(v)].kind == VertexKind::Router) routers.push_back(v);
  }
  if (routers.empty() && is_first_plane) routers.assign(gpus.begin(), gpus.end());
  return routers;
}

void lay_gateways(const Sites& s, Builder& builder,
                  std::vector<std::vector<VertexIndex>>& buildings,
                  std::int64_t gpus_per_building) {
  const auto n = std::ssize(buildings[0]);
  const auto most = static_cast<std::int64_t>(std::sqrt(static_cast<double>(n)));
  const std::int64_t n_gateways = std::min(s.campus_switches, most);
  const BytesPerSecond bandwidth = bandwidth_out(s, builder, gpus_per_building, n);
  const Metres cable = metres(100);  // as between the halls of a building. Assumption.
  for (auto& routers : buildings) {
    const VertexIndex first = builder.add(VertexKind::GatewaySwitch, gateway_level, n_gateways);
    for (std::int64_t i = 0; i < n; ++i)
      builder.join(routers[at(i)], static_cast<VertexIndex>(first + i * n_gateways / n), 1,
                   bandwidth, cable, LinkKind::Campus);
    routers.clear();
    for (std::int64_t i = 0; i < n_gateways; ++i)
      routers.push_back(static_cast<VertexIndex>(first + i));
  }
}

void join_buildings(const Sites& s, Builder& builder,
                    const std::vector<std::vector<VertexIndex>>& buildings,
                    std::int64_t gpus_per_building) {
  const std::int64_t n_switches =
      std::min<std::int64_t>(s.campus_switches, std::ssize(buildings[0]));
  const VertexIndex campus =
      builder.add(VertexKind::CampusSwitch, campus_level, s.sites * n_switches);
  const BytesPerSecond bandwidth =
      bandwidth_out(s, builder, gpus_per_building, std::ssize(buildings[0]));
  for (std::int64_t b = 0; b < std::ssize(buildings); ++b) {
    const auto& tops = buildings[at(b)];
    const std::int64_t first = campus + b / s.buildings * n_switches;
    for (std::int64_t t = 0; t < std::ssize(tops); ++t) {
      const VertexKind kind = builder.fabric().vertices[at(tops[at(t)])].kind;
      const std::int64_t n = kind == VertexKind::GatewaySwitch ? n_switches : 1;
      for (std::int64_t i = 0; i < n; ++i)
        builder.join(tops[at(t)], static_cast<VertexIndex>(first + (t + i) % n_switches), 1,
                     bandwidth / static_cast<double>(n), s.building_cable, LinkKind::Campus);
    }
  }
  for (std::int64_t a = 0; a < s.sites; ++a)
    for (std::int64_t b = a + 1; b < s.sites; ++b) {
      const VertexIndex line = builder.add(VertexKind::WanLine, wan_level, 1);
      for (const std::int64_t site : {a, b})
        for (std::int64_t i = 0; i < n_switches; ++i)
          builder.join(static_cast<VertexIndex>(campus + site * n_switches + i), line, 1,
                       s.wan_bandwidth / static_cast<double>(n_switches), s.distance / 2.0,
                       LinkKind::Wan);
    }
}

}  // namespace longhaul::fabric
