#include "fabric/builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "fabric/torus_places.hpp"

namespace longhaul::fabric {

void positive(const char* name, double value) {
  if (!(value > 0.0) || std::isinf(value))
    throw std::invalid_argument(fmt::format("{} = {}, but it must be positive", name, value));
}

void at_least(const char* name, std::int64_t value, std::int64_t least) {
  if (value < least)
    throw std::invalid_argument(
        fmt::format("{} = {}, but it must be at least {}", name, value, least));
}

void at_least(const char* name, double value, double least) {
  if (!(value >= least) || std::isinf(value))
    throw std::invalid_argument(
        fmt::format("{} = {}, but it must be at least {}", name, value, least));
}

void check_links(double gpus, double links) {
  constexpr double most_links = 1 << 24;  // about 1 GB of graph
  if (links > most_links)
    throw std::invalid_argument(fmt::format(
        "{:.0f} GPUs need {:.0f} links, more than a fabric can hold ({:.0f}); take fewer of them",
        gpus, links, most_links));
}

void validate(const Parts& p) {
  positive("scale_up_bandwidth", p.scale_up_bandwidth.value());
  positive("nic_bandwidth", p.nic_bandwidth.value());
  at_least("switch_latency", p.switch_latency.value(), 0.0);
  at_least("nic_latency", p.nic_latency.value(), 0.0);
  at_least("scale_up_latency", p.scale_up_latency.value(), 0.0);
  at_least("fibre_latency", p.fibre_latency.value(), 0.0);
  at_least("nic_cable", p.nic_cable.value(), 0.0);
}

Builder::Builder(const Parts& parts, std::int64_t gpus, std::int64_t gpus_per_node)
    : parts_(parts), port_(parts.nic_bandwidth) {
  for (std::int64_t gpu = 0; gpu < gpus; ++gpu) {
    fabric_.add_vertex(VertexKind::Gpu, 0);
    if (gpus_per_node > 1)
      fabric_.places.back().node = static_cast<std::int32_t>(gpu / gpus_per_node);
  }
  if (gpus_per_node <= 1) return;
  const VertexIndex nodes = add(VertexKind::ScaleUpSwitch, 1, gpus / gpus_per_node);
  for (VertexIndex gpu = 0; gpu < gpus; ++gpu)
    fabric_.add_cable({gpu, static_cast<VertexIndex>(nodes + gpu / gpus_per_node),
                       LinkKind::ScaleUp, parts.scale_up_bandwidth, parts.scale_up_latency / 2.0,
                       metres(0)});
}

VertexIndex Builder::add(VertexKind kind, int level, std::int64_t n) {
  const auto first = static_cast<VertexIndex>(fabric_.vertices.size());
  for (std::int64_t i = 0; i < n; ++i) fabric_.add_vertex(kind, level);
  return first;
}

void Builder::plug(VertexIndex gpu, VertexIndex switch_vertex) {
  join(gpu, switch_vertex, 1, port_, parts_.nic_cable, LinkKind::Nic);
}

void Builder::join(VertexIndex from, VertexIndex to, std::int64_t cables, BytesPerSecond bandwidth,
                   Metres length, LinkKind kind) {
  const LinkIndex there =
      fabric_.add_cable({from, to, kind, static_cast<double>(cables) * bandwidth,
                         length * parts_.fibre_latency, length, static_cast<std::int32_t>(cables)});
  Link& up = fabric_.links[static_cast<std::size_t>(there)];
  Link& down = fabric_.links[static_cast<std::size_t>(reverse(there))];
  up.latency += parts_.switch_latency;
  const bool by_nic =
      kind == LinkKind::Nic || (kind == LinkKind::Campus && from < fabric_.n_gpus());
  if (!by_nic) {
    down.latency += parts_.switch_latency;
    return;
  }
  up.latency += parts_.nic_latency;
  down.latency += parts_.nic_latency;
}

void Builder::stand(VertexIndex gpu, VertexIndex leaf, std::int64_t pod) {
  Place& place = fabric_.places[static_cast<std::size_t>(gpu)];
  if (place.leaf >= 0) return;
  place.leaf = fabric_.vertices[static_cast<std::size_t>(leaf)].ordinal;
  if (pod < 0) return;
  place.pod = first_pod_ + static_cast<std::int32_t>(pod);
  next_pod_ = std::max(next_pod_, place.pod + 1);
}

void Builder::add_tops(VertexIndex first, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) tops_.push_back(static_cast<VertexIndex>(first + i));
}

void Builder::cut(std::string name, std::span<const VertexIndex> gpus,
                  const std::function<bool(std::int64_t)>& is_upper) {
  if (std::ssize(gpus) < fabric_.n_gpus() && std::ssize(gpus) % 2 != 0) return;
  auto cut = std::ranges::find(fabric_.cuts, name, &Cut::name);
  if (cut == fabric_.cuts.end())
    cut = fabric_.cuts.insert(cut, {std::move(name), std::vector<char>(fabric_.places.size(), 0)});
  for (std::int64_t i = 0; i < std::ssize(gpus); ++i)
    cut->upper[static_cast<std::size_t>(gpus[static_cast<std::size_t>(i)])] =
        static_cast<char>(is_upper(i));
}

void Builder::cut_dimensions(std::span<const VertexIndex> gpus,
                             const std::vector<std::int64_t>& sizes, std::int64_t gpus_per_point) {
  const std::int64_t n = std::ssize(gpus);
  std::int64_t stride = gpus_per_point;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    const std::int64_t k = sizes[d];
    cut(fmt::format("dimension {}", d + 1), gpus,
        [=](std::int64_t i) { return in_upper_half(i, n, stride, k); });
    stride *= k;
  }
}

}  // namespace longhaul::fabric
