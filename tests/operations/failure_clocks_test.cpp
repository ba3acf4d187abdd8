#include "operations/failure_clocks.hpp"

#include <doctest/doctest.h>

#include <utility>

namespace longhaul::operations {
namespace {

/// One cause, of one failure a unit and day, on a run of 16 nodes in racks of 8.
struct Case {
  explicit Case(Strikes strikes) {
    FailureCause cause;
    cause.name = "failure";
    cause.strikes = strikes;
    cause.mtbf = days(1);
    card.causes.push_back(std::move(cause));
    nodes.platform = nodes.used = 16;
    nodes.per_rack = 8;
    units[Strikes::Job] = 1;
    units[Strikes::Rack] = 2;
    units[Strikes::Node] = 16;
    units[Strikes::Gpu] = 128;
  }
  FailureClocks clocks() const { return {card, units, nodes, {}, 1}; }

  FailureCard card{"card", "", 128, days(1), {}};
  Units units;
  RunNodes nodes;
};

/// Over the time to the first failure with all nodes: that with `running` of them from the start.
double longer(Strikes strikes, std::int64_t running) {
  const Case one(strikes);
  auto clocks = one.clocks();
  const Seconds first = clocks.next(FailureClock::Wall);
  clocks.set_nodes(running, 0, Seconds(), Seconds());
  return clocks.next(FailureClock::Wall) / first;
}

// An exponential time grows as its rate shrinks. Nodes fail in proportion to those in the run:
// 9 of 16 at 9/16 of the rate. A rack does while any of its nodes is in it: 9 nodes stand in
// ceil(9 / 8) = 2 of 2 racks, 8 in 1. What strikes the job does not ask how large it is.
TEST_CASE("racks count whole while one of their nodes is in the run, nodes one by one") {
  CHECK(longer(Strikes::Rack, 15) == 1);
  CHECK(longer(Strikes::Rack, 9) == 1);
  CHECK(longer(Strikes::Rack, 8) == doctest::Approx(2));
  CHECK(longer(Strikes::Rack, 1) == doctest::Approx(2));
  CHECK(longer(Strikes::Rack, 17) == doctest::Approx(2.0 / 3));
  for (const auto strikes : {Strikes::Node, Strikes::Gpu}) {
    CHECK(longer(strikes, 9) == doctest::Approx(16.0 / 9));
    CHECK(longer(strikes, 8) == doctest::Approx(2));
  }
  CHECK(longer(Strikes::Job, 8) == 1);
}

// Of 2 racks one is left from a quarter of the time to the first failure on: the three quarters
// that are left take twice as long, so it comes at 0.25 + 1.5 of that time.
TEST_CASE("what is left until a failure stretches from when nodes leave") {
  const Case one(Strikes::Rack);
  auto clocks = one.clocks();
  const Seconds first = clocks.next(FailureClock::Wall);
  clocks.set_nodes(8, 0, 0.25 * first, Seconds());
  CHECK(clocks.next(FailureClock::Wall) / first == doctest::Approx(1.75));
}

}  // namespace
}  // namespace longhaul::operations
