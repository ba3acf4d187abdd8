#include "fabric/weak_points.hpp"

#include <algorithm>

namespace longhaul::fabric {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

/// Depth-first search with low points [Hopcroft & Tarjan, CACM 16(6), 1973]. Boost's
/// articulation_points finds the vertices, but neither the bridges nor how many GPUs stand behind.
class Search {
 public:
  explicit Search(const Fabric& fabric)
      : fabric_(fabric),
        out_(fabric),
        seen_(fabric.vertices.size(), -1),
        low_(fabric.vertices.size(), 0),
        gpus_(fabric.vertices.size(), 0),
        largest_(fabric.vertices.size(), 0),
        separated_(fabric.vertices.size(), 0) {
    points_.cut_off_by_vertex.assign(fabric.vertices.size(), 0);
    points_.cut_off_by_link.assign(fabric.links.size(), 0);
  }

  WeakPoints run() {
    for (VertexIndex root = 0; root < fabric_.n_gpus(); ++root)
      if (seen_[at(root)] < 0) visit_from(root);
    return std::move(points_);
  }

 private:
  struct Frame {
    VertexIndex vertex;
    LinkIndex came_by;
    std::size_t next;
  };

  void enter(VertexIndex v, LinkIndex came_by) {
    seen_[at(v)] = low_[at(v)] = clock_++;
    gpus_[at(v)] = v < fabric_.n_gpus() ? 1 : 0;
    reached_.push_back(v);
    stack_.push_back({v, came_by, 0});
  }

  void visit_from(VertexIndex root) {
    reached_.clear();
    bridges_.clear();
    enter(root, -1);
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      const VertexIndex v = frame.vertex;
      if (const auto out = out_.of(v); frame.next < out.size()) {
        const LinkIndex link = out[frame.next++];
        const Link& it = fabric_.links[at(link)];
        const bool is_used =
            in_network(it.kind) || (it.kind == LinkKind::ScaleUp && fabric_.gpus_forward);
        if (!is_used || (frame.came_by >= 0 && link == reverse(frame.came_by))) continue;
        if (seen_[at(it.dst)] < 0)
          enter(it.dst, link);
        else
          low_[at(v)] = std::min(low_[at(v)], seen_[at(it.dst)]);
        continue;
      }
      const LinkIndex came_by = frame.came_by;
      stack_.pop_back();
      if (!stack_.empty()) leave(stack_.back().vertex, v, came_by);
    }
    const std::int64_t all = gpus_[at(root)];
    for (const VertexIndex v : reached_) {
      const std::int64_t own = v < fabric_.n_gpus() ? 1 : 0;
      const std::int64_t above = all - own - separated_[at(v)];
      points_.cut_off_by_vertex[at(v)] = all - own - std::max(above, largest_[at(v)]);
    }
    for (const auto& [link, below] : bridges_)
      points_.cut_off_by_link[at(link & ~1)] = std::min(below, all - below);
  }

  /// The subtree of `child` is finished.
  void leave(VertexIndex parent, VertexIndex child, LinkIndex came_by) {
    gpus_[at(parent)] += gpus_[at(child)];
    low_[at(parent)] = std::min(low_[at(parent)], low_[at(child)]);
    if (low_[at(child)] < seen_[at(parent)]) return;
    separated_[at(parent)] += gpus_[at(child)];
    largest_[at(parent)] = std::max(largest_[at(parent)], gpus_[at(child)]);
    if (low_[at(child)] > seen_[at(parent)] && fabric_.links[at(came_by)].cables == 1)
      bridges_.emplace_back(came_by, gpus_[at(child)]);
  }

  const Fabric& fabric_;
  LinksOut out_;
  std::vector<std::int32_t> seen_, low_;           // order of discovery
  std::vector<std::int64_t> gpus_;                 // of the subtree
  std::vector<std::int64_t> largest_, separated_;  // subtrees that hang on this vertex alone
  std::vector<VertexIndex> reached_;
  std::vector<std::pair<LinkIndex, std::int64_t>> bridges_;
  std::vector<Frame> stack_;
  std::int32_t clock_ = 0;
  WeakPoints points_;
};

}  // namespace

WeakPoints find_weak_points(const Fabric& fabric) { return Search(fabric).run(); }

}  // namespace longhaul::fabric
