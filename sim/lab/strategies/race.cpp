// Runs up to one length, released as soon as they beat the rival's best model by a threshold.
#include <algorithm>

#include "lab/strategies/strategies.hpp"

namespace longhaul::lab {
namespace {

class Race : public Strategy {
 public:
  Race(Seconds length, double threshold) : length_(length), threshold_(threshold) {}

  std::vector<std::string_view> reads() const override { return {"length", "threshold"}; }

  Choice decide(const Outlook& o) const override {
    if (!o.running) return start_if_it_fits(o, length_);
    // Nothing to beat yet, or led already: the run goes on to its end.
    if (o.rival_best <= flop(0) || o.best >= o.rival_best) return {};
    const Flop wanted = threshold_ * o.rival_best;
    const auto& run = *o.running;
    if (run.effective >= wanted * (1 - 1e-9)) return {Choice::Kind::Release, {}};
    if (o.now <= run.start || run.effective <= flop(0))
      return {Choice::Kind::Wait, {}, o.now + days(1)};
    // At its pace so far.
    const Seconds then = o.now + (wanted - run.effective) / (run.effective / (o.now - run.start));
    return {Choice::Kind::Wait, {}, std::max<Seconds>(then, o.now + seconds(3600))};
  }

 private:
  Seconds length_;
  double threshold_;
};

}  // namespace

std::unique_ptr<Strategy> make_race(const LabConfig& config) {
  return std::make_unique<Race>(needed(config.length, "race", "length = \"180 days\""),
                                needed(config.threshold, "race", "threshold = 1.2"));
}

}  // namespace longhaul::lab
