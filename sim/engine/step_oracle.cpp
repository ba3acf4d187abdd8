#include "engine/step_oracle.hpp"

#include <algorithm>

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

}  // namespace longhaul::engine
