// The nodes nearest to each other by network distance: around each of some nodes the nearest that
// suffice, and of these sets the one with the least sum of distances to its centre.
#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "scheduling/placements/all.hpp"
#include "scheduling/placements/by_node.hpp"

namespace longhaul::scheduling {

namespace {

/// Centres tried; the cost of a placement is this times the nodes that have room.
constexpr std::size_t most_centres = 16;

double distance(const Layout& layout, std::int64_t a, std::int64_t b) {
  if (layout.distance) return layout.distance(a, b);
  if (a == b) return 0;
  if (a / layout.nodes_per_leaf == b / layout.nodes_per_leaf) return 1;
  return a / layout.nodes_per_pod == b / layout.nodes_per_pod ? 2 : 3;
}

class Nearest final : public Placement {
 public:
  Slots place(const Request& request, const SlotSet& free, const Layout& layout) const override {
    const auto nodes = candidates(request, free, layout);
    const auto stride = std::max<std::size_t>(1, nodes.size() / most_centres);
    Slots best;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t centre = 0; centre < nodes.size(); centre += stride) {
      std::vector<std::pair<double, FreeNode>> around;
      around.reserve(nodes.size());
      for (const auto& node : nodes)
        around.emplace_back(distance(layout, nodes[centre].node, node.node), node);
      // Each of them gives a slot at least; those as far away stay in their order.
      const auto needed = std::min<std::int64_t>(std::ssize(around), request.slots);
      std::partial_sort(
          around.begin(), around.begin() + needed, around.end(), [](const auto& a, const auto& b) {
            return std::pair(a.first, a.second.node) < std::pair(b.first, b.second.node);
          });
      std::vector<FreeNode> order;
      double sum = 0;
      auto left = request.slots;
      for (const auto& [far, node] : around) {
        if (left <= 0) break;
        const auto here = request.per_node > 0 ? request.per_node : std::min(left, node.free);
        sum += far * static_cast<double>(here);
        left -= here;
        order.push_back(node);
      }
      if (left > 0) return {};
      if (sum < least) {
        least = sum;
        best = fill(request, order, free, layout);
      }
    }
    return best;
  }
};

}  // namespace

std::unique_ptr<Placement> make_nearest() { return std::make_unique<Nearest>(); }

}  // namespace longhaul::scheduling
