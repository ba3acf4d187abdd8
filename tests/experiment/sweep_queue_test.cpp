// What the queue of a shard says is left.
#include "experiment/sweep_queue.hpp"

#include <doctest/doctest.h>

#include "../scenario/files.hpp"
#include "scenario/sweep_file.hpp"

namespace longhaul::experiment {
namespace {

using scenario::Files;

/// Three combinations, `repeats` of each.
struct Three {
  explicit Three(int repeats)
      : plan(scenario::read_sweep(
            files.write("s.toml", "[run]\nstep_time = \"1 min\"\n[sweep]\nrepeats = " +
                                      std::to_string(repeats) +
                                      "\n[[sweep.axis]]\nkey = \"run.step_time\"\n"
                                      "values = [\"1 min\", \"2 min\", \"3 min\"]\n"),
            {}, {})),
        store(files.path("s.sqlite"), SweepRecord{}) {}
  std::int64_t left(const Shard& shard) const { return SweepQueue(plan, store, shard).left(); }

  Files files;
  SweepPlan plan;
  StoreWriter store;
};

TEST_CASE("shards share the points out, also when there are more shards than points") {
  const Three sweep(1);
  CHECK(sweep.left({1, 2}) == 2);
  CHECK(sweep.left({2, 2}) == 1);
  CHECK(sweep.left({3, 8}) == 1);
  CHECK(sweep.left({4, 8}) == 0);
  CHECK_FALSE(SweepQueue(sweep.plan, sweep.store, {4, 8}).next(-1).has_value());
}

TEST_CASE("points of another shard that a store holds are none of those it has to do") {
  Three sweep(2);
  // Of the points 0/0, 1/0, 2/0, 0/1, 1/1, 2/1 the second of two shards has 1/0, 0/1 and 2/1.
  StoredPoint own;
  own.repeat = 1;
  sweep.store.add({StoredPoint(), own});
  CHECK(sweep.left({2, 2}) == 2);
}

TEST_CASE("more repeats leave every point in its shard") {
  const Three few(2);
  const Three many(5);
  for (std::int64_t i = 1; i <= 4; ++i)
    for (std::int64_t c = 0; c < 3; ++c)
      for (std::int64_t r = 0; r < 2; ++r)
        CHECK(Shard{i, 4}.holds(few.plan, c, r) == Shard{i, 4}.holds(many.plan, c, r));
}

}  // namespace
}  // namespace longhaul::experiment
