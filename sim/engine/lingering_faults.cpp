#include "engine/lingering_faults.hpp"

#include <algorithm>

namespace longhaul::engine {

using operations::RepairConfig;

void LingeringFaults::add(std::size_t cause, std::int64_t node,
                          std::function<void(std::int64_t id)> on_notice) {
  const auto id = ++last_;
  faults_.push_back({id, cause, node, timers_.now()});
  if (const auto& latent = card_.causes[cause].latent)
    faults_.back().notice = timers_.at(timers_.now() + latent->draw(times_),
                                       [id, tell = std::move(on_notice)] { tell(id); });
}

std::optional<LingeringFault> LingeringFaults::find(std::int64_t id) const {
  const auto found = std::ranges::find(faults_, id, &LingeringFault::id);
  return found == faults_.end() ? std::nullopt : std::optional(*found);
}

template <class Which>
void LingeringFaults::forget_all(const Which& which) {
  for (const auto& fault : faults_)
    if (which(fault)) timers_.cancel(fault.notice);
  std::erase_if(faults_, which);
}

void LingeringFaults::forget(std::int64_t id) {
  forget_all([id](const LingeringFault& fault) { return fault.id == id; });
}

void LingeringFaults::forget_node(std::int64_t node) {
  forget_all([&](const LingeringFault& fault) {
    return fault.node == node && !card_.causes[fault.cause].corrupts;
  });
}

void LingeringFaults::forget_corruption(Seconds since) {
  forget_all([&](const LingeringFault& fault) {
    return card_.causes[fault.cause].corrupts && fault.since >= since;
  });
}

double LingeringFaults::slows() const {
  double slow = 1;
  for (const auto& fault : faults_) slow = std::max(slow, card_.causes[fault.cause].slows);
  return slow;
}

Seconds LingeringFaults::draw_repair(const RepairConfig& repair) {
  Seconds time = repair.automatic.draw(times_);
  if (repair.escalates > 0 && times_.uniform() < repair.escalates)
    time += repair.manual.draw(times_);
  return time;
}

std::int64_t LingeringFaults::draw_part(double n) {
  return times_.below(std::max<std::int64_t>(1, static_cast<std::int64_t>(n)));
}

}  // namespace longhaul::engine
