#include "experiment/built_platform.hpp"

#include "engine/settings.hpp"
#include "fabric/rewire.hpp"

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

void BuiltPlatform::rewire(const fabric::Wiring& wiring) {
  if (zone_) return zone_->rewire(*fabric_, wiring);
  fabric::rewire(*fabric_, wiring);
  router_->follow_wiring();
}

}  // namespace longhaul::experiment
