#include "scheduling/placement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "scheduling/placements/all.hpp"

namespace longhaul::scheduling {

namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Placement> (*make)();
};

constexpr std::array<Entry, 6> entries = {{{"lowest", make_lowest},
                                           {"packed", make_packed},
                                           {"spread", make_spread},
                                           {"pod", make_pod_aligned},
                                           {"rail", make_rail_aligned},
                                           {"nearest", make_nearest}}};

}  // namespace

std::vector<std::string_view> placement_names() {
  std::vector<std::string_view> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  return names;
}

std::unique_ptr<Placement> make_placement(std::string_view name) {
  for (const auto& entry : entries)
    if (entry.name == name) return entry.make();
  throw std::invalid_argument(fmt::format("there is no placement '{}'; known are {}", name,
                                          fmt::join(placement_names(), ", ")));
}

bool fits(const Request& request, const SlotSet& free, const Layout& layout) {
  if (request.slots > free.count()) return false;
  if (request.per_node == 0) return true;
  if (request.per_node > layout.slots_per_node) return false;
  if (layout.slots_per_node == 1) return true;
  auto left = request.slots / request.per_node;
  for (std::int64_t node = 0; node < layout.nodes && left > 0; ++node)
    if (free.count_in(layout.slots_of(node)) >= request.per_node) --left;
  return left == 0;
}

}  // namespace longhaul::scheduling
