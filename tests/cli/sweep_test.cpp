// longhaul sweep, export and sensitivity as a user meets them: whatever happens on the way, the
// same points come out.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "../scenario/files.hpp"
#include "../scenario/small_run.hpp"
#include "desk.hpp"
#include "experiment/store.hpp"
#include "program.hpp"

namespace longhaul::cli {
namespace {

namespace fs = std::filesystem;
using scenario::Files;
using Arguments = std::vector<std::string>;

/// A run of some milliseconds: a thousand failures.
constexpr const char* renewal = R"(title = "renewal"
seed = 5

[run]
step_time = "1 min"
steps = 20000

[run.checkpoint]
interval = "30 min"
write = "1 min"
read = "0 s"

[failures.causes]
name = "often"
gpus = 1
observed = "1 day"
[[failures.causes.cause]]
name = "failure"
group = "other"
count = 20
strikes = "job"

[recovery]
restart = "2 min"
detect = "0 s"
)";

struct SweepDesk {
  SweepDesk() { files.write("s.toml", renewal); }
  Outcome operator()(const Arguments& arguments) const {
    return run(arguments, {files.folder(), "", -1});
  }
  /// Every point of a store as JSON Lines, with its scenario.
  std::string points(const std::string& store) const {
    const auto outcome = (*this)({"export", store, "--format", "jsonl", "--resolved"});
    REQUIRE(outcome.status == 0);
    return outcome.out;
  }
  Files files;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// A process forked under a sanitizer takes some fifty times as long.
#ifdef LONGHAUL_SANITIZED
constexpr std::size_t n_values = 5;
#else
constexpr std::size_t n_values = 50;
#endif
constexpr std::size_t n_points = 20 * n_values;
constexpr int most_kills = 50;

/// 1,000 points: 50 values, 20 repeats.
Arguments thousand(const std::string& out, const Arguments& more = {}) {
  Arguments arguments{
      "sweep",     "s.toml",
      "--sweep",   "run.checkpoint.write=1 s..100 s/" + std::to_string(n_values) + "/log",
      "--repeats", "20",
      "--out",     out};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> pids;
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  for (pid_t child = 0; file >> child;) {
    pids.push_back(child);
    for (const auto grandchild : children_of(child)) pids.push_back(grandchild);
  }
  return pids;
}

bool has_ended(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  file >> number >> name >> state;
  return state.empty() || state == "Z";
}

/// Workers of a sweep that has begun them; none once it is through.
std::vector<pid_t> workers_of(pid_t pid) {
  auto workers = children_of(pid);
  while (workers.empty() && !has_ended(pid)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    workers = children_of(pid);
  }
  return workers;
}

TEST_CASE("a thousand points come out the same whatever -j, shards or interruptions") {
  const SweepDesk desk;
  REQUIRE(desk(thousand("one.sqlite", {"-j", "1"})).status == 0);
  const auto expected = desk.points("one.sqlite");
  CHECK(lines_of(expected).size() == n_points);

  REQUIRE(desk(thousand("three.sqlite", {"-j", "3"})).status == 0);
  CHECK(desk.points("three.sqlite") == expected);

  // Interrupted with Ctrl-C until it is through.
  int interruptions = 0;
  for (int i = 0; i < 100; ++i) {
    Program program(thousand("c.sqlite", {"-j", "2"}), {desk.files.folder(), "", -1});
    std::this_thread::sleep_for(std::chrono::milliseconds(150 + 20 * i));
    program.signal(SIGINT);
    const auto outcome = program.wait();
    if (outcome.status == 0) break;
    ++interruptions;
    // Before its handler is set it dies of the signal, as any program does.
    if (outcome.status == 130)
      CHECK(outcome.err.find("the same command does the rest") != std::string::npos);
  }
  CHECK(interruptions > 0);
  CHECK(desk(thousand("c.sqlite")).status == 0);
  CHECK(desk.points("c.sqlite") == expected);
}

TEST_CASE("fifty kills of workers and of the parent lose nothing and repeat nothing") {
#ifdef LONGHAUL_SANITIZED
  MESSAGE(
      "skipped: sanitized processes start too slowly to be killed in the middle of many points");
  return;
#endif
  const SweepDesk desk;
  REQUIRE(desk(thousand("whole.sqlite")).status == 0);
  const auto expected = desk.points("whole.sqlite");
  std::mt19937 random(1);
  int n_kills = 0;
  int n_parents = 0;
  int n_stores = 0;
  while (n_kills < most_kills) {
    const auto store = "k" + std::to_string(n_stores++) + ".sqlite";
    for (bool done = false; !done && n_kills < most_kills;) {
      Program program(thousand(store, {"-j", "2"}), {desk.files.folder(), "", -1});
      bool parent_lives = true;
      while (parent_lives && n_kills < most_kills) {
        std::this_thread::sleep_for(std::chrono::milliseconds(30 + random() % 90));
        const auto workers = workers_of(program.pid());
        if (workers.empty()) break;
        if (random() % 4 == 0) {
          program.signal(SIGKILL);
          parent_lives = false;
          ++n_parents;
        } else {
          kill(workers[random() % workers.size()], SIGKILL);
        }
        ++n_kills;
      }
      const auto outcome = program.wait();
      done = outcome.status == 0;
      if (outcome.status > 0) CHECK(outcome.status == 4);  // a point killed three times is missing
    }
    CHECK(desk(thousand(store)).status == 0);
    CHECK(desk.points(store) == expected);
  }
  MESSAGE(n_kills << " kills, " << n_parents << " of them of the parent, over " << n_stores
                  << " sweeps");
  CHECK(n_parents > most_kills / 20);
}

TEST_CASE("a second run of the same command does nothing, more repeats only what is missing") {
  const SweepDesk desk;
  const Arguments once{"sweep",     "s.toml", "--sweep", "run.checkpoint.write=1 s,10 s",
                       "--repeats", "3",      "--out",   "s.sqlite"};
  CHECK(desk(once).out.find("6 points, 6 of them new") != std::string::npos);
  const auto before = desk.points("s.sqlite");
  CHECK(desk(once).out.find("6 points, 0 of them new") != std::string::npos);
  auto more = once;
  more[5] = "5";
  CHECK(desk(more).out.find("10 points, 4 of them new") != std::string::npos);
  const auto after = lines_of(desk.points("s.sqlite"));
  const auto first = lines_of(before);
  for (int i = 0; i < 3; ++i)
    CHECK(after[static_cast<std::size_t>(i)] == first[static_cast<std::size_t>(i)]);
  // Another sweep does not get in.
  auto other = once;
  other[3] = "run.checkpoint.write=1 s,20 s";
  const auto refused = desk(other);
  CHECK(refused.status == 2);
  CHECK(refused.err.find("s.sqlite: error: is the store of another sweep") == 0);
}

TEST_CASE("a point's seed and resolved scenario make the same run by themselves") {
  const SweepDesk desk;
  REQUIRE(desk({"sweep", "s.toml", "--sweep", "run.checkpoint.write=1 s,10 s", "--repeats", "2",
                "--out", "s.sqlite"})
              .status == 0);
  const auto row = nlohmann::json::parse(lines_of(desk.points("s.sqlite"))[3]);
  CHECK(row["combination"] == 1);
  CHECK(row["repeat"] == 1);
  CHECK(row["run.checkpoint.write"] == 10);
  const auto toml = desk({"export", "s.sqlite", "--scenario", "1/1"}).out;
  CHECK(row["scenario"] == toml);
  desk.files.write("point.toml", toml);
  const auto summary = nlohmann::json::parse(desk({"run", "point.toml", "--json"}).out);
  for (const char* key : {"ettr", "goodput", "simulated_s", "checkpoints", "mtbi_s"})
    CHECK(summary[key] == row[key]);
  CHECK(summary["lost_s"]["restart"] == row["lost_s.restart"]);
  CHECK(summary["seed"] == row["seed"]);
}

TEST_CASE("a point that fails is recorded with its error, and the others go on") {
  const SweepDesk desk;
  const auto outcome =
      desk({"sweep", "s.toml", "--sweep", "run.checkpoint.interval=30 min,1 s,2 h", "--sweep",
            "run.steps=100,200", "--set", "run.step_time=90 days", "--set", "failures.random=false",
            "--sweep", "duration=1 day,100 days", "--out", "s.sqlite"});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 0);
  // A run whose failures leave no time to work never ends: refused point by point.
  const auto failing =
      desk({"sweep", "s.toml", "--sweep", "recovery.restart=1 min,1000 days", "--out", "f.sqlite"});
  CHECK(failing.status == 4);
  const auto rows = lines_of(desk.points("f.sqlite"));
  CHECK(nlohmann::json::parse(rows[0])["error"].is_null());
  CHECK(nlohmann::json::parse(rows[1])["error"].is_string());
  CHECK(nlohmann::json::parse(rows[1])["ettr"].is_null());
  CHECK(failing.out.find("1 point failed; ") != std::string::npos);
  // It counts as done, until it is asked for again.
  CHECK(
      desk({"sweep", "s.toml", "--sweep", "recovery.restart=1 min,1000 days", "--out", "f.sqlite"})
          .out.find("0 of them new") != std::string::npos);
  CHECK(desk({"sweep", "s.toml", "--sweep", "recovery.restart=1 min,1000 days", "--out", "f.sqlite",
              "--retry-failed"})
            .out.find("1 of them new") != std::string::npos);
}

TEST_CASE("repeats go on until the interval is a stated share of the mean") {
  const SweepDesk desk;
  const auto sweep = [&](const std::string& jobs, const std::string& out) {
    return desk({"sweep", "s.toml", "--sweep", "run.checkpoint.write=1 s,200 s", "--repeats", "4",
                 "--set", "sweep.precision={metric=\"ettr\",half_width=0.003,at_most=50}", "-j",
                 jobs, "--out", out});
  };
  REQUIRE(sweep("1", "one.sqlite").status == 0);
  REQUIRE(sweep("3", "three.sqlite").status == 0);
  CHECK(desk.points("one.sqlite") == desk.points("three.sqlite"));
  const auto wrong = desk({"sweep", "s.toml", "--repeats", "3", "--set",
                           "sweep.precision={metric=\"etr\"}", "--out", "wrong.sqlite"});
  CHECK(wrong.status == 2);
  CHECK(wrong.err.find("there is no metric 'etr'; did you mean 'ettr'?") != std::string::npos);
  // Which metrics there are in groups depends on the scenario: it is known at the end.
  const auto none = desk({"sweep", "s.toml", "--repeats", "3", "--set",
                          "sweep.precision={metric=\"lost_s.nothing\"}", "--out", "none.sqlite"});
  CHECK(none.status == 4);
  CHECK(
      none.err.find("no point has the metric 'lost_s.nothing' of sweep.precision, so no more than "
                    "3 repeats") != std::string::npos);
  const auto shown = desk({"sweep", "s.toml", "--metric", "etr", "--out", "shown.sqlite"});
  CHECK(shown.status == 2);
  CHECK(shown.err.find("the sweep is done all the same, and in shown.sqlite") != std::string::npos);
  const auto summary =
      desk({"export", "one.sqlite", "--summary", "--metric", "ettr", "--format", "jsonl"});
  for (const auto& line : lines_of(summary.out)) {
    const auto row = nlohmann::json::parse(line);
    const double half_width = (row["high"].get<double>() - row["low"].get<double>()) / 2;
    const auto n = row["n"].get<int>();
    CAPTURE(line);
    CHECK((half_width <= 0.003 * row["mean"].get<double>() || n == 50));
    CHECK(n >= 4);
    CHECK(row["p5"] <= row["p50"]);
    CHECK(row["minimum"] <= row["p5"]);
    CHECK(row["p95"] <= row["maximum"]);
  }
}

TEST_CASE("a full disk ends a sweep with a clear error and keeps what was finished") {
  const SweepDesk desk;
  const auto outcome = run(thousand("s.sqlite"), {desk.files.folder(), "", 150'000});
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("s.sqlite: ") != std::string::npos);
  CHECK(outcome.err.find("disk") != std::string::npos);
  const auto kept = lines_of(desk.points("s.sqlite")).size();
  CAPTURE(outcome.err);
  CHECK(kept > 0);
  CHECK(kept < n_points);
  REQUIRE(desk(thousand("s.sqlite")).status == 0);
  REQUIRE(desk(thousand("whole.sqlite")).status == 0);
  CHECK(desk.points("s.sqlite") == desk.points("whole.sqlite"));
}

TEST_CASE("what a sweep's command line gets wrong ends with status 2 and nothing written") {
  const SweepDesk desk;
  REQUIRE(desk({"sweep", "s.toml", "--out", "s.sqlite"}).status == 0);
  const auto before = all_files(desk.files.folder());
  const std::vector<Arguments> wrong{
      {"sweep"},
      {"sweep", "none.toml"},
      {"sweep", "s.toml", "--sweep", "run.gpus"},
      {"sweep", "s.toml", "--sweep", "run.gpsu=1,2"},
      {"sweep", "s.toml", "--sweep", "run.gpus=1,x"},
      {"sweep", "s.toml", "--sweep", "title=a,b", "--set", "run.gpus=1.5"},
      {"sweep", "s.toml", "--shard", "0/2"},
      {"sweep", "s.toml", "--shard", "2"},
      {"sweep", "s.toml", "--repeats", "0"},
      {"sweep", "s.toml", "-j", "0"},
      {"sweep", "s.toml", "--out", "s.toml"},
      {"sweep", "s.toml", "--out", "."},
      {"sweep", "s.toml", "--out", "/proc/x/s.sqlite"},
      {"sweep", "s.toml", "--seed", "6", "--out", "s.sqlite"},
      {"export", "s.toml"},
      {"export", "none"},
      {"export", "s.sqlite", "--metric", "etr"},
      {"export", "s.sqlite", "--format", "xml"},
      {"export", "s.sqlite", "--scenario", "9/0"},
      {"export", "s.sqlite", "--scenario", "x"},
      {"export", "s.sqlite", "--resolved"},
      {"sensitivity", "s.sqlite"},
      {"sensitivity", "s.toml"},
  };
  for (const auto& arguments : wrong) {
    std::string line = "longhaul";
    for (const auto& argument : arguments) line += " " + argument;
    CAPTURE(line);
    const auto outcome = desk(arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(!outcome.err.empty());
    CHECK(outcome.err.find("our fault") == std::string::npos);
    CHECK(all_files(desk.files.folder()) == before);
  }
}

TEST_CASE("sensitivity finds the axis that matters, and its share") {
  const SweepDesk desk;
  // Without failures ETTR = interval / (interval + write): write alone matters.
  const Arguments axes{"--sweep", "run.checkpoint.write={uniform=[\"1 min\",\"10 min\"]}",
                       "--sweep", "recovery.restart={uniform=[\"1 min\",\"10 min\"]}",
                       "--set",   "failures.random=false",
                       "--set",   "sweep.simulate=months"};
  auto saltelli = Arguments{"sweep", "s.toml",           "--set", "sweep.design=saltelli",
                            "--set", "sweep.samples=64", "--out", "s.sqlite"};
  saltelli.insert(saltelli.end(), axes.begin(), axes.end());
  REQUIRE(desk(saltelli).status == 0);
  const auto shares =
      nlohmann::json::parse(desk({"sensitivity", "s.sqlite", "--metric", "ettr", "--json"}).out);
  CHECK(shares["base_samples"] == 64);
  CHECK(shares["axes"][0]["total_order"].get<double>() == doctest::Approx(1).epsilon(0.1));
  CHECK(shares["axes"][1]["total_order"].get<double>() == 0);
  CHECK(shares["axes"][1]["first_order"].get<double>() == 0);

  auto tornado =
      Arguments{"sweep", "s.toml", "--set", "sweep.design=one-at-a-time", "--out", "t.sqlite"};
  tornado.insert(tornado.end(), axes.begin(), axes.end());
  REQUIRE(desk(tornado).status == 0);
  const auto swings =
      nlohmann::json::parse(desk({"sensitivity", "t.sqlite", "--metric", "ettr", "--json"}).out);
  // Quantiles 0.05 and 0.95 of 1 to 10 min: 1.45 and 9.55 min beside 30 min of work.
  CHECK(swings["axes"][0]["key"] == "run.checkpoint.write");
  CHECK(swings["axes"][0]["low"].get<double>() == doctest::Approx(30 / 31.45).epsilon(1e-3));
  CHECK(swings["axes"][0]["high"].get<double>() == doctest::Approx(30 / 39.55).epsilon(1e-3));
  CHECK(swings["axes"][1]["swing"] == 0);
  const auto table = desk({"sensitivity", "t.sqlite"});
  CHECK(table.status == 0);
  CHECK(table.out.find("█") != std::string::npos);
}

TEST_CASE("a sweep of steps needs no months, and platforms may change from point to point") {
  const Desk desk;
  const auto outcome = desk({"sweep", "scenario.toml", "--set", "sweep.simulate=step", "--sweep",
                             "cluster.platform.fabric.three_layer_clos.taper=1,2", "--sweep",
                             "run.fidelity=analytic,flow", "--out", "s.sqlite", "-j", "2"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto csv = desk({"export", "s.sqlite", "--metric", "step_s"}).out;
  const auto rows = lines_of(csv);
  REQUIRE(rows.size() == 5);
  CHECK(rows[0] ==
        "combination,repeat,seed,error,cluster.platform.fabric.three_layer_clos.taper,run.fidelity,"
        "step_s");
  for (const auto& step :
       {std::string("run.fidelity=flow"), std::string("run.fidelity=analytic")}) {
    const auto alone =
        nlohmann::json::parse(desk({"step", "scenario.toml", "--set", step, "--set",
                                    "cluster.platform.fabric.three_layer_clos.taper=2", "--json"})
                                  .out);
    const auto& row = rows[step == "run.fidelity=flow" ? 4 : 3];
    CHECK(std::stod(row.substr(row.rfind(',') + 1)) == alone["step_s"].get<double>());
  }
}

TEST_CASE("repeats until a mean is known come out the same wherever a sweep was killed") {
  const SweepDesk desk;
  const auto sweep = [](const std::string& out) {
    return Arguments{"sweep",     "s.toml",
                     "--sweep",   "run.checkpoint.write=1 s,50 s,100 s,200 s",
                     "--repeats", "10",
                     "--set",     "sweep.precision={metric=\"ettr\",half_width=0.004,at_most=200}",
                     "--out",     out};
  };
  REQUIRE(desk(sweep("whole.sqlite")).status == 0);
  const auto expected = desk.points("whole.sqlite");
  CHECK(lines_of(expected).size() > 60);  // or there would be nothing to cut in the middle
  int n_killed = 0;
  for (int i = 0; i < 40; ++i) {
    Program program(sweep("k.sqlite"), {desk.files.folder(), "", -1});
    std::this_thread::sleep_for(std::chrono::milliseconds(40 + 7 * i));
    program.signal(SIGKILL);
    if (program.wait().status == 0) break;
    ++n_killed;
  }
  CHECK(n_killed > 2);
  REQUIRE(desk(sweep("k.sqlite")).status == 0);
  CHECK(desk.points("k.sqlite") == expected);
}

TEST_CASE("a file that any point reads belongs to the sweep") {
  const SweepDesk desk;
  const auto card = [&](const std::string& name, int count) {
    desk.files.write(name, "name = \"" + name + "\"\ngpus = 1\nobserved = \"1 day\"\n[[cause]]\n" +
                               "name = \"x\"\ngroup = \"other\"\nstrikes = \"job\"\ncount = " +
                               std::to_string(count) + "\n");
  };
  for (const char* name : {"a.toml", "b.toml", "c.toml"}) card(name, 10);
  auto text = std::string(renewal);
  const auto from = text.find("[failures.causes]");
  text.replace(from, text.find("[recovery]") - from, "");
  desk.files.write("cards.toml", text +
                                     "[[sweep.axis]]\nkey = \"failures.causes\"\n"
                                     "values = [\"a.toml\", \"b.toml\", \"c.toml\"]\n");
  REQUIRE(desk({"sweep", "cards.toml", "--out", "s.sqlite"}).status == 0);
  // None of them may change, whichever point reads it.
  for (const char* name : {"a.toml", "b.toml", "c.toml"}) {
    card(name, 20);
    const auto refused = desk({"sweep", "cards.toml", "--repeats", "2", "--out", "s.sqlite"});
    CHECK(refused.status == 2);
    CHECK(refused.err.find(std::string("the file ") + name + " has changed since") !=
          std::string::npos);
    card(name, 10);
  }
  // A card that was missing may come.
  fs::remove(desk.files.path("b.toml"));
  CHECK(desk({"sweep", "cards.toml", "--out", "m.sqlite"}).status == 4);
  card("b.toml", 10);
  CHECK(desk({"sweep", "cards.toml", "--out", "m.sqlite", "--retry-failed"}).status == 0);
  CHECK(desk.points("m.sqlite") == desk.points("s.sqlite"));
}

TEST_CASE(
    "cards that a formula names, or that go with few values of another axis, belong to it too") {
  const SweepDesk desk;
  const auto card = [&](const std::string& name, const std::string& more) {
    desk.files.write(name, "name = \"" + name + "\"\ngpus = 1\nobserved = \"1 day\"\n[[cause]]\n" +
                               "name = \"x\"\ngroup = \"other\"\nstrikes = \"job\"\n" + more);
  };
  card("a.toml", "count = 10\n");
  card("b.toml", "count = 20\n");
  auto text = std::string(renewal);
  const auto from = text.find("[failures.causes]");
  text.replace(from, text.find("[recovery]") - from, "");
  desk.files.write("f.toml", text +
                                 "[[sweep.axis]]\nkey = \"recovery.restart\"\n"
                                 "values = [\"1 min\", \"2 min\"]\n"
                                 "[[sweep.axis]]\nkey = \"failures.causes\"\n"
                                 "formula = \"iif(restart > 60, 'b.toml', 'a.toml')\"\n");
  REQUIRE(desk({"sweep", "f.toml", "--out", "f.sqlite"}).status == 0);
  card("b.toml", "count = 40\n");
  const auto refused = desk({"sweep", "f.toml", "--repeats", "2", "--out", "f.sqlite"});
  CHECK(refused.status == 2);
  CHECK(refused.err.find("the file b.toml has changed since") != std::string::npos);

  // With 3 tensor ranks, of 16 GPUs, no card goes.
  card("b.toml", "count = 20\n");
  scenario::write_small_run(desk.files);
  const Arguments twice{"sweep",   "scenario.toml",
                        "--sweep", "run.plan.tensor=3,2",
                        "--sweep", "failures.causes=a.toml,b.toml",
                        "--out",   "g.sqlite"};
  REQUIRE(desk(twice).status == 4);
  card("b.toml", "count = 40\n");
  auto more = twice;
  more.insert(more.end(), {"--repeats", "2"});
  const auto changed = desk(more);
  CHECK(changed.status == 2);
  CHECK(changed.err.find("the file b.toml has changed since") != std::string::npos);
}

TEST_CASE("a few points that cannot be read fail by themselves, wherever they are") {
  const SweepDesk desk;
  scenario::write_small_run(desk.files);  // of 16 GPUs, tensor 2
  // The last, the middle and the first of four.
  const auto outcome =
      desk({"sweep", "scenario.toml", "--sweep", "run.plan.tensor=3,2,5,7", "--out", "s.sqlite"});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 4);
  CHECK(outcome.out.find("3 points failed") != std::string::npos);
  CHECK(desk({"sweep", "scenario.toml", "--sweep", "run.plan.tensor=3,5", "--out", "none.sqlite"})
            .status == 2);
}

TEST_CASE("an interrupt that reaches workers costs no point") {
  const SweepDesk desk;
  REQUIRE(desk(thousand("whole.sqlite")).status == 0);
  Program program(thousand("s.sqlite", {"-j", "2"}), {desk.files.folder(), "", -1});
  int n_sent = 0;
  for (int i = 0; i < 10; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (const auto worker : workers_of(program.pid())) n_sent += kill(worker, SIGINT) == 0 ? 1 : 0;
  }
  const auto outcome = program.wait();
  CHECK(n_sent > 0);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.find("CTRL-C") == std::string::npos);
  CHECK(desk.points("s.sqlite") == desk.points("whole.sqlite"));
}

TEST_CASE("a file that changes while a sweep runs stops it") {
  const SweepDesk desk;
  Program program({"sweep", "s.toml", "--repeats", "100000", "--out", "s.sqlite"},
                  {desk.files.folder(), "", -1});
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  desk.files.write("s.toml", std::string(renewal) + "# \n[output]\ntimeline = \"0 s\"\n");
  const auto outcome = program.wait();
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("s.toml was changed while the sweep ran") != std::string::npos);
}

TEST_CASE("an export spares the store, and an older file unless the new one is whole") {
  const SweepDesk desk;
  REQUIRE(desk({"sweep", "s.toml", "--out", "s.sqlite"}).status == 0);
  desk.files.write("old.csv", "old");
  fs::create_symlink("s.sqlite", desk.files.path("link"));
  const auto before = all_files(desk.files.folder());
  for (const Arguments& wrong :
       {Arguments{"export", "s.sqlite", "--out", "s.sqlite"},
        Arguments{"export", "s.sqlite", "--out", "./s.sqlite"},
        Arguments{"export", "s.sqlite", "--out", "link"},
        Arguments{"export", "link", "--out", "s.sqlite"},
        Arguments{"export", "s.sqlite", "--out", "none/a.csv"},
        Arguments{"export", "s.sqlite", "--out", "."},
        Arguments{"export", "s.sqlite", "--metric", "etr", "--out", "old.csv"}}) {
    const auto outcome = desk(wrong);
    CAPTURE(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("nothing was written") != std::string::npos);
    CHECK(all_files(desk.files.folder()) == before);
  }
  CHECK(desk({"export", "s.sqlite", "--metric", "etr"}).out.empty());
  const auto full = run({"export", "s.sqlite", "--out", "old.csv"}, {desk.files.folder(), "", 100});
  CHECK(full.status == 2);
  CHECK(all_files(desk.files.folder()) == before);
  REQUIRE(desk({"export", "s.sqlite", "--out", "old.csv"}).status == 0);
  CHECK(scenario::text_of(desk.files.path("old.csv")) == desk({"export", "s.sqlite"}).out);
  CHECK(all_files(desk.files.folder()).size() == before.size());
  CHECK(desk({"export", "s.sqlite", "--out", "/dev/null"}).status == 0);
}

TEST_CASE("options of an export that would do nothing are refused") {
  const SweepDesk desk;
  REQUIRE(desk({"sweep", "s.toml", "--repeats", "3", "--out", "s.sqlite"}).status == 0);
  const auto status = [&](Arguments options) {
    options.insert(options.begin(), {"export", "s.sqlite", "--metric", "ettr"});
    return desk(options).status;
  };
  for (const char* together : {"--summary", "--means"}) {
    CHECK(status({together, "--timing"}) == 2);
    CHECK(status({together, "--resolved", "--format", "jsonl"}) == 2);
    CHECK(status({together, "--confidence", "0.9"}) == 0);
  }
  CHECK(status({"--confidence", "0.9"}) == 2);
  CHECK(status({"--timing"}) == 0);
}

TEST_CASE("sensitivity of a sweep whose points all failed says so") {
  const SweepDesk desk;
  REQUIRE(desk({"sweep", "s.toml", "--set", "sweep.design=one-at-a-time", "--sweep",
                "recovery.restart=1000 days,2000 days", "--set", "recovery.restart=1000 days",
                "--out", "f.sqlite"})
              .status == 4);
  const auto outcome = desk({"sensitivity", "f.sqlite"});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("f.sqlite: error: all its points failed") == 0);
}

TEST_CASE("a store that cannot be read now says why") {
  const SweepDesk desk;
  {
    const experiment::StoreWriter writer(desk.files.path("s.sqlite"), {});
    const auto outcome = desk({"export", "s.sqlite"});
    CAPTURE(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("a sweep is writing this store; wait for it") != std::string::npos);
    CHECK(outcome.err.find("--out") == std::string::npos);
  }
  CHECK(desk({"export", "s.sqlite"}).status == 0);
}

}  // namespace
}  // namespace longhaul::cli
