// A trace while a reader fills it, and how readers refuse what they are given.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics/diagnostic.hpp"
#include "scheduling/job.hpp"
#include "scheduling/trace_file.hpp"

namespace longhaul::scheduling {

/// A line that cannot be a job; says what is wrong and what would be right.
struct BadLine : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Beyond so many seconds (32,000 years) a clock of doubles loses milliseconds.
inline constexpr double longest_time_s = 1e12;
inline constexpr std::int64_t most_slots = std::int64_t{1} << 31;

/// Numbers for each name, in the order in which they come.
class Names {
 public:
  explicit Names(std::vector<std::string>& names) : names_(&names) {}
  std::int32_t index(std::string_view name);

 private:
  std::vector<std::string>* names_;
  std::map<std::string, std::int32_t, std::less<>> indices_;
};

class TraceDraft {
 public:
  TraceDraft(std::string path, const TraceOptions& options)
      : path_(std::move(path)), options_(options) {}
  TraceDraft(const TraceDraft&) = delete;
  TraceDraft& operator=(const TraceDraft&) = delete;

  const std::string& path() const { return path_; }
  const TraceOptions& options() const { return options_; }

  void bad_line(int line, std::string what);
  /// The whole file, or another that it needs, is of no use.
  void fail(Location where, std::string what) {
    failures_.push_back({std::move(where), std::move(what)});
  }
  void fail(int line, std::string what) { fail({path_, line, line > 0 ? 1 : 0}, std::move(what)); }

  /// The trace, sorted; complaints go where read_trace() says.
  Trace finish(Diagnostics& diagnostics, std::vector<Diagnostic>* skipped);

  /// In the order of the file. In a deque, as a vector that grows would copy them again and again.
  std::deque<Job> jobs;
  Trace trace;  ///< all but its jobs
  Names users{trace.users}, groups{trace.groups};

 private:
  std::string path_;
  const TraceOptions& options_;
  std::vector<Diagnostic> failures_;
  std::vector<Diagnostic> bad_lines_;  ///< the first ones
  int first_untold_line_ = 0;
};

/// A text of the file as a message may show it: short, and nothing that upsets a terminal.
std::string shown(std::string_view text, std::size_t longest = 60);

// What a text says, for a column of that name; BadLine where it does not.
double number_in(std::string_view column, std::string_view text);
/// At least 0, at most longest_time_s.
Seconds time_in(std::string_view column, std::string_view text);
/// A whole number from 1 to most_slots; "8.0" is one.
std::int64_t count_in(std::string_view column, std::string_view text);

// The same of a number that is one already.
Seconds time_of(std::string_view name, double value_s);
std::int64_t count_of(std::string_view name, double value);

}  // namespace longhaul::scheduling
