// The cluster of a scenario as it stands in this process: graph, routes and, in flow fidelity, the
// zone on SimGrid.
#pragma once

#include <memory>

#include "engine/fabric_zone.hpp"
#include "fabric/router.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::experiment {

/// Dear to build and the same for all scenarios with this fabric: they may share it one after the
/// other, each in a process forked off.
class BuiltPlatform {
 public:
  /// Of a scenario with a platform. Starts the engine; a process can hold one zone in its life.
  explicit BuiltPlatform(const scenario::Scenario& scenario);

  /// Whether this scenario can be simulated on it.
  bool serves(const scenario::Scenario& scenario) const;

  /// Joins the boards of a torus by its optical switches anew; simulations that are made from now
  /// on stand on that. Throws std::invalid_argument as fabric::rewire() does.
  void rewire(const fabric::Wiring& wiring);

  const fabric::Fabric& fabric() const { return *fabric_; }
  fabric::Router& router() { return *router_; }
  engine::FabricZone* zone() { return zone_.get(); }  ///< null in analytic fidelity

 private:
  fabric::FabricConfig config_;
  std::unique_ptr<fabric::Fabric> fabric_;
  std::unique_ptr<fabric::Router> router_;
  std::unique_ptr<engine::FabricZone> zone_;
};

}  // namespace longhaul::experiment
