// Paths of the fewest links over any graph, and non-minimal ones by a router in between.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "fabric/path_search.hpp"

namespace longhaul::fabric {

/// Of each vertex, whether it passes traffic of others on: switches and lines but those of scale-up
/// domains, and GPUs that are routers themselves; no storage gateway.
std::vector<char> passing_vertices(const Fabric& fabric);

/// A table of distances for each destination, within its island and from anywhere, made by
/// breadth-first search when first asked for and shared by those that hang below one switch; the
/// oldest are dropped when there are too many. Scale-up switches lead from one of their GPUs to
/// another only. Keeps a reference to the fabric; one thread at a time.
class MinimalPaths {
 public:
  MinimalPaths(const Fabric& fabric, std::shared_ptr<const LinksOut> links_out);

  /// Adds the links of a path; false, and none, where there is none.
  bool find(const PathSearch& search, std::vector<LinkIndex>& links);
  bool find_all(const PathSearch& search, Spray& spray);

  /// To be told when links went down or came up.
  void forget_distances();

 private:
  using Distances = std::vector<std::uint16_t>;  // of the vertices that have a number

  bool may_pass(VertexIndex vertex, VertexIndex dst, const PathSearch& search) const {
    return number_[static_cast<std::size_t>(vertex)] >= 0 &&
           (!search.stays || fabric_->share_island(vertex, dst));
  }
  bool passes(VertexIndex vertex) const { return passes_[static_cast<std::size_t>(vertex)] != 0; }
  VertexKind kind_of(VertexIndex vertex) const {
    return fabric_->vertices[static_cast<std::size_t>(vertex)].kind;
  }
  VertexIndex table_of(VertexIndex dst, const PathSearch& search) const;
  const Distances& distances_to(VertexIndex dst, const PathSearch& search);
  Distances measure(VertexIndex target, const PathSearch& search) const;
  void next_hops(VertexIndex at, VertexIndex dst, const Distances& distances,
                 const PathSearch& search, std::vector<LinkIndex>& next) const;
  bool in_node(const PathSearch& search, std::vector<LinkIndex>& links) const;
  bool go(VertexIndex src, VertexIndex dst, const PathSearch& search,
          std::vector<LinkIndex>& links);
  bool go_by_another(const PathSearch& search, std::vector<LinkIndex>& links);
  bool find_all_from(VertexIndex at, const Distances& distances, const PathSearch& search,
                     Spray& spray) const;
  LinkIndex leaves_by(std::span<const LinkIndex> links) const;

  const Fabric* fabric_;
  std::shared_ptr<const LinksOut> out_;
  std::vector<char> passes_;          // a vertex, traffic between others
  std::vector<std::int32_t> number_;  // of those vertices, and of gateways; or -1
  std::size_t n_numbered_ = 0;
  std::vector<std::vector<VertexIndex>> between_;  // of each island, by which a detour may lead
  std::unordered_map<std::int64_t, Distances> tables_;  // by destination, and whether it stays
  std::deque<std::int64_t> oldest_;                     // of tables_, the oldest first
  std::vector<LinkIndex> next_;                         // of the hop at hand
};

}  // namespace longhaul::fabric
