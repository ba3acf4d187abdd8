// A CSV of our own, which says all that a job can be. README.md documents its columns.
#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scheduling/readers/formats.hpp"
#include "scheduling/readers/lines.hpp"

namespace longhaul::scheduling {

namespace {

constexpr std::array<const char*, 14> columns = {
    "job",      "submit_s", "run_time_s", "slots",      "nodes",       "estimate_s",  "limit_s",
    "priority", "user",     "group",      "deadline_s", "preemptible", "flexibility", "choices"};

struct Row {
  const char *job = "", *submit_s = "", *run_time_s = "", *slots = "", *nodes = "",
             *estimate_s = "", *limit_s = "", *priority = "", *user = "", *group = "",
             *deadline_s = "", *preemptible = "", *flexibility = "", *choices = "";
};

/// Empty where the cell is.
std::optional<Seconds> time_if_given(std::string_view column, std::string_view text) {
  if (text.empty()) return std::nullopt;
  return time_in(column, text);
}

std::optional<Seconds> positive_time_if_given(std::string_view column, std::string_view text) {
  auto time = time_if_given(column, text);
  if (time && time->value() == 0)
    throw BadLine(fmt::format("{} = {}, but more than 0 seconds are wanted, or nothing", column,
                              shown(text)));
  return time;
}

bool yes_in(std::string_view column, std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw BadLine(fmt::format("{} = '{}', but true or false is wanted", column, shown(text)));
}

Flexibility flexibility_in(std::string_view text) {
  if (text == "rigid") return Flexibility::Rigid;
  if (text == "moldable") return Flexibility::Moldable;
  if (text == "elastic") return Flexibility::Elastic;
  throw BadLine(
      fmt::format("flexibility = '{}', but rigid, moldable or elastic is wanted", shown(text)));
}

/// Of a choice that leaves its seconds out.
Seconds worked_out_later(const Job& job, std::int64_t slots, std::string_view text,
                         const TraceOptions& options) {
  if (!options.misfit)
    throw BadLine(
        fmt::format("choices: '{}', but slots:seconds is wanted, with ; between them; "
                    "seconds may be left out where [run] has a model that jobs train",
                    shown(text)));
  if (const auto why = options.misfit(job, slots); !why.empty())
    throw BadLine(fmt::format("choices: '{}' has no step time: {}", shown(text), why));
  return seconds(-1);
}

std::vector<Choice> choices_in(std::string_view text, const Job& job, const TraceOptions& options) {
  std::vector<Choice> choices;
  while (!text.empty()) {
    const auto one = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const auto colon = one.find(':');
    Choice choice;
    choice.slots = count_in("slots of a choice", one.substr(0, colon));
    choice.run_time = colon == std::string_view::npos
                          ? worked_out_later(job, choice.slots, one, options)
                          : time_in("seconds of a choice", one.substr(colon + 1));
    choices.push_back(choice);
  }
  return choices;
}

/// Slots alone, nodes alone (whole ones), or slots on each of the nodes.
void read_size(const Row& row, Job& job) {
  const std::string_view slots = row.slots, nodes = row.nodes;
  if (slots.empty() && nodes.empty())
    throw BadLine(
        "neither slots nor nodes are given; a job wants either, or slots on each of nodes");
  job.slots = slots.empty() ? 0 : count_in("slots", slots);
  if (nodes.empty()) return;
  job.nodes = count_in("nodes", nodes);
  if (job.slots > most_slots / job.nodes)
    throw BadLine(
        fmt::format("nodes x slots = {} x {} is more than {}", job.nodes, job.slots, most_slots));
}

Job job_of(TraceDraft& draft, const Row& row, unsigned line) {
  Job job;
  job.name = *row.job != '\0' ? row.job : std::to_string(line);
  job.submit = time_in("submit_s", row.submit_s);
  job.run_time = time_in("run_time_s", row.run_time_s);
  read_size(row, job);
  job.estimate = positive_time_if_given("estimate_s", row.estimate_s);
  job.limit = positive_time_if_given("limit_s", row.limit_s);
  if (*row.priority != '\0') job.priority = number_in("priority", row.priority);
  job.deadline = time_if_given("deadline_s", row.deadline_s);
  if (job.deadline && *job.deadline < job.submit)
    throw BadLine(
        fmt::format("deadline_s = {} is before submit_s = {}; both count from the start of "
                    "the trace",
                    shown(row.deadline_s), shown(row.submit_s)));
  if (*row.preemptible != '\0') job.preemptible = yes_in("preemptible", row.preemptible);
  if (*row.flexibility != '\0') job.flexibility = flexibility_in(row.flexibility);
  job.choices = choices_in(row.choices, job, draft.options());
  if (*row.user != '\0') job.user = draft.users.index(row.user);
  if (*row.group != '\0') job.group = draft.groups.index(row.group);
  return job;
}

/// Unlike the formats of others, a column that is not known is a mistake.
bool read_own_header(TraceDraft& draft, Csv<columns.size()>& csv) {
  const std::vector<std::string_view> known(columns.begin(), columns.end());
  try {
    std::apply([&](auto... names) { csv.read_header(io::ignore_missing_column, names...); },
               columns);
  } catch (const io::error::extra_column_in_header& extra) {
    const auto meant = closest(extra.column_name, known);
    draft.fail(static_cast<int>(csv.get_file_line()),
               fmt::format("unknown column '{}'; {}", shown(extra.column_name),
                           meant.empty() ? fmt::format("there are {}", fmt::join(known, ", "))
                                         : fmt::format("did you mean '{}'?", meant)));
    return false;
  } catch (const io::error::base& bad) {
    std::string what = bad.what();
    draft.fail(static_cast<int>(std::max(1U, csv.get_file_line())),
               shown(what.substr(0, what.find(" in file "))));
    return false;
  }
  for (const char* column : {"submit_s", "run_time_s"})
    if (!csv.has_column(column)) {
      draft.fail(static_cast<int>(csv.get_file_line()), fmt::format("missing column '{}'", column));
      return false;
    }
  if (csv.has_column("slots") || csv.has_column("nodes")) return true;
  draft.fail(static_cast<int>(csv.get_file_line()), "missing column 'slots', or 'nodes'");
  return false;
}

void read_longhaul(TraceDraft& draft) {
  Csv<columns.size()> csv(draft.path(), text_bytes(draft));
  if (!read_own_header(draft, csv)) return;
  for_each_line(
      draft,
      [&] {
        Row row;
        if (!csv.read_row(row.job, row.submit_s, row.run_time_s, row.slots, row.nodes,
                          row.estimate_s, row.limit_s, row.priority, row.user, row.group,
                          row.deadline_s, row.preemptible, row.flexibility, row.choices))
          return false;
        draft.jobs.push_back(job_of(draft, row, csv.get_file_line()));
        return true;
      },
      [&] { return csv.get_file_line(); });
}

bool recognises_longhaul(const TraceHead& head) {
  return has_columns(head.first_line, {"submit_s"}) || has_columns(head.first_line, {"run_time_s"});
}

}  // namespace

const Format longhaul_format{{"longhaul", "CSV of our own: job,submit_s,run_time_s,slots,..."},
                             recognises_longhaul,
                             read_longhaul};

}  // namespace longhaul::scheduling
