#include "training/plan_search.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "shapes.hpp"
#include "training/memory.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

constexpr OpenFields all_open{true, true, true, true, true, true, true, true};
const Network round_network{8, bytes_per_second(100e9), bytes_per_second(10e9)};

/// 12 layers, 1.7e9 parameters.
ModelShape small_dense() {
  return {
      .layers = 12, .hidden = 3072, .ffn_hidden = 12288, .heads = 24, .kv_heads = 24, .vocab = 64};
}
ModelShape small_experts() {
  ModelShape model = small_dense();
  model.experts = {.routed = 8, .per_token = 2, .ffn_hidden = 3072, .shared = 1, .dense_layers = 1};
  return model;
}

hardware::Chip chip_with(double memory_bytes) {
  hardware::Chip chip = tests::round_chip();
  chip.memory_size = bytes(memory_bytes);
  return chip;
}

Efficiency efficiency() {
  Efficiency e;
  e.launch = seconds(2e-6);
  e.straggler_sigma = 0.01;
  return e;
}

struct Question {
  ModelShape model;
  Plan given;
  std::int64_t n_gpus;
  Batch batch;
  hardware::Chip chip;
};

PlanSearch search(const Question& q, const OpenFields& open = all_open, std::size_t n_best = 10) {
  return search_plans(q.model, q.given, open, q.batch, q.n_gpus, q.chip, round_network,
                      efficiency(), n_best);
}

struct Choices {
  Recompute mode;
  double share;
};
std::vector<Choices> recompute_choices() {
  std::vector<Choices> choices{{Recompute::None, 1.0}, {Recompute::Selective, 1.0}};
  for (const double eighths : {1, 2, 3, 4, 5, 6, 7, 8})
    choices.push_back({Recompute::Full, eighths / 8});
  return choices;
}

/// Every combination of every number that could do, by the slow way.
std::vector<TimedPlan> brute_force(const Question& q) {
  std::vector<TimedPlan> timed;
  Plan plan = q.given;
  const auto consider = [&] {
    if (!problems(plan, q.model, q.batch, q.n_gpus).empty()) return;
    if (!check_memory(q.model, plan, q.batch, q.chip).fits) return;
    timed.push_back({plan, step_time(q.model, plan, q.batch, q.chip, round_network, efficiency())});
  };
  const std::int64_t n = q.n_gpus;
  for (plan.tensor = 1; plan.tensor <= n; ++plan.tensor)
    for (plan.pipeline = 1; plan.pipeline <= n; ++plan.pipeline)
      for (plan.context = 1; plan.context <= n; ++plan.context)
        for (plan.data = 1; plan.data <= n; ++plan.data) {
          if (gpus(plan) != n) continue;
          const StageLayers stage = stage_layers(q.model.layers, plan.pipeline);
          const std::int64_t layers = std::max(stage.first, stage.middle);
          plan.sequence_parallel = q.given.sequence_parallel && plan.tensor > 1;
          for (plan.expert = 1; plan.expert <= 8; ++plan.expert)
            for (plan.microbatch = 1; plan.microbatch <= 64; ++plan.microbatch)
              for (plan.virtual_stages = 1; plan.virtual_stages <= layers; ++plan.virtual_stages) {
                if (layers % plan.virtual_stages != 0) continue;
                for (const Choices& recompute : recompute_choices()) {
                  plan.recompute = recompute.mode;
                  plan.recompute_share = recompute.share;
                  consider();
                }
              }
        }
  std::stable_sort(timed.begin(), timed.end(), [](const TimedPlan& a, const TimedPlan& b) {
    return a.step.total < b.step.total;
  });
  return timed;
}

const Question dense{
    small_dense(), {.sequence_parallel = true, .zero_stage = 1}, 16, {2048, 32}, chip_with(12e9)};
const Question experts{
    small_experts(), {.sequence_parallel = true, .zero_stage = 1}, 8, {2048, 16}, chip_with(24e9)};

class Numbers {
 public:
  std::int64_t one_of(std::initializer_list<std::int64_t> values) {
    return values.begin()[engine_() % values.size()];
  }

 private:
  std::mt19937_64 engine_{1};
};

Plan random_plan(Numbers& numbers) {
  Plan plan;
  plan.tensor = numbers.one_of({1, 1, 2, 4, 8, 3, 0});
  plan.pipeline = numbers.one_of({1, 2, 4, 6, 7, 1});
  plan.data = numbers.one_of({1, 2, 4, 8, 5});
  plan.context = numbers.one_of({1, 1, 1, 2, 3});
  plan.expert = numbers.one_of({1, 1, 2, 4, 8, 3});
  plan.virtual_stages = numbers.one_of({1, 1, 1, 2, 3});
  plan.microbatch = numbers.one_of({1, 1, 2, 4, 3, 64});
  plan.zero_stage = static_cast<int>(numbers.one_of({0, 0, 1, 1, 2, 2, 3, 3, 4}));
  plan.recompute_share = numbers.one_of({1, 1, 1, 1, 1, 1, 1, 2}) == 1 ? 0.5 : 1.5;
  plan.order = numbers.one_of({0, 1}) == 0 ? RankOrder::DataInside : RankOrder::PipelineInside;
  plan.schedule = static_cast<PipelineSchedule>(numbers.one_of({0, 0, 1, 2}));
  plan.uneven_layers = numbers.one_of({0, 0, 1}) == 1;
  return plan;
}

}  // namespace

TEST_CASE("a plan can run exactly where it has no problems") {
  Numbers numbers;
  int runs = 0;
  constexpr int rounds = 60'000;
  for (int i = 0; i < rounds; ++i) {
    const Plan plan = random_plan(numbers);
    ModelShape model = numbers.one_of({0, 1}) == 0 ? small_dense() : small_experts();
    model.kv_heads = numbers.one_of({24, 24, 24, 8, 8, 5, 48});
    model.heads = numbers.one_of({24, 24, 24, 24, 7});
    model.experts.dense_layers = numbers.one_of({0, 1, 1, 13});
    model.experts.per_token = numbers.one_of({2, 2, 2, 9});
    model.latent.kv_rank = numbers.one_of({0, 0, 0, 512});
    const Batch batch{2048, numbers.one_of({64, 64, 32, 48, 1, 0})};
    const std::int64_t n_gpus = gpus(plan) + numbers.one_of({0, 0, 0, 0, 0, 0, 1});
    const bool sound = problems(plan, model, batch, n_gpus).empty();
    runs += sound ? 1 : 0;
    REQUIRE(can_run(plan, model, batch, n_gpus) == sound);
  }
  CHECK(runs > rounds / 100);  // neither answer is rare
  CHECK(runs < rounds / 2);
}

TEST_CASE("a search finds what trying everything finds") {
  for (const Question* question : {&dense, &experts}) {
    const auto slow = brute_force(*question);
    const PlanSearch fast = search(*question);
    REQUIRE(slow.size() > 100);
    CHECK(fast.timed == std::ssize(slow));
    CHECK(fast.considered == fast.invalid + fast.too_large + fast.timed);
    CHECK(fast.too_large > 0);
    REQUIRE(fast.best.size() == 10);
    for (std::size_t i = 0; i < fast.best.size(); ++i)
      CHECK(fast.best[i].step.total == slow[i].step.total);
    for (std::size_t i = 0; i < n_choices; ++i) {
      CAPTURE(i);
      const auto rival = std::find_if(slow.begin(), slow.end(), [&](const TimedPlan& other) {
        return differ(static_cast<Choice>(i), other.plan, fast.best.front().plan);
      });
      REQUIRE(fast.rivals[i].has_value() == (rival != slow.end()));
      if (rival == slow.end()) continue;
      CHECK(fast.rivals[i]->step.total == rival->step.total);
      CHECK(differ(static_cast<Choice>(i), fast.rivals[i]->plan, fast.best.front().plan));
    }
  }
}

TEST_CASE("more memory never makes the best plan slower") {
  Question question = dense;
  Seconds before = seconds(1e9);
  std::int64_t timed_before = 0;
  for (double gigabytes = 6; gigabytes < 50; gigabytes += 1) {
    question.chip = chip_with(gigabytes * 1e9);
    const PlanSearch found = search(question);
    CAPTURE(gigabytes);
    CHECK(found.timed >= timed_before);
    timed_before = found.timed;
    if (found.best.empty()) continue;
    CHECK(found.best.front().step.total <= before);
    before = found.best.front().step.total;
  }
  CHECK(before < seconds(1e9));
}

TEST_CASE("nothing that cannot run or does not fit is returned") {
  for (const double memory : {8e9, 9e9, 10e9, 12e9, 16e9}) {
    Question question = dense;
    question.chip = chip_with(memory);
    const PlanSearch found = search(question);
    auto returned = found.best;
    for (const auto& rival : found.rivals)
      if (rival) returned.push_back(*rival);
    for (const auto& [plan, step] : returned) {
      CHECK(problems(plan, question.model, question.batch, question.n_gpus).empty());
      CHECK(check_memory(question.model, plan, question.batch, question.chip).fits);
    }
  }
}

TEST_CASE("where nothing fits the leanest plan is told") {
  Question question = dense;
  question.chip = chip_with(100e9);
  Bytes least = bytes(1e15);
  for (const TimedPlan& timed : brute_force(question))
    least = std::min(least, total(memory_use(question.model, timed.plan, question.batch)));
  question.chip = chip_with(4.1e9);
  const PlanSearch found = search(question);
  CHECK(found.best.empty());
  CHECK(found.timed == 0);
  REQUIRE(found.leanest);
  CHECK(total(memory_use(question.model, *found.leanest, question.batch)) == least);
}

TEST_CASE("2^14 GPUs are a product of four degrees in 680 ways") {
  // Fourteen twos on four degrees: C(14 + 3, 3) = 680.
  Question question{tests::llama3_405b(), {}, 16384, {8192, 2048}, tests::round_chip()};
  OpenFields only_degrees;
  only_degrees.tensor = only_degrees.pipeline = only_degrees.data = only_degrees.context = true;
  CHECK(search(question, only_degrees).considered == 680);
  // With tensor 8 eleven twos are left for three: C(11 + 2, 2) = 78.
  question.given.tensor = 8;
  only_degrees.tensor = false;
  CHECK(search(question, only_degrees).considered == 78);
  // And with data 128 four twos for two.
  question.given.data = 128;
  only_degrees.data = false;
  CHECK(search(question, only_degrees).considered == 5);
  question.given.tensor = 7;  // does not divide
  CHECK(search(question, only_degrees).considered == 0);
}

TEST_CASE("fields that are given stay as they are given") {
  Question question = dense;
  question.given.tensor = 2;
  question.given.microbatch = 2;
  OpenFields open = all_open;
  open.tensor = open.microbatch = false;
  const PlanSearch found = search(question, open);
  REQUIRE_FALSE(found.best.empty());
  for (const auto& [plan, step] : found.best) {
    CHECK(plan.tensor == 2);
    CHECK(plan.microbatch == 2);
  }
  CHECK_FALSE(found.rivals[static_cast<std::size_t>(Choice::Tensor)]);
  CHECK_FALSE(found.rivals[static_cast<std::size_t>(Choice::Microbatch)]);
  CHECK(found.rivals[static_cast<std::size_t>(Choice::Pipeline)]);
  CHECK(found.best.front().step.total >= search(dense).best.front().step.total);
}
