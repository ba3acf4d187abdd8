// Each format by hand: what its columns become.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "trace_files.hpp"

namespace longhaul::scheduling {
namespace {

using Strings = std::vector<std::string>;

std::vector<std::string> names_of(const Trace& trace) {
  std::vector<std::string> names;
  for (const auto& job : trace.jobs) names.push_back(job.name);
  return names;
}

TEST_CASE("an SWF job asks for processors and a time, and says who submits it") {
  const auto [trace, errors, skipped] = read_text("a.swf", small_swf);
  CHECK(errors == Strings{});
  CHECK(trace.machines == 128);                 // MaxProcs, though MaxNodes stands before it
  CHECK(names_of(trace) == Strings{"2", "1"});  // at 5 s and at 10 s
  const Job& second = trace.jobs[1];
  CHECK(second.submit == seconds(10));
  CHECK(second.run_time == seconds(60));
  CHECK(second.slots == 8);  // requested, not the 4 that it was given
  CHECK(second.estimate == seconds(120));
  CHECK_FALSE(second.limit);
  CHECK(trace.users.at(static_cast<std::size_t>(second.user)) == "3");
  CHECK(trace.groups.at(static_cast<std::size_t>(second.group)) == "1");
  const Job& first = trace.jobs[0];
  CHECK(first.run_time == seconds(0));
  CHECK(first.slots == 16);  // allocated, as nothing was requested
  CHECK_FALSE(first.estimate);
  CHECK(trace.users.at(static_cast<std::size_t>(first.user)) == "7");
  CHECK(first.group == -1);
}

TEST_CASE("an SWF log of nodes alone is of so many machines") {
  CHECK(read_text("a.swf",
                  "; MaxNodes: 64\n; MaxProcs: -1\n" + small_swf.substr(small_swf.find("    1")))
            .trace.machines == 64);
}

TEST_CASE("an SWF job told in parts counts once") {
  // Status 1 is the whole, 2 a part, 3 and 4 a last part.
  const auto line = [](int status) {
    return "1 0 -1 60 4 -1 -1 -1 -1 -1 " + std::to_string(status) + " 1 1 -1 -1 -1 -1 -1\n";
  };
  const auto read = read_text("a.swf", line(1) + line(2) + line(3) + line(4));
  CHECK(read.errors == Strings{});
  CHECK(read.trace.jobs.size() == 1);
}

TEST_CASE("a Batsim job runs as long as its profile's delay and is killed at its walltime") {
  const auto [trace, errors, skipped] = read_text("a.json", small_batsim);
  CHECK(errors == Strings{});
  CHECK(trace.machines == 4);
  CHECK(names_of(trace) == Strings{"1", "b", "2"});  // at 0 s, and twice at 7.5 s as in the file
  CHECK(trace.jobs[0].run_time == seconds(10.25));
  CHECK_FALSE(trace.jobs[0].estimate);  // walltime -1
  CHECK_FALSE(trace.jobs[0].limit);
  const Job& second = trace.jobs[1];
  CHECK(second.submit == seconds(7.5));
  CHECK(second.slots == 2);
  CHECK(second.run_time == seconds(100));
  CHECK(second.estimate == seconds(100));
  CHECK(second.limit == seconds(100));
  CHECK(trace.jobs[2].name == "2");  // not the 9 of what lies deeper
  CHECK_FALSE(trace.jobs[2].limit);  // no walltime
}

TEST_CASE("Philly's dates count from the earliest one") {
  const auto [trace, errors, skipped] = read_text("philly.csv", small_philly);
  CHECK(errors == Strings{});
  CHECK(names_of(trace) == Strings{"3", "2", "4"});  // lines of the file; the last two at once
  CHECK(trace.jobs[0].submit == seconds(0));
  CHECK(trace.jobs[1].submit == seconds(86'410));  // a day and 10 s
  CHECK(trace.jobs[2].submit == seconds(86'410));
  CHECK(trace.jobs[0].slots == 8);
  CHECK(trace.jobs[0].run_time == seconds(2951.5));
  CHECK(trace.groups == Strings{"11cb48", "6214e9"});
  CHECK(trace.jobs[0].group == 1);
  CHECK(trace.jobs[1].group == 0);
  CHECK(trace.jobs[0].user == -1);
}

TEST_CASE("an iteration of Kalos is half a second") {
  const auto [trace, errors, skipped] = read_text("kalos.csv", small_kalos);
  CHECK(errors == Strings{});
  REQUIRE(trace.jobs.size() == 2);
  CHECK(trace.jobs[0].run_time == seconds(104));   // 208 x 0.5
  CHECK(trace.jobs[0].slots == 64);                // 8 x 8.0
  CHECK(trace.jobs[1].run_time == seconds(78.5));  // 157 x 0.5
  CHECK(trace.jobs[1].slots == 3);
  CHECK(trace.jobs[1].submit == seconds(313));
}

TEST_CASE("a Gavel job takes its steps over the throughput of each kind that runs it") {
  const scenario::Files files;
  files.write("simulation_throughputs.json", small_throughputs);
  Diagnostics diagnostics;
  const auto trace = read_trace(files.write("gavel.trace", small_gavel), {}, diagnostics);
  CHECK(told(diagnostics.all()) == Strings{});
  CHECK(trace.kinds == Strings{"k80", "v100"});
  REQUIRE(trace.jobs.size() == 2);
  const Job& first = trace.jobs[0];
  CHECK(first.slots == 1);
  CHECK(first.run_time == seconds(40));  // 400 steps / 10 a second on a V100
  REQUIRE(first.choices.size() == 2);
  CHECK(first.choices[0].kind == 0);
  CHECK(first.choices[0].run_time == seconds(200));  // 400 / 2 on a K80
  CHECK(first.choices[1].run_time == seconds(40));
  CHECK_FALSE(first.deadline);  // SLO -1
  const Job& second = trace.jobs[1];
  CHECK(second.slots == 2);
  REQUIRE(second.choices.size() == 1);  // it does not fit on K80s
  CHECK(second.choices[0].kind == 1);
  CHECK(second.choices[0].slots == 2);
  CHECK(second.run_time == seconds(25));  // 400 / 16
  CHECK(second.priority == 5);
  REQUIRE(second.deadline);
  CHECK(second.deadline->value() == doctest::Approx(60));  // 30 + 1.2 x 25

  Diagnostics alone;
  const auto path = files.write("alone/gavel.trace", small_gavel);
  read_trace(path, {}, alone);
  REQUIRE(alone.all().size() == 1);
  CHECK(alone.all()[0].what ==
        "there is no such file, but a trace of Gavel needs its table of throughputs");
  Diagnostics named;
  TraceOptions options;
  options.throughputs = files.path("simulation_throughputs.json");
  CHECK(read_trace(path, options, named).jobs.size() == 2);
  CHECK(named.empty());
}

TEST_CASE("a Tiresias job says its duration") {
  const auto [trace, errors, skipped] = read_text("tiresias.csv", small_tiresias);
  CHECK(errors == Strings{});
  REQUIRE(trace.jobs.size() == 2);
  CHECK(trace.jobs[1].name == "1");
  CHECK(trace.jobs[1].submit == seconds(30));
  CHECK(trace.jobs[1].slots == 8);
  CHECK(trace.jobs[1].run_time == seconds(147));
}

TEST_CASE("our own CSV says all that a job can be") {
  const auto [trace, errors, skipped] = read_text("longhaul.csv", small_longhaul);
  CHECK(errors == Strings{});
  CHECK(names_of(trace) == Strings{"tune, again", "eval", "pretrain"});
  const Job& tune = trace.jobs[0];
  CHECK(tune.nodes == 0);
  CHECK(tune.slots == 4);
  CHECK(tune.flexibility == Flexibility::Moldable);
  REQUIRE(tune.choices.size() == 2);
  CHECK(tune.choices[1].slots == 8);
  CHECK(tune.choices[1].run_time == seconds(4000.5));
  CHECK(tune.choices[1].kind == -1);
  CHECK(tune.preemptible);  // as nothing is said
  CHECK_FALSE(tune.estimate);
  CHECK_FALSE(tune.deadline);
  const Job& eval = trace.jobs[1];
  CHECK(eval.nodes == 2);
  CHECK(eval.slots == 8);  // on each
  CHECK(eval.flexibility == Flexibility::Elastic);
  CHECK(eval.user == 0);
  CHECK(eval.group == -1);
  const Job& pretrain = trace.jobs[2];
  CHECK(pretrain.nodes == 128);
  CHECK(pretrain.slots == 0);  // whole nodes
  CHECK(pretrain.estimate == seconds(90'000));
  CHECK(pretrain.limit == seconds(100'000));
  CHECK(pretrain.priority == 2.5);
  CHECK(pretrain.deadline == seconds(200'000));
  CHECK_FALSE(pretrain.preemptible);
  CHECK(trace.users == Strings{"ada", "bob"});
  CHECK(trace.groups == Strings{"base"});
}

TEST_CASE("a trace is read the same with a byte order mark, CRLF and no end of the last line") {
  const scenario::Files files;
  files.write("simulation_throughputs.json", small_throughputs);
  for (const auto& sample : samples()) {
    CAPTURE(sample.name);
    std::string other = "\xEF\xBB\xBF";
    for (const char c : sample.text) other += c == '\n' ? std::string("\r\n") : std::string(1, c);
    other.resize(other.find_last_not_of("\r\n") + 1);
    Diagnostics diagnostics;
    const auto plain = read_trace(files.write(sample.name, sample.text), {}, diagnostics);
    const auto same = read_trace(files.write(sample.name, other), {}, diagnostics);
    CHECK(told(diagnostics.all()) == Strings{});
    CHECK(names_of(same) == names_of(plain));
    REQUIRE_FALSE(same.jobs.empty());
    CHECK(same.jobs.back().run_time == plain.jobs.back().run_time);
    CHECK(same.jobs.back().group == plain.jobs.back().group);
  }
}

TEST_CASE("a format that is named need not be recognised") {
  TraceOptions options;
  options.format = "swf";
  const auto lines = small_swf.substr(small_swf.find("    1"));
  CHECK(read_text("log.txt", lines, options).trace.jobs.size() == 2);
  CHECK(
      read_text("log.txt", lines).errors ==
      Strings{"1: this is the first line of no trace format that is known; there are swf, batsim, "
              "philly, kalos, gavel, tiresias, longhaul"});
  options.format = "phily";
  CHECK(
      read_text("log.txt", lines, options).errors ==
      Strings{"0: there is no trace format 'phily', did you mean 'philly'?; there are swf, batsim, "
              "philly, kalos, gavel, tiresias, longhaul"});
  CHECK(trace_formats().size() == 7);
}

}  // namespace
}  // namespace longhaul::scheduling
