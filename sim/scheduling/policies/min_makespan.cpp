// The earliest last end over kinds of machines [Gavel, OSDI'20]: each job's throughput is in
// proportion to what is left of it.
#include <algorithm>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_rounds.hpp"

namespace longhaul::scheduling {

namespace {

class MinMakespan final : public InRounds {
 public:
  using InRounds::InRounds;

 protected:
  Shares shares(const Contest& contest) const override {
    std::vector<double> due;
    for (const auto& job : contest.jobs) due.push_back(std::max(job.left, 1.0));
    return greatest_least(contest, due);
  }
};

}  // namespace

std::unique_ptr<Policy> make_min_makespan(const PolicyConfig& config) {
  return std::make_unique<MinMakespan>(config.round);
}

}  // namespace longhaul::scheduling
