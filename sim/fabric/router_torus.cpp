#include "fabric/router_torus.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace longhaul::fabric {
namespace {

std::size_t at(VertexIndex i) { return static_cast<std::size_t>(i); }

/// Tries the dimensions in each order until one arrives.
template <class FindIn>
bool in_any_order(std::size_t dimensions, FindIn find_in) {
  std::vector<std::size_t> order(dimensions);
  std::iota(order.begin(), order.end(), std::size_t{0});
  do {
    if (find_in(order)) return true;
  } while (std::ranges::next_permutation(order).found);
  return false;
}

}  // namespace

TorusPaths::TorusPaths(const Fabric& fabric, std::shared_ptr<const LinksOut> links_out)
    : fabric_(&fabric), out_(std::move(links_out)) {}

TorusPaths::Ring TorusPaths::ring(std::int64_t from, std::size_t dimension,
                                  std::int64_t dst) const {
  const auto& torus = fabric_->torus;
  const std::int64_t stride =
      std::accumulate(torus.begin(), torus.begin() + static_cast<std::ptrdiff_t>(dimension),
                      std::int64_t{1}, std::multiplies<>());
  const std::int64_t size = torus[dimension];
  const std::int64_t place = from / stride % size;
  return {from, stride, size, place, (dst / stride % size - place + size) % size};
}

std::int64_t TorusPaths::turned(const Ring& r) {
  const std::int64_t place = (r.place + r.distance) % r.size;
  return r.at + (place - r.place) * r.stride;
}

/// Of the plane of the port at hand or, where that is dead, another; -1 where all are.
LinkIndex TorusPaths::link(VertexIndex from, VertexIndex to, bool forward,
                           const PathSearch& search) const {
  LinkIndex other = -1;
  std::size_t plane = 0;
  for (const LinkIndex link : out_->of(from)) {
    // The first direction of each cable leads forward, so that a ring of two has both.
    if (fabric_->links[at(link)].dst != to || (link % 2 == 0) != forward) continue;
    const bool is_own = plane++ == search.port;
    if (!search.is_alive(link)) continue;
    if (is_own) return link;
    other = link;
  }
  return other;
}

LinkIndex TorusPaths::first_link(const Ring& r, bool forward, const PathSearch& search) const {
  const std::int64_t next = (r.place + (forward ? 1 : r.size - 1)) % r.size;
  return link(fabric_->gpu_at(r.at), fabric_->gpu_at(r.at + (next - r.place) * r.stride), forward,
              search);
}

bool TorusPaths::go(const Ring& r, bool forward, const PathSearch& search,
                    std::vector<LinkIndex>& links) const {
  const std::size_t links_before = links.size();
  Ring here = r;
  for (std::int64_t steps = forward ? r.distance : r.size - r.distance; steps > 0; --steps) {
    const LinkIndex next = first_link(here, forward, search);
    if (next < 0) {
      links.resize(links_before);
      return false;
    }
    links.push_back(next);
    here.at = fabric_->torus_place(fabric_->links[at(next)].dst);
    here.place = here.at / r.stride % r.size;
  }
  return true;
}

bool TorusPaths::starts_forward(const Ring& r, const PathSearch& search) const {
  if (!r.is_tie()) return 2 * r.distance < r.size;
  // Way 0 is the one by parity.
  const bool even = r.place % 2 == 0;
  const std::size_t way = search.preferred(fabric_->gpu_at(r.at), 0, 2, [&](std::size_t i) {
    return first_link(r, even == (i == 0), search);
  });
  return even == (way == 0);
}

bool TorusPaths::find_in(const std::vector<std::size_t>& order, const PathSearch& search,
                         std::vector<LinkIndex>& links) const {
  const std::size_t links_before = links.size();
  std::int64_t here = fabric_->torus_place(search.src);
  for (const std::size_t dimension : order) {
    const Ring r = ring(here, dimension, fabric_->torus_place(search.dst));
    if (r.distance == 0) continue;
    const bool forward = starts_forward(r, search);
    if (!go(r, forward, search, links) && !go(r, !forward, search, links)) {
      links.resize(links_before);
      return false;
    }
    here = turned(r);
  }
  return true;
}

bool TorusPaths::find_all_in(const std::vector<std::size_t>& order, std::size_t done,
                             std::int64_t here, const PathSearch& search, Spray& spray) const {
  if (done == order.size()) return spray.arrive();
  const Ring r = ring(here, order[done], fabric_->torus_place(search.dst));
  const auto on = [&] { return find_all_in(order, done + 1, turned(r), search, spray); };
  if (r.distance == 0) return on();
  std::vector<LinkIndex> links;
  const auto way = [&](bool forward) {
    links.clear();
    return go(r, forward, search, links) && spray.follow(links, on);
  };
  if (r.is_tie()) return spray.fork(2, [&](std::size_t i) { return way(i == 0); });
  const bool forward = 2 * r.distance < r.size;
  return way(forward) || way(!forward);
}

bool TorusPaths::find(const PathSearch& search, std::vector<LinkIndex>& links) const {
  return in_any_order(fabric_->torus.size(),
                      [&](const auto& order) { return find_in(order, search, links); });
}

bool TorusPaths::find_all(const PathSearch& search, Spray& spray) const {
  return spray.fork(search.ports, [&](std::size_t port) {
    PathSearch by_port = search;
    by_port.port = port;
    return in_any_order(fabric_->torus.size(), [&](const auto& order) {
      return find_all_in(order, 0, fabric_->torus_place(search.src), by_port, spray);
    });
  });
}

}  // namespace longhaul::fabric
