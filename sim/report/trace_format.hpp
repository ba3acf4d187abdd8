// The Trace Event Format in its object form, which ui.perfetto.dev and chrome://tracing open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "report/provenance.hpp"

namespace longhaul::report {

/// More than this makes viewers slow.
inline constexpr std::size_t most_trace_events = 200'000;

/// Keys with their values, in their order.
using TraceFields =
    std::vector<std::pair<std::string, std::variant<std::int64_t, double, std::string>>>;

/// Both count from 1, and no thread twice in a trace: viewers take 0 for the idle ones.
struct TracePlace {
  std::int64_t process = 1;
  std::int64_t thread = 1;
};

/// Writes event by event. Times are nanoseconds, which viewers count in; the file has microseconds
/// with three decimals, exact up to 2^53 ns.
class TraceWriter {
 public:
  /// Writes `otherData`: the provenance without its wall time, then `other`.
  TraceWriter(std::ostream& stream, const Provenance& provenance, const TraceFields& other);

  // Names come before what they name; processes and threads are shown by `sort_index`.
  void name_process(TracePlace first, const std::string& name, std::int64_t sort_index);
  void name_thread(TracePlace place, const std::string& name, std::int64_t sort_index);

  void slice(TracePlace place, const std::string& name, const std::string& category,
             std::int64_t start_ns, std::int64_t end_ns, const TraceFields& arguments);
  void instant(TracePlace place, const std::string& name, const std::string& category,
               std::int64_t time_ns, const TraceFields& arguments);
  /// A value that holds from `time_ns` on.
  void counter(TracePlace place, const std::string& name, std::int64_t time_ns, double value);
  void finish();

 private:
  void write(const std::string& event);

  std::ostream& stream_;
  const char* separator_ = "\n";
};

/// Throws InputError when there is something at `path` that is no trace: only traces are replaced.
void refuse_other_than_trace(const std::string& path);

/// A trace written aside; finish() puts it in place, a destructor without it takes it away.
class TraceFile {
 public:
  /// Throws InputError when `refuse_other_than_trace` does or nothing can be written there.
  explicit TraceFile(const std::string& path);
  ~TraceFile();
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  std::ostream& stream();
  /// Throws InputError when not all could be written.
  void finish();

 private:
  [[noreturn]] void fail(int error_number) const;

  std::filesystem::path whole_;
  std::filesystem::path aside_;
  std::ofstream file_;
  bool finished_ = false;
};

}  // namespace longhaul::report
