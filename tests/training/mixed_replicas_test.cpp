// How replicas that go at different speeds share a batch.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "training/mixed_replicas.hpp"

namespace longhaul::training {
namespace {

using Shares = std::vector<std::int64_t>;

/// A step of `fixed` and `each` for every microbatch.
ReplicaGroup group(std::int64_t replicas, double fixed_s, double each_s) {
  return {replicas,
          [=](std::int64_t m) { return seconds(fixed_s + each_s * static_cast<double>(m)); }};
}

TEST_CASE("a rank belongs to the replica that its order of ranks says") {
  Plan plan;
  plan.tensor = 2;
  plan.pipeline = 2;
  plan.data = 4;
  // Data inside: 8 ranks of the first stage, in pairs by replica, then those of the second.
  CHECK(replica_of_rank(plan, 1) == 0);
  CHECK(replica_of_rank(plan, 2) == 1);
  CHECK(replica_of_rank(plan, 8 + 7) == 3);
  plan.order = RankOrder::PipelineInside;  // four ranks a replica, one after the other
  CHECK(replica_of_rank(plan, 3) == 0);
  CHECK(replica_of_rank(plan, 4) == 1);
  CHECK(replica_of_rank(plan, 15) == 3);
}

TEST_CASE("replicas twice as fast take twice as much") {
  // 6 at 1 s and 3 at 2 s a microbatch: 12 s do 6 x 12 + 3 x 6 = 90 of them.
  CHECK(share_microbatches({group(6, 0, 1), group(3, 0, 2)}, 90, {}) == Shares{12, 6});
  // One more takes a second: 13 and 6 are 96.
  CHECK(share_microbatches({group(6, 0, 1), group(3, 0, 2)}, 91, {}) == Shares{13, 6});
  // With 4 s of its own for the slow ones: 13 s do 6 x 13 + 3 x floor(9 / 2) = 90.
  CHECK(share_microbatches({group(6, 0, 1), group(3, 4, 2)}, 90, {}) == Shares{13, 4});
}

TEST_CASE("shares are what the schedule of the pipeline can run") {
  Plan plan;
  plan.pipeline = 4;
  plan.virtual_stages = 2;
  // Multiples of 4: 12 s do 6 x 12 + 3 x 4 = 84 < 90, so the fast ones take 16.
  CHECK(share_microbatches({group(6, 0, 1), group(3, 0, 2)}, 90, microbatch_grid(plan)) ==
        Shares{16, 8});
  plan.virtual_stages = 1;
  plan.schedule = PipelineSchedule::DualPipe;
  CHECK(microbatch_grid(plan).least == 8);
  CHECK(microbatch_grid(plan).stride == 2);
}

TEST_CASE("what a replica cannot hold goes to the others, or nowhere") {
  ReplicaGroup small{
      2, [](std::int64_t m) {
        return seconds(m > 3 ? std::numeric_limits<double>::infinity() : static_cast<double>(m));
      }};
  CHECK(share_microbatches({group(1, 0, 10), small}, 10, {}) == Shares{4, 3});
  CHECK(share_microbatches({small}, 7, {}).empty());
}

TEST_CASE("no other shares end sooner") {
  CHECK(rc::check([] {
    const auto draw = [](int from, int to) { return *rc::gen::inRange(from, to); };
    const auto n_fast = draw(1, 6), n_slow = draw(1, 6), all = draw(n_fast + n_slow, 40);
    const std::vector groups{group(n_fast, draw(0, 9), draw(1, 9)),
                             group(n_slow, draw(0, 9), draw(1, 9))};
    const auto shares = share_microbatches(groups, all, {});
    const auto ends = [&](std::int64_t a, std::int64_t b) {
      return std::max(groups[0].step(a), groups[1].step(b));
    };
    RC_ASSERT(shares.size() == 2u);
    RC_ASSERT(n_fast * shares[0] + n_slow * shares[1] >= all);
    for (std::int64_t a = 1; a <= all; ++a)
      for (std::int64_t b = 1; b <= all; ++b)
        if (n_fast * a + n_slow * b >= all) RC_ASSERT(!(ends(a, b) < ends(shares[0], shares[1])));
  }));
}

}  // namespace
}  // namespace longhaul::training
