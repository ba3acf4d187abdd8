#include "engine/fabric_faults.hpp"

namespace longhaul::engine {

std::optional<FabricFaults::Fault> FabricFaults::strike(std::size_t cause,
                                                        const operations::RepairConfig& repair,
                                                        OnMended on_mended) {
  const auto what = in_.failures.causes[cause].strikes;
  const auto index = draws_.draw_part(in_.units[what]);
  if (!down_.insert({what, index}).second) return {};
  Fault fault{index, in_.fabric.set_alive(what, index, false)};
  timers_.at(timers_.now() + draws_.draw_repair(repair),
             [this, what, index, tell = std::move(on_mended)] {
               down_.erase({what, index});
               tell(index, in_.fabric.set_alive(what, index, true));
             });
  return fault;
}

}  // namespace longhaul::engine
