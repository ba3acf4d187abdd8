// Runs of one length; one is given up for a new one when progress since its start, of recipe and
// cluster together, has passed a threshold.
#include <algorithm>
#include <cmath>

#include "lab/strategies/strategies.hpp"

namespace longhaul::lab {
namespace {

class Restart : public Strategy {
 public:
  Restart(Seconds length, double threshold)
      : length_(length), log_threshold_(std::log(threshold)) {}

  std::vector<std::string_view> reads() const override { return {"length", "threshold"}; }

  Choice decide(const Outlook& o) const override {
    if (!o.running) return start_if_it_fits(o, length_);
    const double progress = o.log_worth - o.running->log_worth +
                            std::log(static_cast<double>(o.sustained / o.running->sustained));
    if (progress >= log_threshold_ * (1 - 1e-9) && o.now + o.queue + length_ <= o.deadline)
      return {Choice::Kind::Start, length_};
    if (o.now + o.queue + length_ > o.deadline) return {};
    // Smooth progress passes the threshold at a date of its own.
    const PerSecond growth = o.algorithms + o.hardware;
    if (growth <= per_second(0)) return {};
    return {Choice::Kind::Wait,
            {},
            o.now + std::max(seconds(3600), (log_threshold_ - progress) / growth)};
  }

 private:
  Seconds length_;
  double log_threshold_;
};

}  // namespace

std::unique_ptr<Strategy> make_restart(const LabConfig& config) {
  return std::make_unique<Restart>(needed(config.length, "restart", "length = \"180 days\""),
                                   needed(config.threshold, "restart", "threshold = 2.0"));
}

}  // namespace longhaul::lab
