// The Trace Event Format in its object form, which ui.perfetto.dev and chrome://tracing open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "report/provenance.hpp"
#include "report/whole_file.hpp"

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

/// Files that begin as TraceWriter's do.
inline constexpr FileKind trace_files{"trace of longhaul",
                                      "{\"displayTimeUnit\":\"ms\",\n\"otherData\":", "--trace"};

}  // namespace longhaul::report
