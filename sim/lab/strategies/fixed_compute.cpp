// Runs of one physical compute back to back, each as long as that takes.
#include "lab/strategies/strategies.hpp"

namespace longhaul::lab {
namespace {

class FixedCompute : public Strategy {
 public:
  explicit FixedCompute(Flop compute) : compute_(compute) {}

  std::vector<std::string_view> reads() const override { return {"compute", "reported"}; }

  Choice decide(const Outlook& o) const override {
    if (o.running || o.sustained <= flop_per_second(0)) return {};
    Choice choice;
    choice.kind = Choice::Kind::Start;
    choice.compute = compute_;
    return choice;
  }

 private:
  Flop compute_;
};

}  // namespace

std::unique_ptr<Strategy> make_fixed_compute(const LabConfig& config) {
  return std::make_unique<FixedCompute>(
      needed(config.compute, "fixed-compute", "compute = \"3.8e25 FLOP\""));
}

}  // namespace longhaul::lab
