// longhaul schedule as a user meets it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "../scenario/files.hpp"
#include "program.hpp"

namespace longhaul::cli {
namespace {

const std::string three_jobs =
    "job,submit_s,run_time_s,slots,estimate_s\n"
    "a,0,10,3,12\n"
    "b,1,10,4,12\n"
    "c,2,100,1,100\n";

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("schedule compares policies in a table, as JSON and job by job") {
  const scenario::Files files;
  const auto trace = files.write("three.csv", three_jobs);
  const auto out = files.folder() + "/jobs.csv";
  const auto ran = run({"schedule", trace, "--hosts", "4", "--policy", "fifo,first-fit", "--watts",
                        "100", "--json", "--jobs-out", out});
  REQUIRE(ran.status == 0);
  const auto json = nlohmann::json::parse(ran.out);
  const auto& fifo = json.at("policies").at(0);
  CHECK(fifo.at("policy") == "fifo");
  CHECK(fifo.at("jobs") == 3);
  // b waits from 1 to 10, c from 2 to 20; all is done at 120.
  CHECK(fifo.at("sum_wait_s") == 27);
  CHECK(fifo.at("mean_wait_s") == 9);
  CHECK(fifo.at("max_wait_s") == 18);
  CHECK(fifo.at("jobs_that_wait") == 2);
  CHECK(fifo.at("mean_turnaround_s") == (10 + 19 + 118) / 3.0);
  CHECK(fifo.at("max_turnaround_s") == 118);
  CHECK(fifo.at("p99_turnaround_s") == 118);
  CHECK(fifo.at("mean_bounded_slowdown") == doctest::Approx((1 + 1.9 + 1.18) / 3).epsilon(1e-12));
  CHECK(fifo.at("makespan_s") == 120);
  CHECK(fifo.at("utilisation") == doctest::Approx((30 + 40 + 100) / 480.0).epsilon(1e-12));
  CHECK(fifo.at("longest_queue") == 2);
  CHECK(fifo.at("energy_j") == 4 * 100 * 120);
  CHECK(fifo.contains("wall_s"));
  CHECK(json.at("policies").at(1).at("max_wait_s") == 101);  // b, behind c
  CHECK(json.at("inputs").at(0).at("sha256").get<std::string>().size() == 64);
  const auto jobs = read(out);
  CHECK(contains(jobs,
                 "\nb,fifo,,1.000000,4,12.000000,1,COMPLETED_SUCCESSFULLY,10.000000,10.000000,"
                 "20.000000,9.000000,19.000000,1.900000,0,0,0-3,,\n"));
  CHECK(contains(jobs, "\nc,first-fit,,2.000000,1,"));

  const auto screen = run({"schedule", trace, "--hosts", "4", "--policy", "fifo,easy"}).out;
  for (const char* part : {"3 jobs on 4 machines", "mean wait", "fifo", "easy", "assumed",
                           "as requested, else actual", "seed 1"})
    CHECK_MESSAGE(contains(screen, part), part);
}

TEST_CASE("the table of jobs says which deadlines were missed") {
  // One machine: a ends at 10, at its deadline; b at 20, 5 s after its own; c never fits.
  const scenario::Files files;
  const auto trace = files.write(
      "due.csv", "job,submit_s,run_time_s,slots,deadline_s\na,0,10,1,10\nb,0,10,1,15\nc,0,1,2,9\n");
  const auto out = files.folder() + "/jobs.csv";
  const auto ran = run({"schedule", trace, "--hosts", "1", "--json", "--jobs-out", out});
  REQUIRE(ran.status == 0);
  CHECK(nlohmann::json::parse(ran.out).at("policies").at(0).at("missed_deadlines") == 1);
  const auto jobs = read(out);
  CHECK(contains(jobs, "allocated_resources,deadline,missed_deadline\n"));
  CHECK(contains(jobs, ",0,10.000000,0\n"));
  CHECK(contains(jobs, ",0,15.000000,1\n"));
  CHECK(contains(jobs, "REJECTED,,,,,,,0,0,,9.000000,\n"));
}

TEST_CASE("schedule says what is wrong, all at once, and writes nothing") {
  const scenario::Files files;
  const auto trace = files.write("three.csv", three_jobs);
  const auto wrong = run({"schedule", trace, "--hosts", "none", "--policy", "fifo,esy",
                          "--placement", "tight", "--jobs-out", files.folder() + "/jobs.csv"});
  CHECK(wrong.status == 2);
  for (const char* part : {"there is no policy 'esy'; known are fifo, first-fit",
                           "there is no placement 'tight'; known are lowest, packed"})
    CHECK_MESSAGE(contains(wrong.err, part), part);
  CHECK(read(files.folder() + "/jobs.csv").empty());
  const auto no_number = run({"schedule", trace, "--hosts", "none"});
  CHECK(no_number.status == 2);
  CHECK(contains(no_number.err, "'none' is no number of machines"));
  const auto no_hosts = run({"schedule", trace});
  CHECK(no_hosts.status == 2);
  CHECK(contains(no_hosts.err, "there are no machines, and the trace does not say"));
  const auto no_file = run({"schedule", "nowhere.swf", "--hosts", "4"});
  CHECK(no_file.status == 2);
  CHECK(contains(no_file.err, "nowhere.swf"));
}

TEST_CASE("schedule reports bad lines, and leaves them out where asked to") {
  const scenario::Files files;
  const auto trace = files.write("bad.csv", three_jobs + "d,-5,10,1,\ne,5,10,1,\n");
  const auto refused = run({"schedule", trace, "--hosts", "4"});
  CHECK(refused.status == 2);
  CHECK(contains(refused.err, "bad.csv:5"));
  const auto used = run({"schedule", trace, "--hosts", "4", "--skip-bad", "--json"});
  CHECK(used.status == 0);
  CHECK(contains(used.err, "bad.csv:5"));
  const auto json = nlohmann::json::parse(used.out);
  CHECK(json.at("bad_lines") == 1);
  CHECK(json.at("jobs") == 4);
}

const std::string queue_scenario =
    "title = \"a queue\"\n"
    "[schedule]\n"
    "trace = \"three.csv\"\n"
    "policy = \"easy\"\n"
    "hosts = \"4\"\n";

TEST_CASE("a scenario of a schedule does what the options do, and sweeps") {
  const scenario::Files files;
  files.write("three.csv", three_jobs);
  const auto path = files.write("queue.toml", queue_scenario);
  const auto json = nlohmann::json::parse(run({"schedule", path, "--json"}).out);
  CHECK(json.at("policies").at(0).at("policy") == "easy");
  CHECK(json.at("title") == "a queue");
  const auto resolved = run({"schedule", path, "--dry-run"}).out;
  CHECK(contains(resolved, "policy = 'easy'"));

  const auto store = files.folder() + "/queue.sqlite";
  const auto swept = run({"sweep", path, "--sweep", "schedule.policy=fifo,first-fit", "--sweep",
                          "schedule.intensity=1,2", "--out", store, "-j", "1"});
  CHECK(swept.status == 0);
  const auto rows = run({"export", store}).out;
  CHECK(contains(rows, "max_wait_s"));
  CHECK(std::count(rows.begin(), rows.end(), '\n') == 5);

  const auto months = run({"run", path});
  CHECK(months.status == 2);
  CHECK(contains(months.err, "longhaul schedule"));
}

/// Nodes that went down, and jobs that went back, by the only cause.
std::pair<int, int> failures_of(const std::vector<std::string>& arguments) {
  const auto ran = run(arguments);
  REQUIRE(ran.status == 0);
  const auto json = nlohmann::json::parse(ran.out).at("policies").at(0);
  const auto& of = json.at("failures").at("gone");
  CHECK(of.at("jobs") == json.at("job_failures"));
  return {of.at("nodes"), of.at("jobs")};
}

TEST_CASE("racks, and nodes under a leaf switch, fail together under a queue") {
  const scenario::Files files;
  const auto causes = [](const std::string& strikes) {
    return "[failures.causes]\nname = \"c\"\ngpus = 8\nobserved = \"1 day\"\ncause = [{ name = "
           "\"gone\", group = \"network\", mtbf = \"1 day\", strikes = \"" +
           strikes + "\" }]\n";
  };
  // 8 machines in 2 racks and a job on all of them for 11 days: a strike takes 4, and the job once.
  files.write("all.csv", "job,submit_s,run_time_s,slots\na,0,1000000,8\n");
  const std::string queue =
      "title = \"a queue\"\n[schedule]\ntrace = \"all.csv\"\ncheckpoint_every = \"10 min\"\n";
  const auto racks = files.write(
      "racks.toml", queue + "hosts = \"8\"\n[cluster]\nper_rack = 4\n" + causes("rack"));
  const auto [rack_nodes, rack_jobs] = failures_of({"schedule", racks, "--json"});
  CHECK(rack_jobs > 0);
  CHECK(rack_nodes % 4 == 0);
  CHECK(rack_nodes >= 4 * rack_jobs);
  // A Clos of 4 leaves with 2 nodes each under 32 other switches: those cut nobody off, a leaf its
  // 2 nodes, and the jobs on them.
  files.write("all.csv", "job,submit_s,run_time_s,slots\na,0,1000000,64\n");
  const auto leaves = files.write("leaves.toml", queue + causes("switch"));
  const std::string clos = "cluster.platform.fabric.three_layer_clos.";
  const auto [leaf_nodes, leaf_jobs] =
      failures_of({"schedule", leaves, "--json", "--platform", "meta_24k_roce", "--set",
                   clos + "leaves_per_pod=4", "--set", clos + "pods=1"});
  CHECK(leaf_jobs > 0);
  CHECK(leaf_nodes % 2 == 0);
  CHECK(leaf_nodes >= 2 * leaf_jobs);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST_CASE("a Gantt chart has a box for each stretch of a job on neighbouring machines") {
  if (std::system("gnuplot --version > /dev/null 2>&1") != 0) {
    MESSAGE("skipped: gnuplot is not installed");
    return;
  }
  const scenario::Files files;
  const auto trace = files.write("three.csv", three_jobs);
  const auto svg = files.folder() + "/three.svg";
  const auto one = run({"schedule", trace, "--hosts", "4", "--gantt", svg});
  REQUIRE_MESSAGE(one.status == 0, one.err);
  // FIFO: a on machines 0-2 from 0 to 10, b on all until 20, c on one until 120.
  const auto drawn = read(svg);
  CHECK(count(drawn, "<polygon") == 3);
  for (const char* part : {"three.csv", "time [s]", "machine", ">fifo<", ">c<", "seed 1"})
    CHECK_MESSAGE(contains(drawn, part), part);
  // What stands in a box is the name of its job, or nothing: ee and ff are 2 and 1 of 1,000 s wide.
  const auto names = files.write("names.csv",
                                 "job,submit_s,run_time_s,slots\nlong,0,1000,3\nee,0,2,1\n"
                                 "ff,2,1,1\n");
  REQUIRE(run({"schedule", names, "--hosts", "4", "--gantt", svg}).status == 0);
  const auto named = read(svg);
  CHECK(contains(named, ">long<"));
  for (const char* part : {">ee<", ">ff<", ">1</text>", ">2</text>"})
    CHECK_MESSAGE(count(named, part) == 0, part);
  // Two panels. With first fit c begins at 2 beside a, and b has to wait for it: three boxes more.
  const auto two =
      run({"schedule", trace, "--hosts", "4", "--policy", "fifo,first-fit", "--gantt", svg});
  REQUIRE_MESSAGE(two.status == 0, two.err);
  CHECK(count(read(svg), "<polygon") == 6);
  // A job on machines that are not neighbours is two boxes: d has 0 and 2, as b has 1 until 100.
  const auto apart = files.write(
      "apart.csv", "job,submit_s,run_time_s,slots\na,0,10,1\nb,0,100,1\nc,0,10,1\nd,10,10,2\n");
  REQUIRE(run({"schedule", apart, "--hosts", "3", "--gantt", svg}).status == 0);
  CHECK(count(read(svg), "<polygon") == 5);
}

TEST_CASE("a Gantt chart that cannot be drawn is refused before jobs run") {
  const scenario::Files files;
  const auto trace = files.write("three.csv", three_jobs);
  const auto jpg = run({"schedule", trace, "--hosts", "4", "--gantt", files.folder() + "/a.jpg"});
  CHECK(jpg.status == 2);
  CHECK(contains(jpg.err, "a figure is an .svg, a .pdf or a .png"));
  CHECK(jpg.out.empty());
  const auto many =
      run({"schedule", trace, "--hosts", "4", "--policy", "fifo,easy,sjf,srtf,las,max-min,goodput",
           "--gantt", files.folder() + "/a.svg"});
  CHECK(many.status == 2);
  CHECK(contains(many.err, "at most 6; name fewer than these 7"));
  const auto other =
      run({"schedule", trace, "--hosts", "4", "--gantt", files.write("notes.svg", "my notes")});
  CHECK(other.status == 2);
  CHECK(contains(other.err, "is there already and is no SVG"));
  CHECK(read(files.folder() + "/notes.svg") == "my notes");
}

TEST_CASE("what a schedule cannot do is said at its place") {
  const scenario::Files files;
  files.write("three.csv", three_jobs);
  const auto path = files.write(
      "queue.toml", queue_scenario +
                        "[failures.causes]\nname = \"c\"\ngpus = 8\nobserved = \"1 day\"\n"
                        "cause = [{ name = \"storm\", group = \"network\", count = 1, "
                        "strikes = \"link\" },\n"
                        "{ name = \"dark\", group = \"network\", count = 1, "
                        "strikes = \"switch\" }]\n"
                        "[[power.site]]\nname = \"a\"\ncap = \"1 MW\"\n");
  const auto wrong = run({"schedule", path});
  CHECK(wrong.status == 2);
  CHECK(contains(wrong.err, "'storm' strikes no machine unannounced"));
  CHECK(contains(wrong.err, "machines hang by the switches that 'dark' strikes"));
  CHECK(contains(wrong.err, "what a machine draws is not known"));
}

}  // namespace
}  // namespace longhaul::cli
