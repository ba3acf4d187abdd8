// Files that are wrong: what is said, where, and what is used of them.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "trace_files.hpp"

namespace longhaul::scheduling {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("a bad line is told with its number, and left out only where that is asked for") {
  const std::string text =
      "timestamp,duration,num_gpus,gpu_time,cluster\n"
      "2017-10-09 07:01:55,66.0,1,66.0,11cb48\n"
      "2017-10-09 07:01:57,-5,1,66.0,11cb48\n"
      "2017-10-09 07:01:58,5\n"
      "2017-10-09 07:01:59,5,1,5,11cb48\n";
  const Strings told = {"3: duration = '-5', but seconds are wanted, from 0 to 1e+12",
                        "4: Too few columns"};
  const auto strict = read_text("philly.csv", text);
  CHECK(strict.errors == told);
  CHECK(strict.skipped == Strings{});
  CHECK(strict.trace.n_bad == 2);
  TraceOptions options;
  options.skip_bad = true;
  const auto lenient = read_text("philly.csv", text, options);
  CHECK(lenient.errors == Strings{});
  CHECK(lenient.skipped == told);
  CHECK(lenient.trace.n_bad == 2);
  REQUIRE(lenient.trace.jobs.size() == 2);
  CHECK(lenient.trace.jobs[1].submit == seconds(4));
}

TEST_CASE("of very many bad lines twenty are told and the others counted") {
  std::string text = "job,submit_s,run_time_s,slots\na,0,1,1\n";
  for (int i = 0; i < 100'000; ++i) text += "b,0,nan,1\n";
  TraceOptions options;
  options.skip_bad = true;
  const auto read = read_text("a.csv", text, options);
  CHECK(read.trace.n_bad == 100'000);
  CHECK(read.trace.jobs.size() == 1);
  REQUIRE(read.skipped.size() == 21);
  CHECK(read.skipped[19].starts_with("22: run_time_s"));
  CHECK(read.skipped[20] == "23: and 99980 more");  // 100,000 - 20, the first in line 2 + 21
}

TEST_CASE("wrong traces are refused with what would be right") {
  struct Case {
    std::string name, text, complaint;
  };
  const std::string swf_end = " -1 -1 -1 -1 -1 1 1 1 -1 -1 -1 -1 -1\n";
  const std::string own =
      "job,submit_s,run_time_s,slots,nodes,limit_s,deadline_s,preemptible,"
      "flexibility,choices\n";
  const auto profile = [](const std::string& job, const std::string& profiles) {
    return "{\"jobs\": [\n" + job + "],\n\"profiles\": {" + profiles + "}}";
  };
  const std::string batsim_job = R"({"id": 1, "subtime": 0, "res": 1, "profile": "p"})";
  const std::string delay = R"("p": {"type": "delay", "delay": 1})";
  const Case cases[] = {
      {"empty.swf", "", "0: there is no job in it"},
      {"blank.csv", "\n  \n\n", "0: there is no job in it"},
      {"header.swf", "; Version: 2.2\n", "0: there is no job in it"},
      {"packed.swf", "\x1f\x8b\x08 whatever", "0: it is compressed; unpack it with gunzip first"},
      {"binary.dat",
       std::string("\x7f"
                   "ELF\0\1\2\n\xff\xfe",
                   9),
       "1: this is the first line of no trace format that is known; there are swf, batsim, philly, "
       "kalos, gavel, tiresias, longhaul"},
      // SWF: submit, wait, run, processors
      {"a.swf", "1 0 -1 10 4\n", "1: 5 fields, but a line of SWF 2.2 has 18"},
      {"a.swf", "1 0 -1 -1 4" + swf_end, "1: run time = -1: it is not known"},
      {"a.swf", "1 0 -1 10 -1" + swf_end,
       "1: neither requested nor allocated processors are known"},
      {"a.swf", "1 -3 -1 10 4" + swf_end,
       "1: submit time = '-3', but seconds are wanted, from 0 to 1e+12"},
      {"a.swf", ";\n\n1 0 -1 1e300 4" + swf_end,
       "3: run time = '1e300', but seconds are wanted, from 0 to 1e+12"},
      {"a.swf", "1 0 -1 10 99999999999" + swf_end,
       "1: allocated processors = '99999999999', but a whole number is wanted, from 1 to "
       "2147483648"},
      {"a.swf", "1 0 -1 10 x" + swf_end, "1: allocated processors = 'x', but a number is wanted"},
      // Batsim
      {"a.json", "{\"jobs\": [\n{\"id\": 1,,\n",
       "2: this is no JSON: syntax error while parsing object key - "
       "unexpected ','; expected string literal"},
      {"a.json", "{\"profiles\": {}}", "0: there is no list of jobs in it, \"jobs\": [...]"},
      {"a.json", profile("7", ""), "2: a job is an object, {\"id\": 1, ...}"},
      {"a.json", profile(R"({"subtime": 0, "res": 1, "profile": "p"})", delay),
       "2: the job has no \"id\""},
      {"a.json", profile(R"({"id": 1, "subtime": 0, "res": 0, "profile": "p"})", delay),
       "2: res = 0, but a whole number is wanted, from 1 to 2147483648"},
      {"a.json", profile(R"({"id": 1, "subtime": "0", "res": 1, "profile": "p"})", delay),
       "2: subtime is no number"},
      {"a.json",
       profile(R"({"id": 1, "subtime": 0, "res": 1, "profile": "p", "walltime": 0})", delay),
       "2: walltime = 0, but more is wanted, or -1 for none"},
      {"a.json", profile(batsim_job, ""),
       "2: profile 'p' is not among the profiles, or has no type"},
      {"a.json",
       profile(batsim_job, R"("p": {"type": "parallel_homogeneous", "cpu": 1, "com": 1})"),
       "2: profile 'p' is of type 'parallel_homogeneous'; only a delay has a run time of its own"},
      {"a.json", profile(batsim_job, R"("p": {"type": "delay"})"),
       "2: profile 'p' has no \"delay\""},
      {"a.json", profile(batsim_job, R"("p": {"type": "delay", "delay": -2})"),
       "2: profile 'p': delay = -2, but seconds are wanted, from 0 to 1e+12"},
      // CSV
      {"philly.csv", "timestamp,duration,num_gpus\n", "1: missing column 'cluster'"},
      {"philly.csv", "timestamp,duration,num_gpus,cluster\n2017-02-30 00:00:00,1,1,a\n",
       "2: timestamp = '2017-02-30 00:00:00', but a date is wanted, as 2017-10-09 07:01:55"},
      {"philly.csv", "timestamp,duration,num_gpus,cluster\n2017-02-03 00:00:00,1,1.5,a\n",
       "2: num_gpus = '1.5', but a whole number is wanted, from 1 to 2147483648"},
      {"philly.csv", "timestamp,duration,num_gpus,cluster\n2017-02-03 00:00:00,1,1,a,b\n",
       "2: Too many columns"},
      {"kalos.csv",
       "job_id,arrival_time,num_iteration,gpu_workers,gpu_per_worker\n0,0,1,65536,65536\n",
       "2: gpu_workers x gpu_per_worker = 4.29497e+09, but a whole number is wanted, from 1 to "
       "2147483648"},
      {"tiresias.csv", "job_id,num_gpu,submit_time,duration\n0,1,inf,5\n",
       "2: submit_time = 'inf', but seconds are wanted, from 0 to 1e+12"},
      {"own.csv", "job,submit_s,run_tim_s,slots\n",
       "1: unknown column 'run_tim_s'; did you mean 'run_time_s'?"},
      {"own.csv", "job,submit_s,slots\n", "1: missing column 'run_time_s'"},
      {"own.csv", "job,submit_s,run_time_s\n", "1: missing column 'slots', or 'nodes'"},
      {"own.csv", own + "a,0,1,,,,,,,\n",
       "2: neither slots nor nodes are given; a job wants either, or slots on each of nodes"},
      {"own.csv", own + "a,0,1,65536,65536,,,,,\n",
       "2: nodes x slots = 65536 x 65536 is more than 2147483648"},
      {"own.csv", own + "a,0,1,1,,0,,,,\n",
       "2: limit_s = 0, but more than 0 seconds are wanted, or nothing"},
      {"own.csv", own + "a,10,1,1,,,5,,,\n",
       "2: deadline_s = 5 is before submit_s = 10; both count from the start of the trace"},
      {"own.csv", own + "a,0,1,1,,,,yes,,\n",
       "2: preemptible = 'yes', but true or false is wanted"},
      {"own.csv", own + "a,0,1,1,,,,,soft,\n",
       "2: flexibility = 'soft', but rigid, moldable or elastic is wanted"},
      {"own.csv", own + "a,0,1,1,,,,,,4;8:2\n",
       "2: choices: '4', but slots:seconds is wanted, with ; between them"},
      {"own.csv", own + "a,0,1,1,,,,,,4:-2\n",
       "2: seconds of a choice = '-2', but seconds are wanted, from 0 to 1e+12"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.text);
    const auto read = read_text(one.name, one.text);
    REQUIRE(read.errors.size() == 1);
    CHECK(read.errors[0].starts_with(one.complaint));
  }
}

TEST_CASE("lines of Gavel that its table does not know are bad") {
  const scenario::Files files;
  const auto complaint = [&](const std::string& line, const std::string& table) {
    files.write("simulation_throughputs.json", table);
    Diagnostics diagnostics;
    read_trace(files.write("a.trace", line + "\n"), {}, diagnostics);
    return told(diagnostics.all());
  };
  const std::string before = "\tpython3\tlm\t--steps\t1\t", table = small_throughputs;
  CHECK(complaint("LM" + before + "400\t4\t1\t-1\t0", table) ==
        Strings{"1: the throughputs have no ('LM', 4)"});
  CHECK(complaint("LM" + before + "-400\t1\t1\t-1\t0", table) ==
        Strings{"1: total steps = -400, but not less than 0 are wanted"});
  CHECK(complaint("LM" + before + "400\t1\t1\t1e200\t0", table) ==
        Strings{"1: arrival + SLO x run time = 4e+201, but seconds are wanted, from 0 to 1e+12"});
  CHECK(complaint("LM" + before + "400\t1\t1\t-1\t0", "[1]") ==
        Strings{"0: there are no throughputs in it, {\"v100\": {...}, ...}"});
  // The first ten fields say the format; a line of nine is bad.
  CHECK(complaint("LM" + before + "400\t1\t1\t-1\t0\nLM" + before + "400\t1\t1\t-1", table) ==
        Strings{"2: 9 fields, but Gavel's lines have 10 with tabs between them"});
}

TEST_CASE("what is no file is told so") {
  const scenario::Files files;
  for (const std::string& path : {files.path("none.swf"), files.folder()}) {
    Diagnostics diagnostics;
    read_trace(path, {}, diagnostics);
    CHECK(told(diagnostics.all()) == Strings{"0: there is no such file"});
    CHECK(diagnostics.all()[0].where.file == path);
  }
}

TEST_CASE("a message shows no more of a file than a terminal can bear") {
  const auto read = read_text(
      "own.csv", "job,submit_s,run_time_s,slots\na,\x1b[2J" + std::string(10'000, 'x') + ",1,1\n");
  REQUIRE(read.errors.size() == 1);
  CHECK(read.errors[0].starts_with("2: submit_s = '?[2Jxxx"));
  CHECK(read.errors[0].size() < 200);
}

}  // namespace
}  // namespace longhaul::scheduling
