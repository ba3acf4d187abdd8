// Gavel's traces [Narayanan+, OSDI'20]: lines of ten fields with tabs between them, and a table of
// steps a second for each kind of GPU, type of job and number of GPUs.
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scheduling/readers/formats.hpp"
#include "scheduling/readers/json_events.hpp"
#include "scheduling/readers/lines.hpp"

namespace longhaul::scheduling {

namespace {

/// Gavel's traces give as many steps as this kind does in the time that was drawn for the job.
constexpr std::string_view reference_kind = "v100";

/// {"v100": {"('ResNet-18 (batch size 16)', 1)": {"null": 4.8, ...}, ...}, ...}; under "null"
/// stands what a job does alone, the others are pairs that share GPUs. Kinds of which it says
/// "..._unconsolidated" are the same GPUs spread over machines.
class Throughputs : public JsonEvents {
 public:
  struct OfKind {
    std::string kind;
    std::unordered_map<std::string, double>
        steps_per_s;  ///< by type and number, as the file has it
  };

  void begin(int depth, int /*line*/) override {
    if (depth == 1) {
      skips_kind_ = key_.ends_with("_unconsolidated");
      if (!skips_kind_) kinds_.push_back({key_, {}});
    } else if (depth == 2) {
      job_type_ = key_;
    }
  }
  void end(int /*depth*/) override {}
  void key(int depth, std::string_view name) override {
    if (depth <= 3) key_ = name;
  }
  void value(int depth, int /*line*/, const JsonValue& value) override {
    if (depth != 3 || skips_kind_ || key_ != "null" || kinds_.empty()) return;
    if (const auto* number = std::get_if<double>(&value))
      kinds_.back().steps_per_s[job_type_] = *number;
    if (const auto* number = std::get_if<std::int64_t>(&value))
      kinds_.back().steps_per_s[job_type_] = static_cast<double>(*number);
  }

  const std::vector<OfKind>& kinds() const { return kinds_; }

 private:
  std::vector<OfKind> kinds_;
  bool skips_kind_ = false;
  std::string key_, job_type_;
};

struct Line {
  static constexpr std::size_t n_fields = 10;
  std::string_view job_type, total_steps, scale_factor, priority, slo, arrival;
};

Line fields_of(std::string_view text) {
  std::array<std::string_view, Line::n_fields> fields;
  std::size_t n = 0;
  for (;; ++n) {
    const auto end = text.find('\t');
    if (n < fields.size()) fields[n] = text.substr(0, end);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  if (n + 1 != Line::n_fields)
    throw BadLine(fmt::format("{} fields, but Gavel's lines have {} with tabs between them", n + 1,
                              Line::n_fields));
  return {fields[0], fields[5], fields[6], fields[7], fields[8], fields[9]};
}

std::vector<Choice> choices_of(const Line& line, const Throughputs& throughputs) {
  const auto scale = count_in("scale factor", line.scale_factor);
  const double steps = number_in("total steps", line.total_steps);
  if (steps < 0)
    throw BadLine(fmt::format("total steps = {}, but not less than 0 are wanted", steps));
  const auto job_type = fmt::format("('{}', {})", line.job_type, scale);
  std::vector<Choice> choices;
  for (std::size_t i = 0; i < throughputs.kinds().size(); ++i) {
    const auto& of_kind = throughputs.kinds()[i];
    const auto found = of_kind.steps_per_s.find(job_type);
    // A kind on which a job does not fit has 0 steps a second.
    if (found == of_kind.steps_per_s.end() || !(found->second > 0)) continue;
    Choice choice;
    choice.slots = scale;
    choice.run_time = time_of("total steps / throughput", steps / found->second);
    choice.kind = static_cast<std::int32_t>(i);
    choices.push_back(choice);
  }
  if (choices.empty()) throw BadLine(fmt::format("the throughputs have no {}", shown(job_type)));
  return choices;
}

Job job_of(std::string_view text, const Throughputs& throughputs) {
  const Line line = fields_of(text);
  Job job;
  job.choices = choices_of(line, throughputs);
  job.slots = job.choices.front().slots;
  job.run_time = job.choices.front().run_time;
  for (const Choice& choice : job.choices)
    if (throughputs.kinds()[static_cast<std::size_t>(choice.kind)].kind == reference_kind)
      job.run_time = choice.run_time;
  job.submit = time_in("arrival", line.arrival);
  job.priority = number_in("priority", line.priority);
  const double slo = number_in("SLO", line.slo);
  if (slo >= 0)
    job.deadline = time_of("arrival + SLO x run time", (job.submit + slo * job.run_time).value());
  return job;
}

std::string throughputs_path(const TraceDraft& draft) {
  if (!draft.options().throughputs.empty()) return draft.options().throughputs;
  return (std::filesystem::path(draft.path()).parent_path() / "simulation_throughputs.json")
      .string();
}

void read_gavel(TraceDraft& draft) {
  const std::string table = throughputs_path(draft);
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(table, ignored))
    return draft.fail({table, 0, 0},
                      "there is no such file, but a trace of Gavel needs its table of throughputs");
  Throughputs throughputs;
  read_json(table, draft, throughputs);
  for (const auto& of_kind : throughputs.kinds()) draft.trace.kinds.push_back(of_kind.kind);
  if (draft.trace.kinds.empty())
    return draft.fail({table, 0, 0}, "there are no throughputs in it, {\"v100\": {...}, ...}");

  io::LineReader lines(draft.path(), text_bytes(draft));
  for_each_line(
      draft,
      [&] {
        const char* text = lines.next_line();
        if (text == nullptr) return false;
        if (std::string_view(text).find_first_not_of(" \t") == std::string_view::npos) return true;
        Job job = job_of(text, throughputs);
        job.name = std::to_string(lines.get_file_line());
        draft.jobs.push_back(std::move(job));
        return true;
      },
      [&] { return lines.get_file_line(); });
}

bool recognises_gavel(const TraceHead& head) {
  return std::count(head.first_line.begin(), head.first_line.end(), '\t') + 1 ==
         static_cast<std::ptrdiff_t>(Line::n_fields);
}

}  // namespace

const Format gavel_format{{"gavel", "lines of Gavel with tabs, and its JSON table of throughputs"},
                          recognises_gavel,
                          read_gavel};

}  // namespace longhaul::scheduling
