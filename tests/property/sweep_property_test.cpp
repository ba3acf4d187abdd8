// Whatever a [sweep] table or a store holds, it is used or refused.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "diagnostics/diagnostic.hpp"
#include "experiment/store.hpp"
#include "experiment/sweep_plan.hpp"
#include "mutations.hpp"
#include "report/sensitivity_report.hpp"
#include "scenario/sweep_file.hpp"

namespace longhaul::experiment {
namespace {

using scenario::Files;

constexpr const char* rich_sweep = R"(title = "t"
seed = 3

[sweep]
simulate = "months"
design = "latin-hypercube"
samples = 5
repeats = 4
seeds = "independent"
where = "gpus * tensor <= 64 and word <> 'x'"
precision = { metric = "ettr", half_width = 0.01, confidence = 0.9, at_most = 20 }

[[sweep.axis]]
key = "run.gpus"
values = [8, 16, 32]
zip = "size"

[[sweep.axis]]
key = "run.steps"
log_range = { from = 1, to = 100, n = 3 }
zip = "size"

[[sweep.axis]]
key = "run.plan.tensor"
formula = "gpus / 8"

[[sweep.axis]]
key = "run.checkpoint.interval"
name = "word"
values = ["daly", "30 min", { uniform = ["1 h", "2 h"] }]
when = "gpus > 8"

[[sweep.axis]]
key = "recovery.detect"
sample = { triangular = ["0 s", "1 min", "5 min"] }
)";

int rounds(int usual) {
  const char* asked = std::getenv("LONGHAUL_FUZZ_ROUNDS");
  return asked != nullptr ? std::atoi(asked) : usual;
}

TEST_CASE("a sweep that is mutilated is laid out or refused with places") {
  const Files files;
  const char* seed = std::getenv("LONGHAUL_FUZZ_SEED");
  scenario::Mutator mutator(seed != nullptr ? std::strtoull(seed, nullptr, 10) : 1);
  int n_laid = 0;
  int n_refused = 0;
  for (int round = 0; round < rounds(1500); ++round) {
    const auto text =
        round == 0 ? std::string(rich_sweep) : mutator.mutate(rich_sweep, "seed = 4\n[run]\n");
    CAPTURE(text);
    const auto path = files.write("s.toml", text);
    try {
      const SweepPlan plan(scenario::read_sweep(path, {}, {}));
      REQUIRE(plan.n_combinations() > 0);
      for (const auto c : {std::int64_t{0}, plan.n_combinations() - 1}) {
        CHECK(!plan.assignments(c, 1).empty());
        CHECK(plan.combination(c).size() == plan.sweep().axes.size());
      }
      ++n_laid;
    } catch (const InputError& refused) {
      for (const auto& mistake : refused.diagnostics())
        CHECK(!(mistake.where.file.empty() || mistake.what.empty()));
      ++n_refused;
    }
  }
  MESSAGE(n_laid << " laid out, " << n_refused << " refused");
  CHECK(n_laid > 5);  // most lines of so dense a table matter
  CHECK(n_refused > 50);
}

TEST_CASE("a store that is mutilated is read or refused") {
  const Files files;
  const auto path = files.path("s.sqlite");
  SweepRecord record;
  record.facts = {{"title", "t"}};
  record.axes = {{"run.gpus", "gpus", ""}};
  {
    StoreWriter store(path, record);
    StoredPoint point;
    point.values = {scenario::AxisValue{"8", std::int64_t{8}}};
    point.result.resolved = "a = 1\n";
    point.result.metrics = {{"ettr", 0.5}};
    for (; point.combination < 50; ++point.combination) store.add({point});
  }
  const auto whole = scenario::text_of(path);
  scenario::Mutator mutator(2);
  int n_read = 0;
  int n_refused = 0;
  for (int round = 0; round < rounds(300); ++round) {
    auto bytes = whole;
    for (std::uint64_t k = 0; k <= mutator.below(20); ++k)
      bytes[mutator.below(bytes.size())] = static_cast<char>(mutator.below(256));
    if (mutator.below(4) == 0) bytes.resize(mutator.below(bytes.size()));
    files.write("m.sqlite", bytes);
    try {
      const StoreReader store(files.path("m.sqlite"));
      store.for_each(store.metrics(), [](const StoreReader::Row&) {});
      store.resolved(3, 0);
      ++n_read;
    } catch (const InputError&) {
      ++n_refused;
    } catch (const StoreError&) {
      ++n_refused;
    }
  }
  MESSAGE(n_read << " read, " << n_refused << " refused");
  CHECK(n_read > 10);
  CHECK(n_refused > 10);
}

TEST_CASE("sensitivity of a store that is mutilated is found or refused") {
  const Files files;
  const auto path = files.path("s.sqlite");
  SweepRecord record;
  record.facts = {
      {"design", "one-at-a-time"}, {"inputs", "run.gpus,run.steps"}, {"combinations", "5"}};
  record.axes = {{"run.gpus", "gpus", ""}, {"run.steps", "steps", ""}};
  {
    StoreWriter store(path, record);
    StoredPoint point;
    point.values.resize(2);
    for (; point.combination < 5; ++point.combination) {
      point.result.metrics = {{"ettr", 0.5 + static_cast<double>(point.combination)}};
      store.add({point});
    }
  }
  const auto whole = scenario::text_of(path);
  scenario::Mutator mutator(3);
  int n_found = 0;
  int n_refused = 0;
  for (int round = 0; round < rounds(300); ++round) {
    auto bytes = whole;
    // Rows lie at the end of their pages; elsewhere hardly anything stands.
    for (std::uint64_t k = 0; k <= mutator.below(4); ++k)
      bytes[(1 + mutator.below(bytes.size() / 4096)) * 4096 - 1 - mutator.below(150)] =
          static_cast<char>(mutator.below(256));
    files.write("m.sqlite", bytes);
    try {
      const auto text = report::sensitivity_table(StoreReader(files.path("m.sqlite")), "ettr");
      CHECK(text.size() < 1000);
      ++n_found;
    } catch (const InputError&) {
      ++n_refused;
    } catch (const StoreError&) {
      ++n_refused;
    }
  }
  MESSAGE(n_found << " found, " << n_refused << " refused");
  CHECK(n_found > 10);
  CHECK(n_refused > 10);
}

}  // namespace
}  // namespace longhaul::experiment
