#include "scenario/replay_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#define CSV_IO_NO_THREAD  // one thread is enough, and forks stay simple
#include <libfccp/csv.h>

namespace longhaul::scenario {

namespace {

std::optional<double> seconds_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

std::optional<std::int64_t> node_in(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string nodes_wanted(std::int64_t n_nodes) {
  if (n_nodes == 0)
    return "nodes are not told apart; give cluster.platform or cluster.nodes, or leave it out";
  return fmt::format("a number from 0 to {} is wanted, or nothing", n_nodes - 1);
}

}  // namespace

std::vector<operations::RecordedStop> read_replay(const std::string& path,
                                                  const operations::FailureCard& causes,
                                                  std::int64_t n_nodes, const Location& asked_at,
                                                  Diagnostics& diagnostics) {
  std::vector<operations::RecordedStop> stops;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    diagnostics.error(asked_at, fmt::format("there is no file {}", path));
    return stops;
  }
  std::vector<std::string_view> names;
  for (const auto& cause : causes.causes) names.push_back(cause.name);
  try {
    io::CSVReader<4, io::trim_chars<' ', '\t'>, io::double_quote_escape<',', '"'>,
                  io::throw_on_overflow, io::single_and_empty_line_comment<'#'>>
        csv(path);
    csv.read_header(io::ignore_missing_column, "time_s", "cause", "lost_s", "node");
    for (const char* column : {"time_s", "cause"})
      if (!csv.has_column(column)) {
        diagnostics.error({path, 1, 1}, fmt::format("missing column '{}'; a replay has the columns "
                                                    "time_s,cause,lost_s,node",
                                                    column));
        return stops;
      }
    std::string time, cause, lost, node;
    while (csv.read_row(time, cause, lost, node)) {
      const Location where{path, static_cast<int>(csv.get_file_line()), 1};
      const auto time_s = seconds_in(time);
      if (!time_s) {
        diagnostics.error(where, fmt::format("time_s = '{}', but seconds since the start of the "
                                             "run are wanted, at least 0",
                                             time));
        continue;
      }
      if (!stops.empty() && *time_s < stops.back().time.value()) {
        diagnostics.error(where, fmt::format("time_s = {} is before the row above ({}); sort the "
                                             "rows by time",
                                             time, stops.back().time.value()));
        continue;
      }
      const auto named = std::find(names.begin(), names.end(), cause);
      if (named == names.end()) {
        const auto meant = closest(cause, names);
        diagnostics.error(where,
                          fmt::format("cause '{}' is not in {}; {}", cause, causes.name,
                                      meant.empty() ? std::string("add it to the failure card")
                                                    : fmt::format("did you mean '{}'?", meant)));
        continue;
      }
      operations::RecordedStop stop;
      stop.time = seconds(*time_s);
      stop.cause = static_cast<std::size_t>(named - names.begin());
      if (!lost.empty()) {
        const auto lost_s = seconds_in(lost);
        if (!lost_s) {
          diagnostics.error(where,
                            fmt::format("lost_s = '{}', but seconds are wanted, or nothing", lost));
          continue;
        }
        stop.lost = seconds(*lost_s);
      }
      if (!node.empty()) {
        const auto number = node_in(node);
        if (!number || *number >= n_nodes) {
          diagnostics.error(where, fmt::format("node = '{}', but {}", node, nodes_wanted(n_nodes)));
          continue;
        }
        stop.node = *number;
      }
      stops.push_back(stop);
      lost.clear();
      node.clear();
    }
  } catch (const io::error::base& problem) {
    // What it says names file and line itself, which the place says already.
    std::string what = problem.what();
    for (const char* place : {" in line ", " in file ", " of file "})
      what = what.substr(0, what.find(place));
    const auto* line = dynamic_cast<const io::error::with_file_line*>(&problem);
    diagnostics.error({path, line != nullptr ? std::max(1, line->file_line) : 1, 1},
                      fmt::format("{}; a replay has the columns time_s,cause,lost_s,node", what));
  }
  return stops;
}

}  // namespace longhaul::scenario
