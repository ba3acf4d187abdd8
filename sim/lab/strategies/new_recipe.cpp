// Runs of one length that go on with a new recipe when it is worth a threshold more than theirs.
#include <algorithm>
#include <cmath>

#include "lab/strategies/strategies.hpp"

namespace longhaul::lab {
namespace {

class NewRecipe : public Strategy {
 public:
  NewRecipe(Seconds length, double threshold)
      : length_(length), log_threshold_(std::log(threshold)) {}

  std::vector<std::string_view> reads() const override {
    return {"length", "threshold", "adopting"};
  }

  Choice decide(const Outlook& o) const override {
    if (!o.running) return start_if_it_fits(o, length_);
    const double progress = o.log_worth - o.running->log_worth;
    if (progress >= log_threshold_ * (1 - 1e-9)) return {Choice::Kind::Adopt, {}};
    if (o.algorithms <= per_second(0)) return {};
    return {Choice::Kind::Wait,
            {},
            o.now + std::max(seconds(3600), (log_threshold_ - progress) / o.algorithms)};
  }

 private:
  Seconds length_;
  double log_threshold_;
};

}  // namespace

std::unique_ptr<Strategy> make_new_recipe(const LabConfig& config) {
  return std::make_unique<NewRecipe>(needed(config.length, "new-recipe", "length = \"180 days\""),
                                     needed(config.threshold, "new-recipe", "threshold = 2.0"));
}

}  // namespace longhaul::lab
