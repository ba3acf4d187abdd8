// Switches and cables that fail while a run goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/lingering_faults.hpp"
#include "engine/timers.hpp"
#include "operations/run.hpp"

namespace longhaul::engine {

/// Which parts of the fabric are down, and until when.
class FabricFaults {
 public:
  /// A part that is down from now on, and all nodes that the fabric joins no more.
  struct Fault {
    std::int64_t index = 0;
    std::vector<std::int64_t> cut_off;
  };
  /// Told when a part is up again, and which nodes the fabric still does not join.
  using OnMended =
      std::function<void(std::int64_t index, const std::vector<std::int64_t>& still_cut_off)>;

  /// Draws from the random stream of `draws`. All must outlive it.
  FabricFaults(Timers& timers, const operations::RunInputs& inputs, LingeringFaults& draws)
      : timers_(timers), in_(inputs), draws_(draws) {}

  /// One of the parts that the cause strikes fails, until it is repaired. Empty where the one that
  /// was hit is down already.
  std::optional<Fault> strike(std::size_t cause, const operations::RepairConfig& repair,
                              OnMended on_mended);

 private:
  Timers& timers_;
  const operations::RunInputs& in_;
  LingeringFaults& draws_;
  std::set<std::pair<operations::Strikes, std::int64_t>> down_;
};

}  // namespace longhaul::engine
