// Whatever happens to a run over months, its books close.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/forked.hpp"
#include "engine/run_actor.hpp"
#include "engine/settings.hpp"
#include "operations/node_pool.hpp"
#include "random_months.hpp"

namespace longhaul::property {
namespace {

using namespace operations;

/// What the clock of 100,000 such runs, one after the other, resolves; it rounds so at every event.
constexpr double clock_s = 3e-5;

/// Whether the run took all the time there was.
bool is_over(const RunInputs& in, const RunTotals& totals) {
  return totals.simulated > in.duration - seconds(clock_s);
}

/// Listens to a run and says what it does that no run may.
class Auditor {
 public:
  explicit Auditor(const RunInputs& inputs) : in_(inputs) {
    n_there_ = in_.nodes.platform - in_.nodes.off;
    interruptions_.assign(in_.failures.causes.size(), 0);
    faults_.assign(in_.failures.causes.size(), 0);
    observer_.on_event = [this](const RunEvent& event) { heard(event); };
    observer_.on_span = [this](const RunSpan& span) { passed(span); };
    observer_.on_sample = [this](const RunSample& sample) { sampled(sample); };
  }

  /// The run of these inputs, audited.
  RunTotals run() {
    auto watched = in_;
    watched.step = [this](const auto& placement) { return watch(placement, in_.step); };
    for (auto& decision : watched.decisions)
      if (decision.step)
        decision.step = [this, step = decision.step](const auto& placement) {
          return watch(placement, step);
        };
    RunTotals totals;
    try {
      totals = engine::simulate_run(watched, observer_);
      close(totals);
    } catch (const std::exception& problem) {
      check(false, problem.what());
    }
    return totals;
  }

  const std::string& problems() const { return problems_; }

 private:
  void check(bool holds, std::string_view what) {
    if (!holds && problems_.size() < 1000)
      problems_ += fmt::format("{} at {} s\n", what, last_.value());
  }
  void check_equal(Seconds a, Seconds b, std::string_view what, double nodes = 1) {
    check(std::abs((a - b).value()) <= 1e-9 * std::abs(b.value()) + nodes * rounding_s_,
          fmt::format("{}: {} s rather than {} s", what, a.value(), b.value()));
  }

  /// Asked for a step time before every stretch of steps on other nodes than before.
  Seconds watch(const std::vector<std::int64_t>& placement, const StepOracle& step) {
    std::set<std::int64_t> nodes;
    for (const auto node : placement) {
      check(node >= 0, "a step with a vacant place");
      if (node < 0) continue;
      check(node < n_there_, "a node is used that is not there");
      check(nodes.insert(node).second, "a node is used twice");
    }
    const auto n = std::ssize(placement);
    check(n == in_.nodes.used || std::ranges::count(in_.sizes, n) == 1, "a size not allowed");
    return step(placement);
  }

  void heard(const RunEvent& event) {
    check(event.time >= last_, "an event before the last one");
    last_ = event.time;
    check(event.step >= 0, "steps below zero");
    lost_ += event.lost;
    const auto cause = static_cast<std::size_t>(event.cause);
    if (event.kind == EventKind::Interruption) ++interruptions_.at(cause);
    if (event.kind == EventKind::Fault) ++faults_.at(cause);
    if (event.kind == EventKind::Barred) ++n_barred_;
    if (event.kind == EventKind::Arrived) {
      n_there_ += event.node;
      until_arrival_ += static_cast<double>(event.node) * event.time;
    }
  }

  void passed(const RunSpan& span) {
    check(span.start == told_ && span.end >= span.start, "a gap between two stretches");
    told_ = span.end;
    if (span.state == "step" || span.state == "checkpoint") up_ += span.end - span.start;
  }

  void sampled(const RunSample& sample) {
    check(sample.nodes_free >= 0 && sample.nodes_down >= 0 &&
              sample.nodes_free + sample.nodes_down <= n_there_,
          "more nodes are free or down than there are");
  }

  /// Sums at the end.
  void close(const RunTotals& totals) {
    rounding_s_ = clock_s * static_cast<double>(1 + totals.events);
    const auto& ledger = totals.ledger;
    const auto spent = [&](Spending on) { return ledger.spent(on); };
    check_equal(told_, totals.simulated, "stretches end");
    check_equal(ledger.total(), totals.simulated, "time by what it was spent on");

    // Nodes x time by cause: at the end of the run, which is at random.
    const auto n_nodes = static_cast<double>(std::max<std::int64_t>(1, in_.nodes.platform));
    check_equal(ledger.node_total(), n_nodes * totals.simulated, "nodes x time by cause", n_nodes);
    const auto n_off = in_.nodes.platform - n_there_;
    check_equal(ledger.held(NodeState::Off),
                until_arrival_ + static_cast<double>(n_off) * totals.simulated,
                "nodes x time before they were there", n_nodes);
    for (std::size_t i = 0; i < n_node_states; ++i)
      check(ledger.held(static_cast<NodeState>(i)) >= Seconds(),
            "a state held for less than no time");

    // Work done is work asked for, or the time was over.
    std::int64_t wanted = in_.steps;
    for (const auto& decision : in_.decisions)
      if (decision.steps && decision.time < totals.simulated) wanted += *decision.steps;
    check(totals.steps <= wanted, "more steps than were asked for");
    check(totals.steps == wanted || is_over(in_, totals), "fewer steps than asked for");
    check(totals.redone_steps >= 0, "steps were redone less than never");
    // A new recipe begins on whatever nodes the run stands on, with steps as long as they are
    // there.
    if (std::ranges::none_of(in_.decisions, [](const Decision& decision) {
          return decision.kind == Decision::Kind::Restart;
        }))
      check_equal(spent(Spending::Useful), static_cast<double>(totals.steps) * totals.step,
                  "useful time of the steps kept");
    check_equal(spent(Spending::Redone), lost_, "time in steps that were lost");
    // Up is what was kept, lost or unfinished, and what saving took.
    check_equal(up_,
                spent(Spending::Useful) + spent(Spending::Stragglers) + spent(Spending::Resized) +
                    spent(Spending::Capped) + spent(Spending::Redone) +
                    spent(Spending::Unfinished) + spent(Spending::Checkpoint),
                "time in steps and checkpoints");

    check(totals.interruptions_by_cause == interruptions_, "interruptions untold");
    check(faults_ == totals.faults_by_cause, "faults untold");
    check(totals.nodes_barred == n_barred_, "nodes barred untold");
    check(totals.energy.value() >= 0, "energy below zero");
  }

  const RunInputs& in_;
  RunObserver observer_;
  std::string problems_;
  Seconds last_, told_, up_, lost_, until_arrival_;
  double rounding_s_ = 0;
  std::int64_t n_there_ = 0, n_barred_ = 0;
  std::vector<std::int64_t> interruptions_, faults_;
};

/// Checks a property in a process of its own, so that the clock of this one stays at 0. Returns
/// whether it holds, and what it counted.
template <class Property>
std::vector<double> check_in_child(std::size_t n_counts, const Property& property) {
  return engine::run_forked_values<double>([&] {
    engine::start_engine(engine::Clock::Months);
    std::vector<double> counts(n_counts + 1);
    counts[n_counts] = rc::check([&] { property(counts); }) ? 1 : 0;
    return counts;
  });
}

TEST_CASE("property: months of any kind use no node twice, and their books close") {
  const auto counts = check_in_child(5, [](std::vector<double>& n) {
    const auto in = random_months();
    Auditor auditor(in);
    const auto totals = auditor.run();
    RC_ASSERT(auditor.problems() == "");
    ++n[0];
    n[1] += is_over(in, totals) ? 0 : 1;
    for (const auto stops : totals.interruptions_by_cause) n[2] += static_cast<double>(stops);
    n[3] += static_cast<double>(totals.events);
    n[4] += totals.ledger.spent(Spending::Resized) != Seconds() ? 1 : 0;
  });
  CHECK(counts[5] == 1);
  const double n_runs = counts[0];
  MESSAGE(n_runs << " runs, " << counts[1] << " did their steps, " << counts[2] << " stops, "
                 << counts[3] << " events, " << counts[4] << " on fewer nodes");
  // All of it happens often enough for the test to mean something.
  CHECK(counts[1] > n_runs / 10);
  CHECK(counts[2] > 4 * n_runs);
  CHECK(counts[4] > n_runs / 20);
}

/// All that a run tells and what it adds up to, to the last bit.
std::string story(const RunInputs& inputs) {
  const auto in = inputs;  // with a fabric that is whole
  engine::start_engine(engine::Clock::Months);
  std::string text;
  const auto add = [&text](auto... values) {
    const double numbers[] = {static_cast<double>(values)...};
    text.append(reinterpret_cast<const char*>(numbers), sizeof numbers);
  };
  RunObserver observer;
  observer.on_event = [&](const RunEvent& e) {
    add(e.time.value(), static_cast<int>(e.kind), e.cause, e.node, e.step, e.duration.value(),
        e.lost.value());
  };
  observer.on_sample = [&](const RunSample& s) {
    add(s.time.value(), s.steps, s.redone_steps, s.nodes_free, s.nodes_down, s.energy.value());
  };
  const auto totals = engine::simulate_run(in, observer);
  add(totals.simulated.value(), totals.steps, totals.checkpoints, totals.energy.value());
  for (std::size_t i = 0; i < n_spendings; ++i)
    add(totals.ledger.spent(static_cast<Spending>(i)).value(),
        totals.ledger.node_time(static_cast<Spending>(i)).value());
  return text;
}

TEST_CASE("property: months of one seed are the same to the last bit, of another they differ") {
  std::vector<RunInputs> runs;
  CHECK(rc::check([&] { runs.push_back(random_months()); }));
  // All of them in a process of its own, whose clock begins where that of the others does.
  const auto stories = [&] {
    return engine::run_forked_values<std::size_t>([&] {
      std::vector<std::size_t> hashes;
      hashes.reserve(runs.size());
      for (const auto& in : runs) hashes.push_back(std::hash<std::string>()(story(in)));
      return hashes;
    });
  };
  const auto first = stories();
  CHECK(first.size() == runs.size());
  CHECK(first == stories());
  for (auto& in : runs) in.seed += 1'000'001;
  const auto other = stories();
  std::size_t n_other = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) n_other += other[i] != first[i] ? 1 : 0;
  CHECK(n_other > runs.size() / 2);  // some draw nothing at random
}

TEST_CASE("property: with every mechanism off a run takes its steps times the step time, exactly") {
  // Steps of so many 64ths of a second, which the clock of all runs together holds exactly: 100,000
  // of 5e4 x 7,800 s on average are less than 2^46 s, in 53 bits.
  const auto counts = check_in_child(0, [](auto&) {
    RunInputs in;
    const Seconds step = seconds(*rc::gen::inRange(1, 1'000'000) / 64.0);
    in.step = [step](const auto&) { return step; };
    in.steps = *rc::gen::inRange<std::int64_t>(1, 100'000);
    in.checkpoint_interval =
        static_cast<double>(*rc::gen::inRange<std::int64_t>(in.steps, 200'000)) * step;
    in.nodes.platform = in.nodes.per_pod = *rc::gen::inRange<std::int64_t>(1, 100);
    in.nodes.used = *rc::gen::inRange<std::int64_t>(1, in.nodes.platform + 1);
    const auto totals = engine::simulate_run(in, {});
    RC_ASSERT(totals.simulated == static_cast<double>(in.steps) * step);
    RC_ASSERT(totals.ledger.spent(Spending::Useful) == totals.simulated);
    RC_ASSERT(totals.steps == in.steps);
  });
  CHECK(counts[0] == 1);
}

TEST_CASE("property: a run that shrinks at no cost is never behind one that waits") {
  // No spares, so that both use the same nodes, which fail at the same times and are out for the
  // same times. The one that waits runs only while all nodes are whole. The other does then too,
  // and is ahead by what it did before: when the last node comes back it finishes a slow step, in
  // no more time than the restart of the one that waits takes. Failures are
  // further apart than a restart takes.
  const auto counts = check_in_child(2, [](std::vector<double>& n) {
    RunInputs in;
    const auto used = *rc::gen::inRange<std::int64_t>(2, 9);
    in.nodes = {used, used, used, 1, 1};
    in.duration = hours(*rc::gen::inRange(1, 100));
    in.step = [used](const std::vector<std::int64_t>& placement) {
      return minutes(static_cast<double>(used) / static_cast<double>(placement.size()));
    };
    in.checkpoint_policy = IntervalPolicy::Step;
    in.recovery.detect = seconds(0);
    const auto restart_min = static_cast<int>(used) + *rc::gen::inRange(0, 20);
    in.recovery.restart = minutes(restart_min);
    in.repair.automatic = minutes(*rc::gen::inRange(1, 2000));
    FailureCause node;
    node.name = "node";
    node.strikes = Strikes::Node;
    in.failures = {"any", "", 1, days(1), {node}};
    const auto n_failures = *rc::gen::inRange(0, 8);
    Seconds at;
    for (int i = 0; i < n_failures; ++i) {
      at += minutes(restart_min + *rc::gen::inRange(1, 1500));
      in.replay.push_back({at, 0, std::nullopt, *rc::gen::inRange<std::int64_t>(0, used)});
    }
    const auto waits = engine::simulate_run(in, {});
    in.elastic.shrink = true;
    for (auto size = used; size > 0; size = size / 2) in.sizes.push_back(size);
    const auto shrinks = engine::simulate_run(in, {});
    RC_ASSERT(shrinks.steps >= waits.steps);
    ++n[0];
    n[1] += shrinks.steps > waits.steps ? 1 : 0;
  });
  CHECK(counts[2] == 1);
  CHECK(counts[1] > counts[0] / 4);  // ahead
}

TEST_CASE("property: every node of a pool is in one state, whatever is done to it") {
  CHECK(rc::check([] {
    RunNodes nodes;
    const auto any = [](std::int64_t low, std::int64_t high) {
      return *rc::gen::inRange<std::int64_t>(low, high + 1);
    };
    nodes.per_pod = any(1, 6);
    nodes.platform = nodes.per_pod * any(1, 4);
    nodes.off = any(0, nodes.platform - 1);
    SparesConfig spares;
    spares.cold = any(0, nodes.platform - nodes.off - 1);
    spares.warm = any(0, 3);
    spares.select = static_cast<Selection>(any(0, 2));
    nodes.used = any(1, nodes.platform - nodes.off - spares.cold);
    nodes.per_leaf = any(1, 3);
    nodes.block = any(1, 3);

    const NodePool* watched = nullptr;
    std::string problem;
    const auto count = [&] {
      std::int64_t total = 0;
      for (std::size_t i = 0; i < n_node_states; ++i)
        total += watched->n(static_cast<NodeState>(i));
      if (total != nodes.platform) problem = "allocated, free, down and off are not all";
    };
    NodePool pool(nodes, spares, [&](std::int64_t node, NodeState from, NodeState to) {
      count();
      if (from == to || watched->state(node) != from) problem = "a move from another state";
    });
    watched = &pool;
    random::Stream stream(1, "any");
    const auto is_out = [&](std::int64_t node) {
      return pool.state(node) == NodeState::Repair || pool.state(node) == NodeState::Drained;
    };
    for (auto n = any(1, 30); n > 0; --n) {
      const auto node = any(0, nodes.platform - 1);
      const auto what = any(0, 6);
      if (what <= 1 && !is_out(node) && pool.state(node) != NodeState::Barred &&
          pool.state(node) != NodeState::Off)
        pool.take_out(node, what == 0 ? NodeState::Repair : NodeState::Drained);
      else if (what <= 1 && is_out(node))
        n % 5 == 0 ? pool.bar(node) : pool.give_back(node);
      else if (what == 2 && pool.n(NodeState::Off) > 0)
        pool.arrive();
      else if (what == 3)
        pool.fill_warm();
      else if (what == 4)
        pool.fill(stream);
      else if (what == 5)
        pool.fetch();
      else if (what == 6)
        pool.resize(any(1, nodes.platform));
      count();
      std::int64_t placed = 0;
      std::set<std::int64_t> used;
      for (std::int64_t position = 0; position < pool.n_positions(); ++position) {
        const auto here = pool.find_node(position);
        if (!here) continue;
        ++placed;
        used.insert(*here);
        RC_ASSERT(pool.state(*here) == NodeState::Run);
        RC_ASSERT(pool.position_of(*here) == position);
      }
      for (std::int64_t other = 0; other < nodes.platform; ++other)
        RC_ASSERT((pool.state(other) == NodeState::Run) == (pool.position_of(other) >= 0));
      RC_ASSERT(std::ssize(used) == placed);
      RC_ASSERT(pool.n(NodeState::Run) == placed);
      RC_ASSERT(placed + pool.n_vacant() == pool.n_positions());
      RC_ASSERT(problem == "");
    }
  }));
}

}  // namespace
}  // namespace longhaul::property
