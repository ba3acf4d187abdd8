#include "experiment/built_platform.hpp"

#include "engine/settings.hpp"

namespace longhaul::experiment {

BuiltPlatform::BuiltPlatform(const scenario::Scenario& scenario)
    : config_(scenario.platform->fabric) {
  engine::start_engine(engine::Clock::Months);
  fabric_ = std::make_unique<fabric::Fabric>(make_fabric(config_));
  router_ = std::make_unique<fabric::Router>(*fabric_, config_.routing);
  if (scenario.run.fidelity == scenario::Fidelity::Flow)
    zone_ = std::make_unique<engine::FabricZone>(*router_);
}

bool BuiltPlatform::serves(const scenario::Scenario& scenario) const {
  return scenario.platform && scenario.platform->fabric == config_ &&
         (scenario.run.fidelity == scenario::Fidelity::Flow) == (zone_ != nullptr);
}

}  // namespace longhaul::experiment
