// The length that is optimal in closed form for the growth of the day, back to back.
#include "lab/strategies/strategies.hpp"

namespace longhaul::lab {
namespace {

class OptimalLength : public Strategy {
 public:
  std::vector<std::string_view> reads() const override { return {}; }

  Choice decide(const Outlook& o) const override {
    if (o.running || o.sustained <= flop_per_second(0)) return {};
    const Seconds left = o.deadline - o.now - o.queue;
    if (left <= seconds(0)) return {};
    const Seconds length = optimal_length(o.algorithms + o.hardware, left);
    // What is left does for this run and no second one: the run begins late enough to end with it.
    if (left < 2.0 * length + o.queue && left > length + seconds(1))
      return {Choice::Kind::Wait, {}, o.deadline - o.queue - length};
    return {Choice::Kind::Start, length};
  }
};

}  // namespace

std::unique_ptr<Strategy> make_optimal_length(const LabConfig&) {
  return std::make_unique<OptimalLength>();
}

}  // namespace longhaul::lab
