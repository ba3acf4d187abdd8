#include "fabric/topologies/dragonfly.hpp"

#include <fmt/format.h>

#include <map>
#include <stdexcept>
#include <utility>

namespace longhaul::fabric {
namespace {

std::int64_t groups_of(const Dragonfly& p) {
  return p.groups == 0 ? p.routers * p.global_ports + 1 : p.groups;
}

/// Between any two groups.
std::int64_t cables_of(const Dragonfly& p) {
  if (groups_of(p) == 1) return 0;
  return p.cables == 0 ? p.routers * p.global_ports / (groups_of(p) - 1) : p.cables;
}

/// Global cables by the routers they join, lower group first.
std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> global_bundles(const Dragonfly& p) {
  const std::int64_t others = groups_of(p) - 1;
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> bundles;
  for (std::int64_t low = 0; low < others; ++low)
    for (std::int64_t high = low + 1; high <= others; ++high)
      for (std::int64_t cable = 0; cable < cables_of(p); ++cable) {
        const std::int64_t at_low = cable * others + high - 1;  // ports of the two groups
        const std::int64_t at_high = cable * others + low;
        ++bundles[{low * p.routers + at_low / p.global_ports,
                   high * p.routers + at_high / p.global_ports}];
      }
  return bundles;
}

}  // namespace

Dragonfly balanced(Dragonfly p) {
  if (p.global_ports == 0) p.global_ports = p.gpus_per_router;
  if (p.global_ports == 0) p.global_ports = p.routers == 0 ? 4 : (p.routers + 1) / 2;
  if (p.gpus_per_router == 0) p.gpus_per_router = p.global_ports;
  if (p.routers == 0) p.routers = 2 * p.global_ports;
  return p;
}

void validate(const Dragonfly& given) {
  at_least("routers", given.routers, 0);
  at_least("gpus_per_router", given.gpus_per_router, 0);
  at_least("global_ports", given.global_ports, 0);
  at_least("groups", given.groups, 0);
  at_least("cables", given.cables, 0);
  const Dragonfly p = balanced(given);
  const auto a = static_cast<double>(p.routers);
  const auto ports = a * static_cast<double>(p.global_ports);  // of a group
  const double groups = p.groups == 0 ? ports + 1 : static_cast<double>(p.groups);
  const double gpus = a * groups * static_cast<double>(p.gpus_per_router);
  check_links(gpus, 2.0 * gpus + groups * a * (a - 1.0) + groups * ports);
  const std::int64_t others = groups_of(p) - 1;
  const std::int64_t global_ports = p.routers * p.global_ports;
  if (others > global_ports)
    throw std::invalid_argument(fmt::format(
        "groups = {}, but the {} x {} global ports of a group reach {} others; take at most {}",
        groups_of(p), p.routers, p.global_ports, global_ports, global_ports + 1));
  if (others > 0 && p.cables > global_ports / others)
    throw std::invalid_argument(
        fmt::format("cables = {}, but a group has {} global ports for {} others; take at most {}",
                    p.cables, global_ports, others, global_ports / others));
  at_least("local_cable", p.local_cable.value(), 0.0);
  at_least("global_cable", p.global_cable.value(), 0.0);
}

std::int64_t endpoints(const Dragonfly& given) {
  const Dragonfly p = balanced(given);
  return groups_of(p) * p.routers * p.gpus_per_router;
}

std::int64_t endpoints_per_leaf(const Dragonfly& p) { return balanced(p).gpus_per_router; }

void lay(const Dragonfly& given, Builder& builder, std::span<const VertexIndex> gpus) {
  const Dragonfly p = balanced(given);
  builder.set_structure(Structure::Any);
  const std::int64_t n_routers = groups_of(p) * p.routers;
  const VertexIndex first = builder.add(VertexKind::Router, 1, n_routers);
  const auto router = [first](std::int64_t i) { return static_cast<VertexIndex>(first + i); };
  for (std::int64_t i = 0; i < std::ssize(gpus); ++i) {
    const std::int64_t at = i / p.gpus_per_router;
    builder.plug(gpus[static_cast<std::size_t>(i)], router(at));
    builder.stand(gpus[static_cast<std::size_t>(i)], router(at), at / p.routers);
  }
  for (std::int64_t from = 0; from < n_routers; ++from)
    for (std::int64_t to = from + 1; to < (from / p.routers + 1) * p.routers; ++to)
      builder.join(router(from), router(to), 1, builder.port(), p.local_cable);
  for (const auto& [ends, cables] : global_bundles(p))
    builder.join(router(ends.first), router(ends.second), cables, builder.port(), p.global_cable);
  // Of an odd number of groups the middle one is split, with its ports to the lower groups below.
  const std::int64_t n = std::ssize(gpus);
  builder.cut("groups", gpus, [n](std::int64_t i) { return 2 * i >= n - n % 2; });
}

}  // namespace longhaul::fabric
