// Runs of one length back to back, the last of them up to the deadline.
#include <cmath>

#include "lab/strategies/strategies.hpp"

namespace longhaul::lab {
namespace {

class FixedLength : public Strategy {
 public:
  explicit FixedLength(Seconds length) : length_(length) {}

  std::vector<std::string_view> reads() const override { return {"length"}; }

  Choice decide(const Outlook& o) const override {
    if (o.running || o.sustained <= flop_per_second(0)) return {};
    // A run that starts now, or the first one, leaves time for whole ones only.
    const Seconds left = o.deadline - o.now;
    const Seconds period = length_ + o.queue;
    const double whole = std::floor(static_cast<double>(left / period) * (1 + 1e-12));
    if (whole < 1) return {};
    const Seconds start = o.deadline - whole * period;
    if (start > o.now * (1 + 1e-12) + seconds(1)) return {Choice::Kind::Wait, {}, start};
    return {Choice::Kind::Start, length_};
  }

 private:
  Seconds length_;
};

}  // namespace

std::unique_ptr<Strategy> make_fixed_length(const LabConfig& config) {
  return std::make_unique<FixedLength>(
      needed(config.length, "fixed-length", "length = \"90 days\""));
}

}  // namespace longhaul::lab
