// Shards of a sweep and their merge, as users run them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "cli/shards.hpp"
#include "desk.hpp"

namespace longhaul::cli {
namespace {

struct Sweeps : Desk {
  Sweeps() { files.write("tiny.toml", tiny); }

  static constexpr const char* tiny = R"(title = "tiny"
duration = "1 day"
[run]
step_time = "1 min"
[run.checkpoint]
interval = "1 h"
write = "1 min"
read = "0 s"
[sweep]
repeats = 3
[[sweep.axis]]
key = "run.checkpoint.write"
values = ["10 s", "1 min", "2 min"]
[[sweep.axis]]
key = "run.step_time"
values = ["20 s", "1 min"]
)";

  Outcome sweep(const std::string& out, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"sweep", "tiny.toml", "--out", out, "-j", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return (*this)(arguments);
  }
  std::string shards(int n) const {
    for (int i = 1; i <= n; ++i)
      REQUIRE(sweep(fmt::format("of-{}/{}.sqlite", n, i), {"--shard", fmt::format("{}/{}", i, n)})
                  .status == 0);
    return fmt::format("of-{}", n);
  }
};

TEST_CASE("shards merge to what the whole sweep exports, byte by byte") {
  const Sweeps desk;
  REQUIRE(desk.sweep("whole.sqlite").status == 0);
  const auto csv = desk({"export", "whole.sqlite"});
  const auto json = desk({"export", "whole.sqlite", "--format", "jsonl", "--resolved"});
  REQUIRE(csv.status == 0);
  for (const int n : {1, 2, 3, 7}) {
    CAPTURE(n);
    const auto merged = desk({"merge", "all.sqlite", desk.shards(n)});
    CHECK(merged.status == 0);
    CHECK(merged.out == "18 of 18 points in all.sqlite\n");
    CHECK(desk({"export", "all.sqlite"}).out == csv.out);
    CHECK(desk({"export", "all.sqlite", "--format", "jsonl", "--resolved"}).out == json.out);
    std::filesystem::remove(desk / "all.sqlite");
  }
}

TEST_CASE("a merge that lacks points says which, and is gone on with") {
  const Sweeps desk;
  desk.shards(3);
  const auto some = desk({"merge", "all.sqlite", "of-3/1.sqlite", "of-3/3.sqlite"});
  CHECK(some.status == 4);
  CHECK(some.out == "12 of 18 points in all.sqlite; 6 are missing: 1/0 1/1 1/2 4/0 4/1 ...\n");
  CHECK(desk({"merge", "all.sqlite", "of-3/1.sqlite", "--partial"}).status == 0);
  CHECK(desk({"merge", "all.sqlite", "of-3/2.sqlite"}).out == "18 of 18 points in all.sqlite\n");
  // The sweep itself finds nothing left to do.
  CHECK(desk.sweep("all.sqlite").out.find("18 points, 0 of them new") != std::string::npos);
}

TEST_CASE("a merge of stores that do not belong together writes nothing") {
  const Sweeps desk;
  REQUIRE(desk.sweep("one.sqlite", {"--shard", "1/2"}).status == 0);
  REQUIRE(desk.sweep("two.sqlite", {"--shard", "2/2", "--seed", "2"}).status == 0);
  const auto outcome = desk({"merge", "all.sqlite", "one.sqlite", "two.sqlite"});
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("two.sqlite: error: is not of the sweep that one.sqlite is of: its ") !=
        std::string::npos);
  CHECK_FALSE(std::filesystem::exists(desk / "all.sqlite"));
  std::filesystem::create_directory(desk / "empty");
  CHECK(desk({"merge", "all.sqlite", "empty"}).err.find("there are no stores") !=
        std::string::npos);
}

/// A PATH on which `sbatch` notes its arguments, a line each, and calls itself job 17.
struct FakeSlurm {
  explicit FakeSlurm(const Desk& desk) {
    const auto program =
        desk.files.write("bin/sbatch", "#!/bin/sh\nfor a in \"$@\"; do echo \"$a\"; done >> " +
                                           shell_word(desk / "asked") + "\necho 17\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    desk.files.write("bin/squeue", "#!/bin/sh\nexit 1\n");
    std::filesystem::permissions(desk / "bin/squeue", std::filesystem::perms::owner_all);
    setenv("PATH", ((desk / "bin") + ":" + before).c_str(), 1);
  }
  ~FakeSlurm() { setenv("PATH", before.c_str(), 1); }
  std::string before = std::getenv("PATH");
};

/// A task of the array, as Slurm would start it.
int run_task(const Desk& desk, int task, const std::string& store = "it's.sqlite") {
  return std::system(fmt::format("cd / && SLURM_CPUS_ON_NODE=2 SLURM_ARRAY_TASK_ID={} bash {} "
                                 ">/dev/null",
                                 task, shell_word(desk / (store + ".slurm/array.sh")))
                         .c_str());
}

TEST_CASE("the commands of --list do a sweep in parts that merge") {
  const Sweeps desk;
  const std::vector<std::string> how{"--set", "title=\"it's `one` $HOME\"", "--seed", "3"};
  auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), how.begin(), how.end());
    return more;
  };
  REQUIRE(desk.sweep("whole.sqlite", with({})).status == 0);
  const auto list = desk.sweep("a b.sqlite", with({"--list", "4"}));
  CHECK(list.status == 0);
  CHECK_FALSE(std::filesystem::exists(desk / "a b.sqlite"));
  auto script = list.out;
  script.replace(script.rfind("\n# "), 3, "\n");  // the merge too
  desk.files.write("all.sh", script);
  CHECK(std::count(script.begin(), script.end(), '\n') == 6);
  CHECK(std::system(("cd / && sh -e " + shell_word(desk / "all.sh") + " >/dev/null").c_str()) == 0);
  CHECK(desk({"export", "a b.sqlite"}).out == desk({"export", "whole.sqlite"}).out);
}

TEST_CASE("--list of points prints one command a point, and not too many") {
  const Sweeps desk;
  const auto list = desk.sweep("all.sqlite", {"--list", "points"});
  CHECK(std::count(list.out.begin(), list.out.end(), '\n') == 18 + 2);
  CHECK(list.out.find("--shard 18/18 --out ") != std::string::npos);
  CHECK(desk.sweep("all.sqlite", {"--list", "1000"}).out == list.out);
  const auto many = desk.sweep("all.sqlite", {"--list", "points", "--repeats", "100000"});
  CHECK(many.status == 2);
  CHECK(many.err.find("would print 600,000 lines; at most 100,000 are, so that each does 6 points "
                      "or more: --list 100000") != std::string::npos);
  CHECK(desk.sweep("all.sqlite", {"--list", "0"}).status == 2);
  CHECK(desk.sweep("all.sqlite", {"--list", "4x"}).status == 2);
}

TEST_CASE("without sbatch nothing is written but what --slurm-dry-run writes") {
  const Sweeps desk;
  const std::string before = std::getenv("PATH");
  setenv("PATH", (desk / "nowhere").c_str(), 1);
  const auto lacking = desk.sweep("all.sqlite", {"--slurm", "3"});
  CHECK(lacking.status == 2);
  CHECK(lacking.err.find("there is no sbatch on the PATH") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(desk / "all.sqlite.slurm"));
  const auto dry = desk.sweep(
      "all.sqlite", {"--slurm", "3", "--slurm-option", "--comment=a b", "--slurm-dry-run"});
  setenv("PATH", before.c_str(), 1);
  CHECK(dry.status == 0);
  CHECK(dry.out.find("array=$(sbatch --parsable ") == 0);
  CHECK(dry.out.find("--array=1-3 --cpus-per-task=2 '--comment=a b' ") != std::string::npos);
  CHECK(dry.out.find("\nsbatch --dependency=afterany:\"${array%%;*}\" ") != std::string::npos);
  CHECK(std::filesystem::exists(desk / "all.sqlite.slurm/array.sh"));
}

TEST_CASE("what is submitted again is what is not complete") {
  const Sweeps desk;
  const FakeSlurm slurm(desk);
  const auto submit = [&](const std::vector<std::string>& more = {}) {
    std::filesystem::remove(desk / "asked");
    std::vector<std::string> arguments{"sweep",
                                       "tiny.toml",
                                       "--out",
                                       "it's.sqlite",
                                       "--slurm",
                                       "4",
                                       "--slurm-option=--partition=x"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto outcome = desk(arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.status == 0);
    return outcome.out + scenario::text_of(desk / "asked");
  };
  auto said = submit();
  CHECK(said.find("job 17: shards 1-4 of 4; 0 points are done so far\n") != std::string::npos);
  CHECK(said.find("\n--array=1-4\n--partition=x\n") != std::string::npos);
  CHECK(said.find("\n--dependency=afterany:17\n--partition=x\n") != std::string::npos);
  for (const int task : {1, 4}) CHECK(run_task(desk, task) == 0);
  said = submit();
  CHECK(said.find("job 17: shards 2-3 of 4; 9 points are done so far\n") != std::string::npos);
  CHECK(said.find("\n--array=2-3\n") != std::string::npos);
  for (const int task : {2, 3}) CHECK(run_task(desk, task) == 0);
  said = submit();
  CHECK(said.find("all 4 shards are complete: 18 points\n") != std::string::npos);
  CHECK(said.find("--array") == std::string::npos);
  CHECK(said.find("--dependency") == std::string::npos);
  CHECK(std::system(
            ("bash " + shell_word(desk / "it's.sqlite.slurm/merge.sh") + " >/dev/null").c_str()) ==
        0);
  CHECK(desk.sweep("it's.sqlite").out.find("18 points, 0 of them new") != std::string::npos);
  // More repeats go on from there: 6 combinations x 4 repeats over the same shards.
  CHECK(submit({"--repeats", "4"}).find("shards 1-4 of 4; 18 points are done so far") !=
        std::string::npos);
}

TEST_CASE("a merge says which shard stopped before all repeats that it asks for were done") {
  const Sweeps desk;
  const std::vector<std::string> endless{"--repeats", "3", "--set",
                                         "sweep.precision={metric=\"ettr\",half_width=1e-9,"
                                         "at_most=1000000}"};
  auto arguments = endless;
  arguments.insert(arguments.begin(), {"sweep", "s.toml", "--out", "part.sqlite", "-j", "2"});
  auto text = std::string(Sweeps::tiny);
  text +=
      "[failures.causes]\nname = \"c\"\ngpus = 1\nobserved = \"1 day\"\n"
      "[[failures.causes.cause]]\nname = \"x\"\ngroup = \"other\"\ncount = 3\n"
      "strikes = \"job\"\n[recovery]\nrestart = \"2 min\"\ndetect = \"0 s\"\n";
  desk.files.write("s.toml", text);
  Program program(arguments, {desk.files.folder(), "", -1});
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  program.signal(SIGINT);
  REQUIRE(program.wait().status == 130);
  const auto merged = desk({"merge", "all.sqlite", "part.sqlite"});
  CHECK(merged.status == 4);
  CHECK(merged.out.find("part.sqlite: its sweep has not done all that it asks for") !=
        std::string::npos);
}

TEST_CASE("shards of a sweep with a precision are gone on with, and are not those without") {
  const Sweeps desk;
  const std::vector<std::string> precise{"--repeats", "3", "--set",
                                         "sweep.precision={metric=\"ettr\",half_width=0.5}"};
  const auto with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"sweep", "tiny.toml", "--out", "p.sqlite"});
    arguments.insert(arguments.end(), precise.begin(), precise.end());
    return desk(arguments);
  };
  REQUIRE(with({"--slurm", "2", "--slurm-dry-run"}).status == 0);
  for (const int task : {1, 2}) CHECK(run_task(desk, task, "p.sqlite") == 0);
  const auto again = with({"--slurm", "2", "--slurm-dry-run"});
  CAPTURE(again.err);
  CHECK(again.status == 0);
  CHECK(again.out.find("--array") == std::string::npos);  // nothing is left but the merge
  const auto other = desk({"sweep", "tiny.toml", "--shard", "1/2", "--repeats", "3", "--out",
                           "p.sqlite.slurm/shards/1-of-2.sqlite"});
  CHECK(other.status == 2);
  CHECK(other.err.find("it is of shard 1/2 of combinations, and now 1/2") != std::string::npos);
}

}  // namespace
}  // namespace longhaul::cli
