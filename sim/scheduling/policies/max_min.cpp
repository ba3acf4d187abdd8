// Max-min fairness that knows kinds of machines [Gavel, OSDI'20, its "LAS" with heterogeneity]: the
// greatest least of throughput over what an equal share of all kinds would give, times slots, over
// the job's weight.
#include <algorithm>
#include <numeric>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_rounds.hpp"

namespace longhaul::scheduling {

namespace {

class MaxMin final : public InRounds {
 public:
  using InRounds::InRounds;

 protected:
  Shares shares(const Contest& contest) const override {
    const double all = std::accumulate(contest.slots.begin(), contest.slots.end(), 0.0);
    std::vector<double> due;
    for (const auto& job : contest.jobs) {
      const double equal =
          std::inner_product(job.speeds.begin(), job.speeds.end(), contest.slots.begin(), 0.0) /
          std::max(all, 1.0);
      due.push_back(job.weight * equal / job.slots);
    }
    return greatest_least(contest, due);
  }
};

}  // namespace

std::unique_ptr<Policy> make_max_min(const PolicyConfig& config) {
  return std::make_unique<MaxMin>(config.round);
}

}  // namespace longhaul::scheduling
