// One run when chips come on line, on all that there are: until the next do, or for a given length.
#include <algorithm>
#include <cmath>

#include "lab/strategies/strategies.hpp"

namespace longhaul::lab {
namespace {

class StartAtPhase : public Strategy {
 public:
  explicit StartAtPhase(const std::optional<Seconds>& length) : length_(length) {}

  std::vector<std::string_view> reads() const override { return {"length"}; }

  Choice decide(const Outlook& o) const override {
    if (o.running || !o.new_chips || o.sustained <= flop_per_second(0)) return {};
    const Seconds end = std::min(o.next_phase, o.deadline);
    const Seconds length = length_.value_or(end - o.now - o.queue);
    if (length <= seconds(0) || o.now + o.queue + length > o.deadline + seconds(1)) return {};
    return {Choice::Kind::Start, length};
  }

 private:
  std::optional<Seconds> length_;
};

}  // namespace

std::unique_ptr<Strategy> make_start_at_phase(const LabConfig& config) {
  return std::make_unique<StartAtPhase>(config.length);
}

}  // namespace longhaul::lab
