// Dimension-order paths of a torus whose GPUs are the routers.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "fabric/path_search.hpp"

namespace longhaul::fabric {

/// The dimensions in order, the shorter way round each ring; the other way, or another order of
/// dimensions, around dead links. Keeps a reference to the fabric.
class TorusPaths {
 public:
  TorusPaths(const Fabric& fabric, std::shared_ptr<const LinksOut> links_out);

  /// Adds the links of a path between two GPUs of the torus; false, and none, where there is none.
  /// Half-way round an even ring, sources at even places go forward and those at odd places back,
  /// so that neither direction is favoured; by hash or load where the choice says so.
  bool find(const PathSearch& search, std::vector<LinkIndex>& links) const;
  /// Half-way round a ring half of the bytes go each way.
  bool find_all(const PathSearch& search, Spray& spray) const;

 private:
  /// The one through a place of the torus, `at`, in one dimension.
  struct Ring {
    std::int64_t at;
    std::int64_t stride, size, place;
    std::int64_t distance;  // forward
    bool is_tie() const { return distance > 0 && 2 * distance == size; }
  };
  Ring ring(std::int64_t at, std::size_t dimension, std::int64_t dst) const;
  static std::int64_t turned(const Ring& ring);
  LinkIndex link(VertexIndex from, VertexIndex to, bool forward, const PathSearch& search) const;
  LinkIndex first_link(const Ring& ring, bool forward, const PathSearch& search) const;
  bool go(const Ring& ring, bool forward, const PathSearch& search,
          std::vector<LinkIndex>& links) const;
  bool starts_forward(const Ring& ring, const PathSearch& search) const;
  bool find_in(const std::vector<std::size_t>& order, const PathSearch& search,
               std::vector<LinkIndex>& links) const;
  bool find_all_in(const std::vector<std::size_t>& order, std::size_t done, std::int64_t at,
                   const PathSearch& search, Spray& spray) const;

  const Fabric* fabric_;
  std::shared_ptr<const LinksOut> out_;
};

}  // namespace longhaul::fabric
