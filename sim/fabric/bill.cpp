#include "fabric/bill.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "fabric/network_rows.hpp"
#include "fabric/rewire.hpp"
#include "fabric/torus_places.hpp"

namespace longhaul::fabric {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

std::vector<std::int64_t> ports_in_use(const Fabric& fabric) {
  std::vector<double> ports(fabric.vertices.size(), 0.0);
  for (const Link& link : fabric.links)
    if (in_network(link.kind)) ports[at(link.src)] += cables_of(fabric, link);
  std::vector<std::int64_t> in_use;
  in_use.reserve(ports.size());
  for (const double n : ports) in_use.push_back(whole(n));
  return in_use;
}

std::map<VertexKind, std::int64_t> count_boxes(const Fabric& fabric, std::int64_t radix) {
  const std::vector<std::int64_t> ports = ports_in_use(fabric);
  std::map<VertexKind, std::int64_t> boxes;
  std::map<std::int64_t, std::int64_t> lines;  // ports in use -> lines with so many
  for (std::size_t v = 0; v < fabric.vertices.size(); ++v) {
    const VertexKind kind = fabric.vertices[v].kind;
    if (!is_switch(kind) || ports[v] == 0) continue;
    if (kind == VertexKind::LineSwitch && 2 * ports[v] <= radix)
      ++lines[ports[v]];
    else
      boxes[kind] += (ports[v] + radix - 1) / radix;
  }
  for (const auto& [used, n] : lines) {
    const std::int64_t a_box = radix / used;
    boxes[VertexKind::LineSwitch] += (n + a_box - 1) / a_box;
  }
  return boxes;
}

std::int64_t count_nics(const Fabric& fabric) {
  const std::vector<char> route = gpus_that_route(fabric);
  std::vector<char> has(fabric.places.size(), 0);
  for (const Link& link : fabric.links)
    if (link.src < fabric.n_gpus() &&
        (link.kind == LinkKind::Campus || (link.kind == LinkKind::Nic && route[at(link.src)] == 0)))
      has[at(link.src)] = 1;
  return whole(static_cast<double>(std::ranges::count(has, 1)) /
               static_cast<double>(fabric.gpus_per_nic));
}

/// Boxes, each switch of the torus in one of its own or, with more boards, in several.
std::int64_t count_optical_boxes(const Fabric& fabric, std::int64_t ports_of_box) {
  if (!fabric.optical.exist()) return 0;
  const std::int64_t in_use = 2 * (std::ssize(fabric.optical.gpus) / n_places(fabric.optical.size));
  return n_optical_switches(fabric) * ((in_use + ports_of_box - 1) / ports_of_box);
}

}  // namespace

Bill bill_of_materials(const Fabric& fabric, const hardware::PriceList& prices) {
  if (prices.switch_ports < 1)
    throw std::invalid_argument(fmt::format(
        "switch_ports = {}, but a switch that is priced has at least 1 port", prices.switch_ports));
  Bill bill;
  const auto add = [&bill](std::string what, std::int64_t n, const Dollars& price, Watts power) {
    if (n == 0) return;
    const auto times = static_cast<double>(n);
    bill.lines.push_back({std::move(what), n, times * price, times * power});
    bill.dollars += bill.lines.back().dollars;
    bill.watts += bill.lines.back().watts;
  };

  std::int64_t boxes = 0;
  for (const auto& [kind, n] : count_boxes(fabric, prices.switch_ports)) {
    add(fmt::format("{}, {} ports", kind_name(kind), prices.switch_ports), n, prices.switch_price,
        prices.switch_power);
    boxes += n;
  }
  if (fabric.optical.exist() && prices.optical_switch_ports < 2)
    throw std::invalid_argument(
        fmt::format("optical_switch_ports = {}, but an optical switch joins at least 2",
                    prices.optical_switch_ports));
  add(fmt::format("optical circuit switch, {} ports{}", prices.optical_switch_ports,
                  prices.optical_switch_price > dollars(0) ? "" : ", price not known"),
      count_optical_boxes(fabric, prices.optical_switch_ports), prices.optical_switch_price,
      prices.optical_switch_power);
  add("switch port", boxes * prices.switch_ports, prices.port_price, prices.port_power);

  double copper = 0.0;
  double optical = 0.0;
  double on_board = 0.0;
  double to_hosts = 0.0;
  for (std::size_t l = 0; l < fabric.links.size(); l += 2) {
    const Link& link = fabric.links[l];
    if (!in_network(link.kind) || link.kind == LinkKind::Wan || link.kind == LinkKind::Access)
      continue;
    if (optical_switch(fabric, static_cast<LinkIndex>(l)) >= 0) {
      optical += link.cables;
      continue;
    }
    const bool is_on_board = link.length.value() == 0.0;
    const bool is_free = link.kind == LinkKind::Nic && !prices.host_links;
    (is_on_board                          ? on_board
     : is_free                            ? to_hosts
     : link.length <= prices.copper_reach ? copper
                                          : optical) += cables_of(fabric, link);
  }
  add("link on a board or in a backplane", whole(on_board), dollars(0), watts(0));
  add("link to a host, not priced", whole(to_hosts), dollars(0), watts(0));
  add("copper cable", whole(copper), prices.copper_price, watts(0));
  add("optical cable", whole(optical), prices.optical_price, watts(0));
  add("transceiver", 2 * whole(optical), prices.transceiver_price, prices.transceiver_power);
  add("NIC", count_nics(fabric), prices.nic_price, prices.nic_power);
  if (fabric.n_gpus() > 0)
    bill.dollars_per_gpu = bill.dollars / static_cast<double>(fabric.n_gpus());
  return bill;
}

}  // namespace longhaul::fabric
