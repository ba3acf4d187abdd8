// longhaul figures, and the figures that are shipped.
#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "../scenario/files.hpp"
#include "experiment/sweep_plan.hpp"
#include "program.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/sweep_file.hpp"
#include "training/validate.hpp"

using namespace longhaul;
using cli::Outcome;
using cli::Program;
using scenario::text_of;
namespace fs = std::filesystem;

namespace {

const std::string source_root = LONGHAUL_SOURCE_ROOT;

bool skips() {
  const bool has_gnuplot = std::system("gnuplot --version > /dev/null 2>&1") == 0;
  if (!has_gnuplot) MESSAGE("skipped: gnuplot is not installed");
  return !has_gnuplot;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A variable of the environment, as it was afterwards.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    const char* before = std::getenv(name);
    had_ = before != nullptr;
    if (had_) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (had_)
      setenv(name_, before_.c_str(), 1);
    else
      unsetenv(name_);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  bool had_ = false;
  std::string before_;
};

using CsvRow = std::map<std::string, std::string>;

/// Rows of a table by the names of its columns; quotes only around commas.
std::vector<CsvRow> csv_rows(const std::string& path) {
  std::ifstream file(path);
  const auto cells = [](const std::string& line) {
    std::vector<std::string> parts(1);
    bool quoted = false;
    for (const char c : line)
      if (c == '"')
        quoted = !quoted;
      else if (c == ',' && !quoted)
        parts.emplace_back();
      else
        parts.back() += c;
    return parts;
  };
  std::string line;
  std::getline(file, line);
  const auto names = cells(line);
  std::vector<CsvRow> rows;
  while (std::getline(file, line)) {
    const auto values = cells(line);
    REQUIRE(values.size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i == 0) rows.emplace_back();
      rows.back()[names[i]] = values[i];
    }
  }
  return rows;
}

double number(const CsvRow& row, const std::string& column) {
  REQUIRE_MESSAGE(row.count(column) == 1, column);
  return std::stod(row.at(column));
}

/// A data folder of its own with one figure of four points, and a folder to run in.
class DataFolder {
 public:
  DataFolder() : data_("LONGHAUL_DATA", files.folder()) {
    files.write("scenarios/figures/style.gp", text_of(source_root + "/scenarios/figures/style.gp"));
    files.write("scenarios/figures/tiny/README.md", "# Tiny\n\nUseful time.\n");
    files.write("scenarios/figures/tiny/plot.gp",
                "# 3.4 in x 2 in\n"
                "set xlabel 'interval [s]'\n"
                "plot data using 'run.checkpoint.interval':'ettr':'ettr_low':'ettr_high' "
                "with yerrorbars, \\\n"
                "  points using 'run.checkpoint.interval':'ettr', \\\n"
                "  summary using 'run.checkpoint.interval':'mean'\n");
    scenario(2);
  }
  void scenario(int repeats, const std::string& restart = "10 min") const {
    files.write("scenarios/figures/tiny/scenario.toml", R"(title = "a tiny figure"
[run]
step_time = "1 min"
steps = 2000
[run.checkpoint]
interval = "1 h"
write = "5 min"
read = "0 s"
[failures.causes]
name = "one a day"
gpus = 1
observed = "1 day"
[[failures.causes.cause]]
name = "failure"
group = "other"
count = 1
strikes = "job"
[recovery]
restart = ")" + restart + R"("
[sweep]
repeats = )" + std::to_string(repeats) + R"(
[[sweep.axis]]
key = "run.checkpoint.interval"
values = ["1 h", "2 h"]
)");
  }
  Outcome operator()(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "figures");
    return cli::run(arguments, {files.folder(), "", -1});
  }
  std::string made(const std::string& name, const std::string& out = "results/figures") const {
    return text_of(files.path(out + "/tiny/" + name));
  }
  bool has(const std::string& path) const { return fs::exists(files.path(path)); }

  scenario::Files files;

 private:
  Environment data_;
};

/// Of `longhaul figures NAME` on the figures that are shipped: the rows of its data.csv.
std::vector<CsvRow> shipped_data(const scenario::Files& files, const std::string& name) {
  const auto outcome = cli::run({"figures", name, "--out", files.folder()});
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  return csv_rows(files.path(name + "/data.csv"));
}

std::vector<fs::path> shipped_figures() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(source_root + "/scenarios/figures"))
    if (entry.is_directory()) folders.push_back(entry.path());
  REQUIRE(folders.size() >= 3);
  return folders;
}

void check_planned(const std::string& path) {
  const auto loaded = scenario::read_sweep(path, {}, {});
  const experiment::SweepPlan plan(loaded);
  CHECK(plan.n_combinations() >= 1);
  if (says(text_of(path), "$LONGHAUL_TRACES") && std::getenv("LONGHAUL_TRACES") == nullptr) {
    MESSAGE("LONGHAUL_TRACES is not set; ", path, " is not read");
    return;
  }
  CHECK_NOTHROW(scenario::read_scenario(path, plan.assignments(0, 0),
                                        plan.sweep().simulate == scenario::Simulate::Step
                                            ? scenario::Purpose::Step
                                            : scenario::Purpose::Months,
                                        scenario::SweepTable::PassedOver));
}

}  // namespace

TEST_CASE("figures simulates, draws three formats and says where they come from") {
  if (skips()) return;
  const DataFolder desk;
  const auto outcome = desk({});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.out.starts_with("tiny  4 points, 4 of them new, "));
  CHECK(says(outcome.out, " s  results/figures/tiny/tiny.svg .pdf .png .txt\n"));
  CHECK(says(desk.made("tiny.svg"), "width=\"326\" height=\"192\""));  // 3.4 in x 2 in of 96 pixels
  const auto caption = desk.made("tiny.txt");
  CHECK(caption.starts_with("Useful time.\n\nlonghaul "));
  CHECK(says(caption, "\ninput scenarios/figures/tiny/scenario.toml sha256 "));
  CHECK(says(caption, "\nrun time "));
  const auto rows = csv_rows(desk.files.path("results/figures/tiny/data.csv"));
  REQUIRE(rows.size() == 2);
  CHECK(number(rows[1], "run.checkpoint.interval") == 7200);
  CHECK(number(rows[1], "n") == 2);
  CHECK(number(rows[1], "failed") == 0);
  // The mean and its interval are of the two points: t(0.975, 1) = 12.7062, s/sqrt(2) = |a - b|/2.
  const auto points = csv_rows(desk.files.path("results/figures/tiny/points.csv"));
  REQUIRE(points.size() == 4);
  const double a = number(points[2], "ettr");
  const double b = number(points[3], "ettr");
  CHECK(number(rows[1], "ettr") == doctest::Approx((a + b) / 2).epsilon(1e-12));
  CHECK(number(rows[1], "ettr_high") - number(rows[1], "ettr") ==
        doctest::Approx(12.7062 * std::abs(a - b) / 2).epsilon(1e-5));
}

TEST_CASE("the same figure has the same bytes, whatever the number of workers") {
  if (skips()) return;
  const DataFolder desk;
  CHECK(desk({"tiny", "-j", "1", "--out", "a"}).status == 0);
  CHECK(desk({"tiny", "-j", "3", "--out", "b"}).status == 0);
  for (const char* file :
       {"tiny.svg", "tiny.pdf", "tiny.png", "data.csv", "summary.csv", "points.csv"})
    CHECK_MESSAGE(desk.made(file, "a") == desk.made(file, "b"), file);
}

TEST_CASE("points that are there are not done again, those of other inputs are") {
  if (skips()) return;
  const DataFolder desk;
  CHECK(desk({}).status == 0);
  const auto before = desk.made("tiny.svg");
  CHECK(says(desk({}).out, "4 points, 0 of them new"));
  CHECK(desk.made("tiny.svg") == before);
  desk.scenario(3);
  CHECK(says(desk({}).out, "6 points, 6 of them new"));
}

TEST_CASE("a file that is no store is not touched") {
  const DataFolder desk;
  const auto mine = desk.files.write("results/figures/tiny/tiny.sqlite", "my notes");
  const auto outcome = desk({});
  CHECK(outcome.status == 2);
  CHECK(says(outcome.err, "tiny.sqlite: error: is no store of a sweep"));
  CHECK(text_of(mine) == "my notes");
}

TEST_CASE("Ctrl-C loses nothing that was finished") {
  const DataFolder desk;
  desk.scenario(50'000);
  std::vector<long> stored;
  for (int round = 0; round < 2; ++round) {
    Program program({"figures", "-j", "1"}, {desk.files.folder(), "", -1});
    const auto log = desk.files.path("results/figures/tiny/tiny.sqlite-wal");
    for (int wait = 0; wait < 500 && !(fs::exists(log) && fs::file_size(log) > 100'000); ++wait)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    program.signal(SIGINT);
    const auto outcome = program.wait();
    CAPTURE(outcome.err);
    REQUIRE(outcome.status == 130);
    REQUIRE(outcome.err.starts_with("interrupted; "));
    auto count = outcome.err.substr(std::string("interrupted; ").size());
    std::erase(count, ',');
    stored.push_back(std::stol(count));
  }
  CHECK(stored[0] > 0);
  CHECK(stored[1] > stored[0]);
}

TEST_CASE("a figure that there is none of is a mistake, with what may be meant") {
  const DataFolder desk;
  const auto near = desk({"tinny"});
  CHECK(near.status == 2);
  CHECK(says(near.err, "tinny: error: there is no such figure; did you mean 'tiny'?"));
  CHECK(says(desk({"goodput"}).err, "there is no such figure; there are tiny"));
  CHECK_FALSE(desk.has("results"));
  CHECK(desk({"--list"}).out == "tiny  a tiny figure\n");
  fs::remove_all(desk.files.path("scenarios/figures/tiny"));
  CHECK(says(desk({}).err, "scenarios/figures: error: holds no figures"));
}

TEST_CASE("without gnuplot the points are kept, and drawn once there is one") {
  if (skips()) return;
  const DataFolder desk;
  {
    const Environment nowhere("PATH", desk.files.path("nowhere"));
    const auto outcome = desk({});
    CHECK(outcome.status == 2);
    CHECK(says(outcome.err,
               "gnuplot is not installed; apt-get install gnuplot-nox\n"
               "tiny: not drawn; 4 points are in results/figures/tiny/tiny.sqlite"));
    CHECK_FALSE(desk.has("results/figures/tiny/tiny.svg"));
  }
  CHECK(says(desk({}).out, "4 points, 0 of them new"));
}

TEST_CASE("a figure whose points failed is not drawn") {
  const DataFolder desk;
  desk.scenario(1, "300 years");  // for each of the failures, of which one a day is refused
  const auto outcome = desk({});
  CHECK(outcome.status == 4);
  CHECK(says(outcome.err, "tiny: not drawn, 2 points failed"));
  CHECK(says(outcome.err, "2000 steps would take more than 10,000 years"));
  CHECK_FALSE(desk.has("results/figures/tiny/tiny.svg"));
}

TEST_CASE("every figure that is shipped can be planned, has a caption and names its sources") {
  for (const auto& folder : shipped_figures()) {
    CAPTURE(folder.string());
    const auto path = (folder / "scenario.toml").string();
    if (scenario::holds_table(path, "constraints"))
      CHECK_NOTHROW(scenario::read_scenario(path, {}, scenario::Purpose::Forecast));
    else if (scenario::holds_table(path, "wall"))
      CHECK_NOTHROW(scenario::read_scenario(path, {}, scenario::Purpose::Wall));
    else
      check_planned(path);
    CHECK(text_of(path).starts_with("# "));
    const auto readme = text_of((folder / "README.md").string());
    CHECK(says(readme, "## Sources"));
    CHECK(says(readme, "on two cores"));
    const auto published = (folder / "published.csv").string();
    if (!fs::exists(published)) continue;
    const auto rows = csv_rows(published);
    CHECK_FALSE(rows.empty());
    for (const auto& row : rows) {
      REQUIRE(row.count("source") == 1);
      CHECK_FALSE(row.at("source").empty());
    }
  }
}

TEST_CASE("constraints_2030: drawn from a forecast, the published medians beside") {
  if (skips()) return;
  const scenario::Files files;
  const auto rows = shipped_data(files, "constraints_2030");
  const auto published =
      csv_rows(source_root + "/scenarios/figures/constraints_2030/published.csv");
  REQUIRE(published.size() == 4);
  REQUIRE(rows.size() == 5);
  for (std::size_t i = 0; i < published.size(); ++i) {
    CAPTURE(published[i].at("constraint"));
    CHECK(rows[i].at("constraint") == published[i].at("constraint"));
    CHECK(number(rows[i], "p50_flop") ==
          doctest::Approx(number(published[i], "p50_flop")).epsilon(0.2));  // of one digit
  }
  CHECK(rows[4].at("constraint") == "least");
}

TEST_CASE("checkpoint_interval: as far off the closed form as its README says") {
#ifdef LONGHAUL_SANITIZED
  MESSAGE("skipped: takes long with sanitizers");
  return;
#endif
  if (skips()) return;
  const scenario::Files files;
  // Daly: T = M e^(R/M) (e^((tau + d)/M) - 1) Ts/tau, in minutes.
  const double M = 1440, R = 10, d = 5;
  double largest = 0;
  for (const auto& row : shipped_data(files, "checkpoint_interval")) {
    const double tau = number(row, "checkpoint_steps") * number(row, "step_s") / 60;
    const double exact = tau / (M * std::exp(R / M) * (std::exp((tau + d) / M) - 1));
    const double off = number(row, "ettr") - exact;
    largest = std::max(largest, std::abs(off));
    // 13 intervals of 95 %: none is off by twice its half-width but in 1 of 1,000 sweeps.
    CHECK(std::abs(off) < 2 * (number(row, "ettr_high") - number(row, "ettr")));
  }
  std::ostringstream stated;
  stated.precision(2);
  stated << "Largest deviation: " << std::fixed << 100 * largest << " points";
  const auto readme = text_of(source_root + "/scenarios/figures/checkpoint_interval/README.md");
  CHECK_MESSAGE(says(readme, stated.str()), stated.str());
}

TEST_CASE("goodput: at the rates of RSC-1 and RSC-2 as the exact renewal has it") {
#ifdef LONGHAUL_SANITIZED
  MESSAGE("skipped: takes long with sanitizers");
  return;
#endif
  if (skips()) return;
  const scenario::Files files;
  // [Daly], in minutes, with recoveries drawn anew for each failure that strikes one: e^(-R/M)
  // becomes its mean, over detection 0 to 5, restart 5 to 20 and a read of 2.84 s.
  const double d = 2.84 / 60;
  int n_rows = 0;
  for (const auto& row : shipped_data(files, "goodput")) {
    const auto& card = row.at("failures.causes");
    if (!says(card, "meta_rsc")) continue;
    ++n_rows;
    const double nodes = number(row, "run.gpus") / 8;
    const double M = 1440e3 / (nodes * (says(card, "rsc1") ? 6.5 : 2.34));
    const auto mean_of = [M](double from, double to) {  // of e^(-R/M), R uniform
      return M / (to - from) * (std::exp(-from / M) - std::exp(-to / M));
    };
    const double recovers = mean_of(0, 5) * mean_of(5, 20) * std::exp(-d / M);
    const double tau = number(row, "checkpoint_steps") * number(row, "step_s") / 60;
    const double exact = tau * recovers / (M * (std::exp((tau + d) / M) - 1));
    CAPTURE(card);
    CAPTURE(nodes);
    CAPTURE(exact);
    // 16 intervals of 95 %, and what a run has done since its last write when its 30 days end.
    const double half = number(row, "goodput_high") - number(row, "goodput");
    CHECK(std::abs(number(row, "goodput") - exact) < 2 * half + tau / (30 * 1440));
  }
  CHECK(n_rows == 16);
}

TEST_CASE("megatron_scaling: the rows and the errors of longhaul validate") {
  if (skips()) return;
  const scenario::Files files;
  const auto simulated = shipped_data(files, "megatron_scaling");
  const auto published =
      csv_rows(source_root + "/scenarios/figures/megatron_scaling/published.csv");
  auto rows = training::read_measured_rows(source_root + "/tests/published/measured_steps.csv", {});
  std::erase_if(rows.steps, [](const training::MeasuredStep& row) {
    return row.source != "Megatron SC21 arXiv:2104.04473 Table 1";
  });
  const auto validation =
      training::validate(rows, scenario::read_chips(source_root + "/platforms/chips"),
                         scenario::read_calibration(source_root + "/platforms/calibration.toml"));
  REQUIRE(validation.steps.size() == 10);
  REQUIRE(simulated.size() == 10);
  REQUIRE(published.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) {
    const auto& step = validation.steps[i];
    CAPTURE(step.row.model_name);
    CHECK(published[i].at("model") == step.row.model_name);
    CHECK(number(published[i], "step_s") == step.row.measured.value());
    CHECK(number(published[i], "gpus") == gpus(step.row.plan));
    CHECK(number(simulated[i], "run.gpus") == gpus(step.row.plan));
    CHECK(number(simulated[i], "run.plan.virtual_stages") == step.modelled.plan.virtual_stages);
    CHECK(number(simulated[i], "run.plan.microbatch") == step.modelled.plan.microbatch);
    CHECK(number(simulated[i], "step_s") ==
          doctest::Approx(step.modelled.step.total.value()).epsilon(1e-6));
  }
}

TEST_CASE("llama3_interruptions: the counts of the card, and of the paper 466 in all") {
  const auto published =
      csv_rows(source_root + "/scenarios/figures/llama3_interruptions/published.csv");
  const auto causes =
      scenario::read_scenario(source_root + "/scenarios/llama3_405b_54_days.toml", {})
          .scenario.failures.causes->causes;
  std::map<std::string, double> counts;
  for (const auto& cause : causes) counts[cause.name] = cause.count;
  CHECK(published.size() == counts.size());
  double total = 0;
  double last = 1e9;
  for (const auto& row : published) {
    CHECK(number(row, "count") == counts[row.at("cause")]);
    CHECK(number(row, "count") <= last);  // sorted
    last = number(row, "count");
    total += last;
  }
  CHECK(total == 466);
}
