// Joining stores whose points are written by hand.
#include "experiment/merge.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "diagnostics/diagnostic.hpp"
#include "experiment/store.hpp"

namespace longhaul::experiment {
namespace {

using scenario::Files;
using Points = std::vector<std::pair<std::int64_t, std::int64_t>>;

SweepRecord record(std::int64_t combinations, const std::string& shard = "") {
  SweepRecord record;
  record.facts = {{"title", "by hand"}, {"combinations", fmt::format("{}", combinations)}};
  record.inputs = {{"a.toml", "abc"}};
  record.axes = {{"run.gpus", "gpus", ""}};
  record.shard = shard;
  return record;
}

StoredPoint point(std::int64_t combination, std::int64_t repeat = 0) {
  StoredPoint point;
  point.combination = combination;
  point.repeat = repeat;
  point.seed = 100 + repeat;
  point.values.emplace_back();
  point.result.resolved =
      fmt::format("title = \"by hand\"\ngpus = {}\nseed = {}\n", 8 * combination, 100 + repeat);
  point.result.metrics = {{"ettr", 0.5 + static_cast<double>(combination)},
                          {"steps", std::int64_t{10}}};
  point.result.wall_s = 0.25;
  return point;
}

std::string store(const Files& files, const std::string& name, const SweepRecord& record,
                  const std::vector<StoredPoint>& points) {
  StoreWriter(files.path(name), record).add(points);
  return files.path(name);
}

/// What the merge complains about, without the folder; empty: nothing.
std::string complaint(const Files& files, const std::string& out,
                      const std::vector<std::string>& stores) {
  try {
    merge_stores(files.path(out), stores);
  } catch (const std::runtime_error& problem) {
    std::string text = problem.what();
    for (auto at = text.find(files.folder()); at != std::string::npos;
         at = text.find(files.folder()))
      text.erase(at, files.folder().size() + 1);
    return text;
  }
  return {};
}

std::size_t n_files(const Files& files) {
  std::size_t n = 0;
  for (const auto& entry : std::filesystem::directory_iterator(files.folder()))
    n += entry.exists() ? 1 : 0;
  return n;
}

TEST_CASE("stores of shards join, and points in both count once") {
  const Files files;
  const auto a = store(files, "a", record(4, "1/2"), {point(0), point(2)});
  const auto b = store(files, "b", record(4, "2/2"), {point(1), point(2), point(3)});
  const auto outcome = merge_stores(files.path("all"), {a, b});
  CHECK(outcome.n_points == 4);
  CHECK(outcome.n_expected == 4);
  CHECK(outcome.n_missing == 0);
  const StoreReader all(files.path("all"));
  CHECK(all.record().shard.empty());
  for (std::int64_t c = 0; c < 4; ++c) CHECK(all.resolved(c, 0) == point(c).result.resolved);
  CHECK(n_files(files) == 3);
}

TEST_CASE("metrics are told apart by name, whatever their columns") {
  const Files files;
  auto first = point(0);
  first.result.metrics = {{"a", 1.0}, {"b", 2.0}, {"A", 3.0}};
  auto second = point(1);
  second.result.metrics = {{"A", 4.0}, {"c", 5.0}, {"a", 6.0}};
  merge_stores(files.path("all"),
               {store(files, "1", record(2), {first}), store(files, "2", record(2), {second})});
  const StoreReader all(files.path("all"));
  CHECK(all.metrics() == std::vector<std::string>{"A", "a", "b", "c"});
  std::vector<std::vector<Cell>> rows;
  all.for_each(all.metrics(), [&](const StoreReader::Row& row) { rows.push_back(row.metrics); });
  CHECK(rows == std::vector<std::vector<Cell>>{{3.0, 1.0, 2.0, Cell()}, {4.0, 6.0, Cell(), 5.0}});
}

TEST_CASE("scenarios come out as they were, of other bases and of other keys") {
  const Files files;
  auto other = point(3);
  other.result.resolved = "title = \"by hand\"\nspare = 1\ngpus = 24\nseed = 100\n";
  auto failed = point(4);
  failed.result = {};
  failed.result.error = "no such chip";
  // The bases are point 0's and, of the second store, the other one and point 2's.
  const auto a = store(files, "a", record(6), {point(0), point(1)});
  const auto b = store(files, "b", record(6), {other, point(2), point(0), point(5), failed});
  const auto outcome = merge_stores(files.path("all"), {a, b});
  CHECK(outcome.n_failed == 1);
  const StoreReader all(files.path("all"));
  for (const std::int64_t c : {0, 1, 2, 5}) CHECK(all.resolved(c, 0) == point(c).result.resolved);
  CHECK(all.resolved(3, 0) == other.result.resolved);
  CHECK_FALSE(all.resolved(4, 0).has_value());
}

TEST_CASE("what is missing is counted and the first of it named") {
  const Files files;
  auto asked = record(3);
  asked.repeats = 3;
  const auto part = store(files, "part", asked, {point(0, 0), point(0, 2), point(1, 1)});
  const auto outcome = merge_stores(files.path("all"), {part});
  CHECK(outcome.n_expected == 9);
  CHECK(outcome.n_missing == 6);
  CHECK(outcome.missing == Points{{0, 1}, {1, 0}, {1, 2}, {2, 0}, {2, 1}});
  // Repeats beyond those asked for, as sweep.precision does, stand for none that is missing.
  const auto more = store(files, "more", record(2), {point(0, 0), point(0, 1), point(0, 2)});
  const auto precise = merge_stores(files.path("precise"), {more});
  CHECK(precise.n_points == 3);
  CHECK(precise.missing == Points{{1, 0}});
}

TEST_CASE("a store is added to, and stays as it was when that fails") {
  const Files files;
  const auto a = store(files, "a", record(2, "1/2"), {point(0)});
  const auto b = store(files, "b", record(2, "2/2"), {point(1)});
  CHECK(merge_stores(files.path("all"), {a}).n_missing == 1);
  CHECK(merge_stores(files.path("all"), {b}).n_missing == 0);
  CHECK(merge_stores(files.path("all"), {files.path("all"), a}).n_missing == 0);
  const auto before = scenario::text_of(files.path("all"));
  CHECK_FALSE(complaint(files, "all", {a, files.path("nowhere")}).empty());
  CHECK(scenario::text_of(files.path("all")) == before);
  CHECK(n_files(files) == 3);
}

TEST_CASE("other results for the same point are refused, with what differs") {
  struct {
    const char* what;
    void (*change)(StoredPoint&);
  } const cases[] = {
      {"seed is 7, and before 100", [](StoredPoint& p) { p.seed = 7; }},
      {"error is 'late', and before NULL", [](StoredPoint& p) { p.result.error = "late"; }},
      {"run.gpus is 8, and before NULL",
       [](StoredPoint& p) {
         p.values[0] = scenario::AxisValue{"8", std::int64_t{8}};
       }},
      {"ettr is 0.25, and before 1.5", [](StoredPoint& p) { p.result.metrics[0].second = 0.25; }},
      {"new is 1.0, and before NULL",
       [](StoredPoint& p) { p.result.metrics.emplace_back("new", 1.0); }},
      {"steps is NULL, and before 10", [](StoredPoint& p) { p.result.metrics.pop_back(); }},
      {"its scenario differs", [](StoredPoint& p) { p.result.resolved = "gpus = 1\n"; }},
      {"its scenario differs",
       [](StoredPoint& p) { p.result.resolved[p.result.resolved.size() - 2] = '9'; }},
  };
  for (const auto& [what, change] : cases) {
    const auto& differs = what;
    CAPTURE(differs);
    const Files files;
    auto changed = point(1);
    change(changed);
    const auto a = store(files, "a", record(2), {point(0), point(1)});
    const auto b = store(files, "b", record(2), {point(0), changed});
    const auto said = complaint(files, "all", {a, b});
    CHECK(said.find("b: error: has other results than the stores before it: point 1/0: ") == 0);
    CHECK(said.find(what) != std::string::npos);
    CHECK(n_files(files) == 2);
  }
  const Files files;
  auto slower = point(0);
  slower.result.wall_s = 9;
  CHECK(complaint(files, "all",
                  {store(files, "a", record(1), {point(0)}),
                   store(files, "b", record(1), {slower})}) == "");
}

TEST_CASE("stores of another sweep, or none at all, are refused") {
  const Files files;
  const auto a = store(files, "a", record(2), {point(0)});
  auto facts = record(2);
  facts.facts[0].second = "another";
  auto inputs = record(2);
  inputs.inputs[0].second = "abd";
  auto axes = record(2);
  axes.axes[0].key = "run.nodes";
  CHECK(complaint(files, "all", {a, store(files, "b", facts, {})}) ==
        "b: error: is not of the sweep that a is of: its title is by hand, and in b another");
  CHECK(complaint(files, "all", {a, store(files, "c", inputs, {})}) ==
        "c: error: is not of the sweep that a is of: the file a.toml was another one in c");
  CHECK(complaint(files, "all", {a, store(files, "d", axes, {})}) ==
        "d: error: is not of the sweep that a is of: its axes are others");
  files.write("text", "hello, here is no store, but some text");
  CHECK(complaint(files, "all", {a, files.path("text")}) ==
        "text: error: is no store of a sweep; `longhaul sweep` writes them");
  CHECK(complaint(files, "text", {a}) ==
        "text: error: is no store of a sweep; `longhaul sweep` writes them");
  CHECK(complaint(files, "all", {a, files.path("nowhere")}) ==
        "nowhere: error: there is no such file; `longhaul sweep` writes one");
  auto torn = scenario::text_of(a);
  torn.resize(torn.size() / 2);
  files.write("torn", torn);
  CHECK(complaint(files, "all", {files.path("torn")}).find("torn: ") == 0);
  CHECK_FALSE(std::filesystem::exists(files.path("all")));
}

TEST_CASE("a store that is being written is not merged, nor merged into") {
  const Files files;
  const auto a = store(files, "a", record(2), {point(0)});
  StoreWriter writer(files.path("busy"), record(2));
  writer.add({point(1)});
  CHECK(complaint(files, "all", {a, files.path("busy")}).find("busy: a sweep is writing") == 0);
  CHECK(complaint(files, "busy", {a}).find("busy: another sweep is writing") == 0);
  CHECK_FALSE(std::filesystem::exists(files.path("all")));
}

TEST_CASE("a store whose sweep was killed while it was made counts as one without points") {
  const Files files;
  const auto a = store(files, "a", record(2), {point(0)});
  // A transaction that is under way, with some of it on disk already, is what a kill leaves.
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(files.path("making").c_str(), &database) == SQLITE_OK);
  for (const char* command :
       {"PRAGMA cache_size = 1", "BEGIN", "CREATE TABLE point (x)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
        "INSERT INTO point SELECT hex(zeroblob(500)) FROM n"})
    REQUIRE(sqlite3_exec(database, command, nullptr, nullptr, nullptr) == SQLITE_OK);
  for (const char* part : {"", "-journal"})
    std::filesystem::copy_file(files.path("making") + part, files.path("killed") + part);
  sqlite3_close(database);
  REQUIRE(std::filesystem::file_size(files.path("killed")) > 100'000);

  const auto outcome = merge_stores(files.path("all"), {files.path("killed"), a});
  CHECK(outcome.n_points == 1);
  CHECK(outcome.n_missing == 1);
  CHECK(complaint(files, "none", {files.path("killed")}) ==
        "none: error: there are no stores with points to merge");
}

TEST_CASE("a merge that is stopped leaves nothing, one that was killed is swept up") {
  const Files files;
  const auto a = store(files, "a", record(1), {point(0)});
  CHECK(merge_stores(files.path("all"), {a}, [](std::size_t) { return false; }).interrupted);
  CHECK(n_files(files) == 1);
  files.write("all.merging", std::string(10'000, 'x'));
  CHECK(merge_stores(files.path("all"), {a}).n_points == 1);
  CHECK(n_files(files) == 2);
}

}  // namespace
}  // namespace longhaul::experiment
