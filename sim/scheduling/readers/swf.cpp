// The Standard Workload Format, version 2.2 [Chapin+, JSSPP'99; Parallel Workloads Archive].
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "scheduling/readers/formats.hpp"
#include "scheduling/readers/lines.hpp"

namespace longhaul::scheduling {

namespace {

constexpr std::size_t n_fields = 18;
using Fields = std::array<std::string_view, n_fields>;

/// Fields are numbered from 1 in the format's definition.
std::string_view field(const Fields& fields, std::size_t number) { return fields[number - 1]; }

Fields fields_of(std::string_view line) {
  Fields fields;
  std::size_t n = 0;
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty()) break;
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    if (n < n_fields) fields[n] = line.substr(0, end);
    ++n;
    line.remove_prefix(end);
  }
  if (n != n_fields)
    throw BadLine(fmt::format("{} fields, but a line of SWF 2.2 has {}", n, n_fields));
  return fields;
}

/// Of a header line "; key: number".
std::optional<std::int64_t> header_number(std::string_view line, std::string_view key) {
  line.remove_prefix(std::min(line.find_first_not_of("; \t"), line.size()));
  if (!line.starts_with(key)) return std::nullopt;
  line.remove_prefix(key.size());
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc{} || value < 1 || value > most_slots) return std::nullopt;
  return value;
}

/// -1 stands for what is not known.
bool is_known(std::string_view column, std::string_view text) {
  return number_in(column, text) > 0;
}

std::int32_t index_of(Names& names, std::string_view column, std::string_view number) {
  return number_in(column, number) < 0 ? -1 : names.index(number);
}

void read_line(TraceDraft& draft, std::string_view line) {
  const Fields fields = fields_of(line);
  // Lines 2, 3 and 4 tell the parts of a job whose whole another line tells.
  const double status = number_in("status", field(fields, 11));
  if (status >= 2 && status <= 4) return;
  Job job;
  job.name = field(fields, 1);
  job.submit = time_in("submit time", field(fields, 2));
  if (field(fields, 4) == "-1") throw BadLine("run time = -1: it is not known");
  job.run_time = time_in("run time", field(fields, 4));
  if (is_known("requested processors", field(fields, 8)))
    job.slots = count_in("requested processors", field(fields, 8));
  else if (is_known("allocated processors", field(fields, 5)))
    job.slots = count_in("allocated processors", field(fields, 5));
  else
    throw BadLine("neither requested nor allocated processors are known");
  if (is_known("requested time", field(fields, 9)))
    job.estimate = time_in("requested time", field(fields, 9));
  job.user = index_of(draft.users, "user", field(fields, 12));
  job.group = index_of(draft.groups, "group", field(fields, 13));
  draft.jobs.push_back(std::move(job));
}

void read_swf(TraceDraft& draft) {
  io::LineReader lines(draft.path(), text_bytes(draft));
  std::optional<std::int64_t> max_procs, max_nodes;
  for_each_line(
      draft,
      [&] {
        const char* text = lines.next_line();
        if (text == nullptr) return false;
        std::string_view line(text);
        const auto first = line.find_first_not_of(" \t");
        if (first == std::string_view::npos) return true;
        if (line[first] == ';') {
          if (!max_procs) max_procs = header_number(line, "MaxProcs:");
          if (!max_nodes) max_nodes = header_number(line, "MaxNodes:");
        } else {
          read_line(draft, line);
        }
        return true;
      },
      [&] { return lines.get_file_line(); });
  draft.trace.machines = max_procs ? max_procs : max_nodes;
}

bool recognises_swf(const TraceHead& head) {
  return head.extension == ".swf" || head.first_line.starts_with(';');
}

}  // namespace

const Format swf_format{{"swf", "Standard Workload Format 2.2"}, recognises_swf, read_swf};

}  // namespace longhaul::scheduling
