// What changes hands when a run changes its number of replicas.
#include <doctest/doctest.h>

#include "training/memory.hpp"
#include "training/reshard.hpp"

namespace longhaul::training {
namespace {

/// 16 layers of 12 x 1024^2 without what stands beside them: all on every rank.
ModelShape small() {
  ModelShape model;
  model.layers = 16;
  model.hidden = 1024;
  model.ffn_hidden = 4096;
  model.heads = model.kv_heads = 8;
  model.vocab = 32000;
  return model;
}
Plan plan_of(std::int64_t data, int zero) {
  Plan plan;
  plan.data = data;
  plan.zero_stage = zero;
  return plan;
}
double received(std::int64_t before, std::int64_t after, int zero) {
  return most_received(small(), plan_of(before, zero), plan_of(after, zero)).value();
}
double held() { return most_parameters_per_gpu(small(), plan_of(1, 0)).total(); }

TEST_CASE("a new replica receives all that it holds") {
  CHECK(received(3, 4, 0) == doctest::Approx(14 * held()));
  CHECK(received(3, 4, 1) == doctest::Approx((2 + 12.0 / 4) * held()));
  CHECK(received(3, 4, 3) == doctest::Approx(14.0 / 4 * held()));
}

TEST_CASE("as replicas are given up the others lack what of the cuts moved") {
  CHECK(received(4, 2, 0) == 0);  // each holds all
  // From quarters to halves: the first keeps [0, 1/4) of [0, 1/2), the second nothing of [1/2, 1),
  // as it had [1/4, 1/2).
  CHECK(received(4, 2, 1) == doctest::Approx(12.0 / 2 * held()));
  CHECK(received(4, 2, 3) == doctest::Approx(14.0 / 2 * held()));
  // From thirds to halves: the first keeps 1/3 of 1/2, the second [1/2, 2/3), a third of its part.
  CHECK(received(3, 2, 1) == doctest::Approx(12.0 / 2 * held() * 2 / 3));
  CHECK(received(4, 4, 1) == 0);
}

TEST_CASE("a part comes from where its middle lay") {
  const auto three = plan_of(3, 1), two = plan_of(2, 1), six = plan_of(6, 1);
  CHECK(source_replica(three, two, 0) == 0);  // 1/4 of the buffer is in the first third
  CHECK(source_replica(three, two, 1) == 2);  // 3/4 in the last
  CHECK(source_replica(three, six, 5) == 2);
  CHECK(source_replica(three, six, 2) == 1);
}

TEST_CASE("the same shard of another replica is as far as the order of ranks says") {
  Plan plan = plan_of(4, 1);
  plan.tensor = 2;
  plan.pipeline = 3;
  // Data inside: stage 2 begins at rank 2 x 4 x 2, its replica 3 six ranks later.
  CHECK(rank_of_replica(plan, 3, 5) == 16 + 6 + 1);
  plan.order = RankOrder::PipelineInside;
  CHECK(rank_of_replica(plan, 3, 5) == 3 * 6 + 5);
}

}  // namespace
}  // namespace longhaul::training
