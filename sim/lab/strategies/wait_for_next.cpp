// Runs of one length, but waits for chips that come soon, where a run on them is done better and
// not later than `patience` after one that starts now.
#include "lab/strategies/strategies.hpp"

namespace longhaul::lab {
namespace {

class WaitForNext : public Strategy {
 public:
  WaitForNext(Seconds length, Seconds patience) : length_(length), patience_(patience) {}

  std::vector<std::string_view> reads() const override { return {"length", "patience"}; }

  Choice decide(const Outlook& o) const override {
    if (o.running || o.now + o.queue + length_ > o.deadline + seconds(1)) return {};
    const bool soon =
        o.next_phase - o.now <= patience_ && o.next_phase + o.queue + length_ <= o.deadline;
    if (soon && o.next_sustained > o.sustained) return {Choice::Kind::Wait, {}, o.next_phase};
    if (o.sustained <= flop_per_second(0)) return {};
    return {Choice::Kind::Start, length_};
  }

 private:
  Seconds length_, patience_;
};

}  // namespace

std::unique_ptr<Strategy> make_wait_for_next(const LabConfig& config) {
  return std::make_unique<WaitForNext>(
      needed(config.length, "wait-for-next", "length = \"90 days\""),
      needed(config.patience, "wait-for-next", "patience = \"60 days\""));
}

}  // namespace longhaul::lab
