#include "engine/step_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "engine/flow_phase.hpp"

namespace longhaul::engine {

training::PhaseSeconds flow_times(FabricZone& zone, const training::Traffic& traffic,
                                  std::span<const fabric::VertexIndex> gpus,
                                  const training::Efficiency& efficiency) {
  training::PhaseSeconds times{};
  for (std::size_t i = 0; i < traffic.size; ++i) {
    const auto placed =
        training::place(traffic.phases[i], gpus, zone.router().fabric(), efficiency);
    times[i] =
        placed.messages * (placed.software + std::ranges::max(run_rings(zone, placed.rings)));
  }
  return times;
}

Seconds store_time(FabricZone& zone, std::span<const fabric::VertexIndex> senders, Bytes size) {
  const auto& fabric = zone.router().fabric();
  if (fabric.count(fabric::VertexKind::Storage) == 0)
    throw std::invalid_argument("the fabric has no shared store");
  const auto store = fabric.vertex(fabric::VertexKind::Storage, 0);
  const Bytes part = bytes(std::ceil(size.value() / static_cast<double>(senders.size())));
  std::vector<Transfer> transfers;
  for (const auto gpu : senders) transfers.push_back({{gpu, store, 0}, part, seconds(0)});
  return std::ranges::max(run_phase(zone, transfers));
}

}  // namespace longhaul::engine
