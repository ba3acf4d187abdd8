#include "experiment/store.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "diagnostics/diagnostic.hpp"
#include "experiment/store_schema.hpp"

namespace longhaul::experiment {
namespace {

using scenario::Files;
using Points = std::vector<std::pair<std::int64_t, std::int64_t>>;

SweepRecord record() {
  SweepRecord r;
  r.facts = {{"title", "t"}, {"seed", "7"}};
  r.inputs = {{"s.toml", "0a"}};
  r.axes = {{"run.gpus", "gpus", ""}};
  return r;
}

StoredPoint point(std::int64_t combination, std::int64_t repeat, double ettr) {
  StoredPoint p;
  p.combination = combination;
  p.repeat = repeat;
  p.seed = 100 + repeat;
  p.values = {scenario::AxisValue{"8", std::int64_t{8}}};
  p.result.resolved = "a = 1\nseed = " + std::to_string(p.seed) + "\n";
  p.result.metrics = {{"ettr", ettr}, {"steps", std::int64_t{12}}};
  p.result.wall_s = 0.5;
  return p;
}

TEST_CASE("a store gives back what was put in, in the order of points") {
  const Files files;
  const auto path = files.path("folder/s.sqlite");
  {
    StoreWriter store(path, record());
    auto failed = point(0, 1, 0);
    failed.result.metrics.clear();
    failed.result.error = "no way";
    store.add({point(1, 0, 0.5), failed});
    store.add({point(0, 0, 0.25)});
    CHECK(store.finished() == Points{{0, 0}, {0, 1}, {1, 0}});
    CHECK(store.n_failed() == 1);
    CHECK(store.values(0, "ettr") == std::vector<std::pair<std::int64_t, std::optional<double>>>{
                                         {0, 0.25}, {1, std::nullopt}});
  }
  CHECK(!std::filesystem::exists(path + "-wal"));  // all in one file
  const StoreReader store(path);
  CHECK(store.fact("seed") == "7");
  CHECK(store.metrics() == std::vector<std::string>{"ettr", "steps"});
  CHECK(store.n_points() == 3);
  std::vector<StoreReader::Row> rows;
  store.for_each({"steps", "ettr"}, [&](const StoreReader::Row& row) { rows.push_back(row); });
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].metrics == std::vector<Cell>{std::int64_t{12}, 0.25});
  CHECK(rows[0].axes == std::vector<Cell>{std::int64_t{8}});
  CHECK(rows[0].wall_s == 0.5);
  CHECK(rows[1].error == "no way");
  CHECK(rows[1].metrics == std::vector<Cell>{std::monostate{}, std::monostate{}});
  CHECK(rows[2].combination == 1);
  CHECK(store.resolved(1, 0) == "a = 1\nseed = 100\n");
  CHECK(store.resolved(0, 1) == "a = 1\nseed = 101\n");
  CHECK(store.resolved(5, 0) == std::nullopt);
  CHECK_THROWS_WITH_AS(store.for_each({"etr"}, [](const auto&) {}),
                       doctest::Contains("has no metric 'etr'; did you mean 'ettr'?"), InputError);
}

TEST_CASE("a store goes on with the same sweep and refuses another") {
  const Files files;
  const auto path = files.path("s.sqlite");
  { StoreWriter(path, record()).add({point(0, 0, 1)}); }
  {
    auto more = record();
    more.repeats = 9;
    StoreWriter store(path, more);
    CHECK(store.finished().size() == 1);
    store.add({point(0, 1, 2)});
  }
  CHECK(StoreReader(path).record().repeats == 9);
  const auto refused = [&](SweepRecord other, const char* why) {
    CHECK_THROWS_WITH_AS(StoreWriter(path, other), doctest::Contains(why), InputError);
  };
  auto other = record();
  other.facts[1].second = "8";
  refused(other, "its seed is 7, and now 8");
  other = record();
  other.inputs[0].second = "0b";
  refused(other, "the file s.toml has changed since");
  other = record();
  other.axes[0].key = "run.steps";
  refused(other, "its axes are others");
  other = record();
  other.shard = "1/2";
  refused(other, "it is of shard all, and now 1/2");
  CHECK(StoreReader(path).n_points() == 2);  // as it was
}

TEST_CASE("a file that is no store is refused and left as it is") {
  const Files files;
  const auto path = files.write("notes.txt", "shopping list\n");
  CHECK_THROWS_WITH_AS(StoreWriter(path, record()), doctest::Contains("is no store of a sweep"),
                       InputError);
  CHECK_THROWS_AS(StoreReader{path}, InputError);
  CHECK(scenario::text_of(path) == "shopping list\n");
  CHECK_THROWS_AS(StoreReader{files.path("none")}, InputError);
  CHECK_THROWS_AS(StoreWriter(files.folder(), record()), InputError);
  CHECK_THROWS_AS(StoreWriter("/proc/s.sqlite", record()), StoreError);
}

TEST_CASE("one sweep writes a store at a time") {
  const Files files;
  const auto path = files.path("s.sqlite");
  const StoreWriter first(path, record());
  CHECK_THROWS_WITH_AS(StoreWriter(path, record()),
                       doctest::Contains("another sweep is writing this store"), StoreError);
}

TEST_CASE("points that fail twice in one transaction leave nothing of it") {
  const Files files;
  StoreWriter store(files.path("s.sqlite"), record());
  store.add({point(0, 0, 1)});
  CHECK_THROWS_AS(store.add({point(3, 0, 1), point(0, 0, 2)}), StoreError);  // there already
  CHECK(store.finished() == Points{{0, 0}});
}

TEST_CASE("failed points can be forgotten") {
  const Files files;
  StoreWriter store(files.path("s.sqlite"), record());
  auto failed = point(0, 1, 0);
  failed.result.error = "x";
  store.add({point(0, 0, 1), failed});
  store.forget_failed();
  CHECK(store.finished() == Points{{0, 0}});
}

TEST_CASE("metrics that come late, or differ only in case, have columns of their own") {
  const Files files;
  const auto path = files.path("s.sqlite");
  {
    StoreWriter store(path, record());
    store.add({point(0, 0, 1)});
    auto other = point(1, 0, 2);
    other.result.metrics = {{"by.NIC", 1.0}, {"by.nic", 2.0}, {"ettr", 3.0}};
    store.add({other});
  }
  StoreWriter(path, record()).add({point(2, 0, 4)});  // columns are found again
  const StoreReader store(path);
  std::vector<std::vector<Cell>> cells;
  store.for_each({"by.NIC", "by.nic", "ettr"},
                 [&](const StoreReader::Row& row) { cells.push_back(row.metrics); });
  CHECK(cells == std::vector<std::vector<Cell>>{
                     {Cell(), Cell(), 1.0}, {1.0, 2.0, 3.0}, {Cell(), Cell(), 4.0}});
}

TEST_CASE("a scenario is kept as the lines that differ from another one with the same keys") {
  const std::string base = "title = \"t\"  # x\n\n[run]\ngpus = 8\nsteps = 1\n";
  const std::string text = "title = \"t\"  # x\n\n[run]\ngpus = 16\nsteps = 1\n";
  CHECK(changed_lines(base, text) == "4:gpus = 16\n");
  CHECK(changed_lines(base, base) == "");
  CHECK(with_changes(base, "4:gpus = 16\n") == text);
  CHECK(with_changes(base, "") == base);
  // Another key, a line more, a line less: that wants a base of its own.
  CHECK(changed_lines(base, "title = \"t\"  # x\n\n[run]\ntpus = 8\nsteps = 1\n") == std::nullopt);
  CHECK(changed_lines(base, base + "more = 1\n") == std::nullopt);
  CHECK(changed_lines(base, "title = \"t\"  # x\n") == std::nullopt);
}

TEST_CASE("a file that a sweep left before there were tables is taken as new") {
  const Files files;
  const auto path = files.write("s.sqlite", "");
  StoreWriter(path, record()).add({point(0, 0, 1)});
  CHECK(StoreReader(path).n_points() == 1);
}

TEST_CASE("a file that was missing may come, one that was there may not change") {
  const Files files;
  const auto path = files.path("s.sqlite");
  auto missing = record();
  missing.inputs = {{"s.toml", "0a"}, {"b.toml", ""}};
  { const StoreWriter store(path, missing); }
  auto found = missing;
  found.inputs[1].second = "0b";
  { const StoreWriter store(path, found); }
  CHECK(StoreReader(path).record().inputs == found.inputs);
  found.inputs[1].second = "0c";
  CHECK_THROWS_WITH_AS(StoreWriter(path, found), doctest::Contains("b.toml has changed since"),
                       InputError);
}

}  // namespace
}  // namespace longhaul::experiment
