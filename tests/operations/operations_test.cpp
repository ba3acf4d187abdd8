#include <doctest/doctest.h>

#include <set>
#include <stdexcept>

#include "operations/failure.hpp"
#include "operations/ledger.hpp"
#include "operations/node_pool.hpp"
#include "operations/power.hpp"

namespace longhaul::operations {
namespace {

random::Stream any(1, "any");

TEST_CASE("rates of causes scale with the GPUs of the run, those of the job do not") {
  const FailureCard card{"card", "", 16384, days(54), {}};
  FailureCause gpu;
  gpu.count = 148;
  gpu.strikes = Strikes::Gpu;
  FailureCause job;
  job.count = 54;
  job.strikes = Strikes::Job;
  const auto on = [](double gpus) {
    Units units;
    units[Strikes::Gpu] = gpus;
    return units;
  };
  // 148 in 54 days on 16,384 GPUs: 74 on half of them
  CHECK(rate(card, gpu, on(16384)) * days(54) == doctest::Approx(148));
  CHECK(rate(card, gpu, on(8192)) * days(54) == doctest::Approx(74));
  CHECK(rate(card, job, on(8192)) * days(54) == doctest::Approx(54));
}

TEST_CASE("a run's replicas are spread over the fewest pods, with spares in each") {
  // 2,048 nodes in replicas of 16 over pods of 384: 24 replicas fit a pod, 128 need 6 pods of 21
  // or 22; 384 - 22 x 16 = 32 spares at least are left in each.
  const NodePool pool({3072, 384, 2048, 16, 2});
  CHECK(pool.n_free() == 1024);
  std::set<std::int64_t> pods;
  for (std::int64_t first = 0; first < 2048; first += 16) {
    const auto pod = pool.pod_of(*pool.find_node(first));
    pods.insert(pod);
    for (std::int64_t i = 1; i < 16; ++i) CHECK(pool.pod_of(*pool.find_node(first + i)) == pod);
  }
  CHECK(pods.size() == 6);
}

TEST_CASE("a spare of the same site goes before one of a fuller pod at another") {
  // Pods of two; sites {0..3} and {4..7}. The run is on 0, 2 and 3: 1 is free beside the other
  // site.
  RunNodes nodes{8, 2, 3};
  for (const std::int64_t per_site : {0, 4}) {
    nodes.per_fabric_site = per_site;
    NodePool pool(nodes);
    pool.take_out(2, NodeState::Repair);
    CHECK(pool.fill(any));
    CHECK((*pool.find_node(1) == 1) == (per_site == 4));
    // With none left here one comes from there.
    pool.take_out(3, NodeState::Repair);
    CHECK(pool.fill(any));
    CHECK(*pool.find_node(2) > 3);
  }
}

TEST_CASE("a site that may have fewer of the run's nodes gives up those of the last positions") {
  // Sites {0..3} and {4..7}; 0 to 2 and 4 to 6 are in the run.
  NodePool pool({8, 4, 6, 1, 1, 1, 4});
  CHECK(pool.n_usable() == 8);
  pool.limit_sites({2, 3});
  CHECK(pool.exceeds_limits());
  CHECK(pool.n_usable() == 5);  // for 3 and 7, which are free, there is no room
  pool.resize(5);               // 2 leaves its place to 6, the last
  CHECK(pool.placement() == std::vector<std::int64_t>{0, 1, 6, 4, 5});
  CHECK(!pool.exceeds_limits());
  pool.take_out(6, NodeState::Repair);
  CHECK(pool.fill(any));
  CHECK(pool.position_of(7) == 2);
  // Now there is room at the second site, and nobody free; 2 and 3 stand at the first, which is
  // full.
  pool.take_out(7, NodeState::Repair);
  CHECK(pool.n_usable() == 4);
  CHECK(!pool.fill(any));
  pool.limit_sites({});
  CHECK(pool.n_usable() == 6);
  CHECK(pool.fill(any));
}

TEST_CASE("a failed node is replaced from its own pod, and every node is in one state") {
  NodePool pool({8, 4, 4, 2, 1});  // pods {0..3}, {4..7}; two replicas of two nodes fit one pod
  const auto holds = [&pool] {
    std::int64_t placed = 0;
    std::set<std::int64_t> nodes;
    for (const auto node : pool.placement())
      if (node >= 0) {
        ++placed;
        CHECK(nodes.insert(node).second);  // no node twice
      }
    CHECK(placed + pool.n_free() + pool.n(NodeState::Repair) == pool.n_nodes());
  };
  holds();
  pool.take_out(1, NodeState::Repair);
  CHECK_THROWS_AS(pool.take_out(1, NodeState::Repair), std::logic_error);  // out already
  CHECK(pool.n_vacant() == 1);
  holds();
  REQUIRE(pool.fill(any));
  CHECK(pool.pod_of(*pool.find_node(1)) == 1);  // pod 0 is full: from pod 1
  pool.give_back(1);
  pool.take_out(0, NodeState::Repair);
  REQUIRE(pool.fill(any));
  CHECK(pool.find_node(0) == 1);  // its own pod has a spare again
  holds();
  CHECK_THROWS_AS(pool.give_back(5), std::logic_error);
}

TEST_CASE("a spare stands in the same place under its leaf where there is one") {
  NodePool pool({16, 16, 8, 4, 2});  // free: 8 .. 15, four of each place
  for (const std::int64_t position : {1, 3, 5, 7})
    pool.take_out(*pool.find_node(position), NodeState::Repair);
  REQUIRE(pool.fill(any));
  for (const std::int64_t position : {1, 3, 5, 7}) CHECK(*pool.find_node(position) % 2 == 1);
  pool.take_out(*pool.find_node(1), NodeState::Repair);
  REQUIRE(pool.fill(any));  // no odd one is left
  CHECK(*pool.find_node(1) % 2 == 0);
}

TEST_CASE("when no node is free a position stays vacant until one is repaired") {
  NodePool pool({2, 2, 2, 1, 1});
  pool.take_out(0, NodeState::Repair);
  pool.take_out(1, NodeState::Repair);
  CHECK_FALSE(pool.fill(any));
  pool.give_back(0);
  CHECK_FALSE(pool.fill(any));
  CHECK(pool.n_vacant() == 1);
  pool.give_back(1);
  CHECK(pool.fill(any));
  CHECK_THROWS_AS(NodePool({2, 2, 3, 1, 1}), std::invalid_argument);
}

TEST_CASE("a cold node is cold again after it was out") {
  SparesConfig spares;
  spares.cold = 1;
  spares.warm = 1;
  NodePool pool({4, 4, 1, 1, 1}, spares);  // 0 in the run, 1 and 2 free, 3 cold
  for (const std::int64_t node : {1, 2, 3}) pool.take_out(node, NodeState::Drained);
  for (const std::int64_t node : {3, 2, 1}) pool.give_back(node);
  CHECK(pool.state(3) == NodeState::Cold);
  CHECK(pool.state(2) == NodeState::Warm);
  CHECK(pool.state(1) == NodeState::Idle);
  // Once fetched it is as any other.
  CHECK(pool.fetch());
  pool.take_out(3, NodeState::Repair);
  pool.give_back(3);
  CHECK(pool.state(3) == NodeState::Idle);
}

TEST_CASE("power: 16,000 H100 draw 27.2 MW") {
  // (700 + 575) / (1 - 0.1) x 1.2 = 1,700 W a GPU
  const PowerConfig config{watts(575), 0.1, 1.2, 1.0, 0.3, 0.15};
  CHECK(run_power(config, watts(700), 16'000, PowerState::Compute).value() ==
        doctest::Approx(27.2e6));
  // (0.15 x 700 + 575) / 0.9 x 1.2 = 906.67 W
  CHECK(run_power(config, watts(700), 1, PowerState::Idle).value() ==
        doctest::Approx(906.667).epsilon(1e-6));
}

TEST_CASE("the ledger's total is the sum of what was spent") {
  Ledger ledger;
  ledger.spend(Spending::Useful, hours(5), 2);
  ledger.spend(Spending::Redone, hours(1), 2);
  ledger.spend(Spending::Redone, hours(2), 1);
  CHECK(ledger.spent(Spending::Redone) == hours(3));
  CHECK(ledger.total() == hours(8));
  CHECK(key_of(Spending::Maintenance) == "maintenance");
}

}  // namespace
}  // namespace longhaul::operations
