#include "fabric/survey_domains.hpp"

#include <fmt/format.h>

namespace longhaul::fabric {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

void find_nodes(const Fabric& fabric, Domains& domains) {
  std::map<std::int32_t, std::int32_t> number_of;
  for (const Place& place : fabric.places) {
    auto number = static_cast<std::int32_t>(domains.gpus_of_node.size());
    if (place.node >= 0) number = number_of.try_emplace(place.node, number).first->second;
    if (number == std::ssize(domains.gpus_of_node)) domains.gpus_of_node.push_back(0);
    ++domains.gpus_of_node[at(number)];
    domains.node.push_back(number);
  }
}

void find_networks(const Fabric& fabric, const Rows& rows, Domains& domains) {
  domains.network.assign(at(rows.size()), -1);
  std::vector<std::int32_t> stack;
  for (VertexIndex gpu = 0; gpu < fabric.n_gpus(); ++gpu) {
    if (domains.network[at(gpu)] < 0) {
      const auto number = static_cast<std::int32_t>(domains.gpus_of_network.size());
      domains.gpus_of_network.push_back(0);
      domains.network[at(gpu)] = number;
      stack.push_back(gpu);
      while (!stack.empty()) {
        const std::int32_t v = stack.back();
        stack.pop_back();
        for (const Arc& arc : rows.into(v))
          if (std::exchange(domains.network[at(arc.from)], number) != number)
            stack.push_back(arc.from);
      }
    }
    ++domains.gpus_of_network[at(domains.network[at(gpu)])];
  }
  if (domains.gpus_of_network.size() > 1)
    for (VertexIndex gpu = 0; gpu < fabric.n_gpus(); ++gpu)
      ++domains.gpus_of_both[{domains.node[at(gpu)], domains.network[at(gpu)]}];
}

/// Every node must have a GPU on each network that it can only send into through that one.
void check_forwarding(const Fabric& fabric, const Domains& domains) {
  const auto networks = static_cast<std::int32_t>(domains.gpus_of_network.size());
  if (networks == 1) return;
  // On each network the first GPU, and the first of another node than that one's.
  std::vector<std::pair<VertexIndex, VertexIndex>> of_network(at(networks), {-1, -1});
  for (VertexIndex gpu = 0; gpu < fabric.n_gpus(); ++gpu) {
    auto& [first, second] = of_network[at(domains.network[at(gpu)])];
    if (first < 0) first = gpu;
    if (second < 0 && domains.node[at(gpu)] != domains.node[at(first)]) second = gpu;
  }
  std::vector<char> seen(domains.gpus_of_node.size(), 0);
  for (VertexIndex gpu = 0; gpu < fabric.n_gpus(); ++gpu) {
    const std::int32_t node = domains.node[at(gpu)];
    if (std::exchange(seen[at(node)], 1) != 0) continue;
    for (std::int32_t network = 0; network < networks; ++network) {
      const bool has = domains.gpus_of_both.contains({node, network});
      if (has && (fabric.gpus_forward || domains.network[at(gpu)] == network)) continue;
      const auto [first, second] = of_network[at(network)];
      const VertexIndex other = domains.node[at(first)] != node ? first : second;
      if (other >= 0) throw_unreachable(fabric, gpu, other);
    }
  }
}

}  // namespace

std::int64_t Domains::together(VertexIndex gpu) const {
  return gpus_of_both.at({node[at(gpu)], network[at(gpu)]});
}

double Domains::weight(VertexIndex gpu) const {
  if (gpus_of_network.size() == 1) return 1.0;
  return static_cast<double>(gpus_of_node[at(node[at(gpu)])]) / static_cast<double>(together(gpu));
}

Domains find_domains(const Fabric& fabric, const Rows& rows) {
  Domains domains;
  find_nodes(fabric, domains);
  find_networks(fabric, rows, domains);
  check_forwarding(fabric, domains);
  return domains;
}

void throw_unreachable(const Fabric& fabric, std::int64_t from, std::int64_t to) {
  const bool could_forward = fabric.places.front().node >= 0 && !fabric.gpus_forward;
  throw NoPath(fmt::format("{} cannot reach {}: no path of the network joins them{}",
                           vertex_name(fabric, static_cast<VertexIndex>(from)),
                           vertex_name(fabric, static_cast<VertexIndex>(to)),
                           could_forward ? "; GPUs do not forward (forwarding = false)" : ""));
}

}  // namespace longhaul::fabric
