// Whatever a trace holds, it is read, or refused with places; nothing else happens.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "trace_files.hpp"

namespace longhaul::scheduling {
namespace {

constexpr std::array<std::string_view, 24> odd_values = {
    "",           "0",      "-1",  "1e300", "-1e300", "1e-300", "1e999", "9223372036854775807",
    "2147483649", "nan",    "inf", "-0",    "0x10",   "1.5",    "true",  "null",
    "\"",         "\"\"\"", "{}",  "[[",    "\\u",    "\t",     "\xff",  "# x"};
constexpr std::string_view odd_bytes("\"',;:{}[]\n\r\t \\0123456789eE-+.#\xff\0\xef", 33);
constexpr std::string_view separators = ",\t :\n;";

std::size_t place(std::size_t end) { return *rc::gen::inRange<std::size_t>(0, end + 1); }

/// A byte put in, taken out or changed; a field replaced; a line or a stretch doubled, cut, or put
/// in from another format.
std::string mutated(std::string text, const std::string& other) {
  const auto at = place(text.size());
  const auto line_end = std::min(text.find('\n', at), text.size());
  switch (*rc::gen::inRange(0, 7)) {
    case 0:
      return text.insert(at, 1, odd_bytes[*rc::gen::inRange<std::size_t>(0, odd_bytes.size())]);
    case 1:
      return text.erase(at, place(8));
    case 2: {
      const auto from = text.find_first_of(separators, at);
      if (from == std::string::npos) return text;
      const auto to = std::min(text.find_first_of(separators, from + 1), text.size());
      const auto value = odd_values[*rc::gen::inRange<std::size_t>(0, odd_values.size())];
      return text.replace(from + 1, to - from - 1, value);
    }
    case 3:
      return text.insert(line_end, text.substr(at, line_end - at));
    case 4:
      return text.erase(at, line_end - at + 1);
    case 5:
      return text.insert(at, other.substr(place(other.size()), place(60)));
    default:
      return text.substr(0, at);
  }
}

void check_job(const Trace& trace, const Job& job) {
  const auto is_time = [](Seconds t) { return t.value() >= 0 && t.value() <= 1e12; };
  const auto is_index = [](std::int32_t index, const std::vector<std::string>& names) {
    return index >= -1 && index < static_cast<std::int32_t>(names.size());
  };
  RC_ASSERT(is_time(job.submit));
  RC_ASSERT(is_time(job.run_time));
  RC_ASSERT(job.slots >= (job.nodes > 0 ? 0 : 1));
  RC_ASSERT(job.nodes >= 0);
  RC_ASSERT(std::max<std::int64_t>(1, job.nodes) <= (std::int64_t{1} << 31));
  RC_ASSERT(std::max<std::int64_t>(1, job.nodes) * job.slots <= (std::int64_t{1} << 31));
  RC_ASSERT(std::isfinite(job.priority));
  RC_ASSERT(is_index(job.user, trace.users));
  RC_ASSERT(is_index(job.group, trace.groups));
  for (const auto& time : {job.estimate, job.limit, job.deadline})
    RC_ASSERT(!time || is_time(*time));
  for (const auto& choice : job.choices) {
    RC_ASSERT(choice.slots >= 1);
    RC_ASSERT(is_time(choice.run_time));
    RC_ASSERT(is_index(choice.kind, trace.kinds));
  }
}

void check_read(const std::string& path, bool skip_bad) {
  TraceOptions options;
  options.skip_bad = skip_bad;
  Diagnostics diagnostics;
  std::vector<Diagnostic> skipped;
  const auto trace = read_trace(path, options, diagnostics, &skipped);
  for (const auto& all : {diagnostics.all(), skipped})
    for (const auto& one : all) {
      RC_ASSERT(!one.what.empty());
      RC_ASSERT(!one.where.file.empty());
      RC_ASSERT(one.what.size() < 500U);
    }
  RC_ASSERT(skipped.size() <= 21U);
  RC_ASSERT(trace.n_bad == 0 || skip_bad || !diagnostics.empty());
  RC_ASSERT(!trace.jobs.empty() || !diagnostics.empty());
  for (std::size_t i = 1; i < trace.jobs.size(); ++i)
    RC_ASSERT(trace.jobs[i - 1].submit <= trace.jobs[i].submit);
  for (const auto& job : trace.jobs) check_job(trace, job);
}

// A reader takes buffers of 48 MiB, which is dear under sanitizers.
#ifdef LONGHAUL_SANITIZED
constexpr int n_files = 1;
#else
constexpr int n_files = 10;
#endif

TEST_CASE("a trace that is mutilated is read or refused") {
  const auto all = samples();
  const auto any = rc::gen::inRange<std::size_t>(0, all.size());
  const scenario::Files files;
  files.write("simulation_throughputs.json", small_throughputs);
  CHECK(rc::check("mutilated", [&] {
    for (int file = 0; file < n_files; ++file) {
      const auto& sample = all[*any];
      std::string text = sample.text;
      for (int n = *rc::gen::inRange(1, 6); n > 0; --n) text = mutated(text, all[*any].text);
      check_read(files.write(sample.name, text), *rc::gen::arbitrary<bool>());
    }
  }));
  const auto gavel = files.write("gavel/a.trace", small_gavel);
  CHECK(rc::check("a mutilated table of throughputs", [&] {
    files.write("gavel/simulation_throughputs.json", mutated(small_throughputs, small_batsim));
    check_read(gavel, true);
  }));
}

TEST_CASE("bytes without sense are read or refused by every reader") {
  const scenario::Files files;
  files.write("simulation_throughputs.json", small_throughputs);
  const auto byte = rc::gen::element<char>('1', '0', '.', '-', 'e', ' ', '\t', ',', '\n', '\r', '"',
                                           '{', '}', '[', ']', ':', '\0', '\xff', ';', '#');
  CHECK(rc::check("bytes", [&] {
    const auto text = *rc::gen::container<std::string>(byte);
    TraceOptions options;
    const auto formats = trace_formats();
    options.format = formats[*rc::gen::inRange<std::size_t>(0, formats.size())].name;
    Diagnostics diagnostics;
    const auto trace = read_trace(files.write("bytes", text), options, diagnostics);
    RC_ASSERT(!trace.jobs.empty() || !diagnostics.empty());
  }));
}

}  // namespace
}  // namespace longhaul::scheduling
