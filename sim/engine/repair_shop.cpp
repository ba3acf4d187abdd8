#include "engine/repair_shop.hpp"

#include <utility>

namespace longhaul::engine {

RepairShop::RepairShop(Timers& timers, std::int64_t crews, std::uint64_t seed, Done done)
    : timers_(timers),
      crews_(crews),
      automatic_(seed, "repair/automatic"),
      manual_(seed, "repair/manual"),
      outcome_(seed, "repair/outcome"),
      done_(std::move(done)) {}

void RepairShop::take_in(Nodes nodes, const operations::RepairConfig& config) {
  timers_.at(
      timers_.now() + config.automatic.draw(automatic_),
      [this, job = Job{std::move(nodes), &config}]() mutable { after_automatic(std::move(job)); });
}

void RepairShop::after_automatic(Job job) {
  if (job.config->escalates == 0 || outcome_.uniform() >= job.config->escalates)
    return finish(job, job.config->automatic_leaves_fault);
  if (crews_ > 0 && busy_ >= crews_)
    queue_.push_back(std::move(job));
  else
    start_manual(std::move(job));
}

void RepairShop::start_manual(Job job) {
  ++busy_;
  const Seconds time = job.config->manual.draw(manual_);
  timers_.at(timers_.now() + time, [this, job = std::move(job)] {
    --busy_;
    if (!queue_.empty()) {
      Job next = std::move(queue_.front());
      queue_.pop_front();
      start_manual(std::move(next));
    }
    finish(job, job.config->manual_leaves_fault);
  });
}

void RepairShop::finish(const Job& job, double leaves_fault) {
  const bool mended = leaves_fault == 0 || outcome_.uniform() >= leaves_fault;
  done_(job.nodes, mended);
}

}  // namespace longhaul::engine
