// A run that its sites' power does not carry: it pauses, or gives replicas up.
#pragma once

#include "engine/run_sizes.hpp"
#include "engine/run_state.hpp"

namespace longhaul::engine {

class PowerPauses {
 public:
  /// Sites are told of the nodes from here on, where the run has any.
  PowerPauses(RunState& state, RunSizes& sizes);

  /// A pause was called and is so near that the run should save its work.
  bool is_near() const { return s_.power && s_.power->pause_is_near(); }
  /// Stands by until there is power again.
  void begin();
  /// Where steps have no power now: pauses, or gives replicas up. Memory keeps the state either
  /// way, so no work is lost. Returns whether the run stands still for it.
  bool stands_still();
  /// Where power rises slowly: waits until it carries steps. Returns whether the run stands still.
  bool climbs();

 private:
  Seconds time_to_save() const;
  void changed();
  void end();

  RunState& s_;
  RunSizes& sizes_;
};

}  // namespace longhaul::engine
