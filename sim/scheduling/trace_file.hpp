// Traces of jobs, read from the formats of the field.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics/diagnostic.hpp"
#include "scheduling/job.hpp"

namespace longhaul::scheduling {

struct TraceOptions {
  std::string format;       ///< by its name in trace_formats(); empty: recognised by the file
  bool skip_bad = false;    ///< leave bad lines out and use the rest
  std::string throughputs;  ///< Gavel's table; empty: simulation_throughputs.json beside the trace
  /// Why a job cannot run on so many slots with what it trains; empty where it can. Where this is
  /// given, choices may leave their seconds out, which are then below 0 until they are worked out.
  std::function<std::string(const Job& job, std::int64_t slots)> misfit;
};

struct TraceFormat {
  std::string_view name;
  std::string_view what;  ///< for people
};
/// All that read_trace() reads, in the order in which it tries to recognise them.
std::vector<TraceFormat> trace_formats();

/// Bad lines that are told one by one; the others are counted in one diagnostic more.
inline constexpr int most_bad_lines_told = 20;

/// The jobs of a file, sorted stably by time of submission. README.md says what each format's
/// columns become.
///
/// What makes the whole file useless (no such file, no known format, a column that lacks, no JSON,
/// no job) is an error in `diagnostics`. So is a bad line, unless `skip_bad` leaves it out: then
/// its report goes to `skipped`, where that is given. Trace::n_bad counts them either way. With an
/// error the jobs that are returned are not to be used.
Trace read_trace(const std::string& path, const TraceOptions& options, Diagnostics& diagnostics,
                 std::vector<Diagnostic>* skipped = nullptr);

}  // namespace longhaul::scheduling
