#include "engine/run_sizes.hpp"

#include <algorithm>
#include <limits>

namespace longhaul::engine {

using namespace operations;

std::int64_t RunSizes::powered_nodes() const {
  return s_.power ? s_.power->allowed().nodes : std::numeric_limits<std::int64_t>::max();
}

std::int64_t RunSizes::size_for(std::int64_t n) const {
  const auto fit = std::ranges::find_if(s_.in.sizes, [n](std::int64_t size) { return size <= n; });
  return fit == s_.in.sizes.end() ? 0 : *fit;
}

/// 0: it does not grow.
std::int64_t RunSizes::size_to_grow_to() const {
  const auto& pool = s_.pool();
  if (!s_.in.elastic.grow || s_.in.sizes.empty() || pool.n_positions() >= s_.in.sizes.front())
    return 0;
  const auto size = size_for(std::min(pool.n_usable(), powered_nodes()));
  return size > pool.n_positions() ? size : 0;
}

double RunSizes::growth() const {
  return std::max(
      1.0, static_cast<double>(size_to_grow_to()) / static_cast<double>(s_.pool().n_positions()));
}

bool RunSizes::grow() {
  const auto size = size_to_grow_to();
  if (size == 0) return false;
  auto& pool = s_.pool();
  const auto before = pool.placement();
  Seconds time = resize(size);
  pool.fill_warm();
  s_.keeper.fill();
  time += reshard(before);
  if (!(time > Seconds())) return false;
  s_.down_since = s_.timers.now();
  s_.begin(Phase::Replacement, time, [this] {
    s_.leave();
    s_.flow.resume();
  });
  return true;
}

Seconds RunSizes::resize(std::int64_t size) {
  s_.pool().resize(size);
  s_.placement_changed = true;
  s_.event(EventKind::Resized, -1, size);
  return s_.in.elastic.reconfigure.draw(s_.replacements);
}

Seconds RunSizes::shrink(std::int64_t size) {
  auto& pool = s_.pool();
  const auto before = pool.placement();
  const Seconds time = resize(size);
  if (pool.n_vacant() > 0) {  // nodes of other sites take the places of those without power
    pool.fill_warm();
    s_.keeper.fill();
  }
  return time + reshard(before);
}

Seconds RunSizes::reshard(const std::vector<std::int64_t>& before) const {
  return s_.in.reshard ? s_.in.reshard(before, s_.pool().placement()) : Seconds();
}

void RunSizes::arrive(const Arrival& arrival) {
  s_.keeper.account();
  for (std::int64_t i = 0; i < arrival.nodes; ++i) s_.keeper.arrive();
  s_.event(EventKind::Arrived, -1, arrival.nodes);
  s_.flow.nodes_freed();
}

}  // namespace longhaul::engine
