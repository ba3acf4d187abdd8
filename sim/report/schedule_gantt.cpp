#include "report/schedule_gantt.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "diagnostics/diagnostic.hpp"
#include "report/figure.hpp"
#include "report/whole_file.hpp"
#include "scenario/scenario_file.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

namespace fs = std::filesystem;

constexpr std::array<FileKind, 3> figures{
    {{"SVG", "<?xml", "--gantt"}, {"PDF", "%PDF", "--gantt"}, {"PNG", "\x89PNG", "--gantt"}}};

// On paper; gantt.gp leaves these margins.
constexpr double width_in = 6.9;
constexpr double panel_width_in = 6.1;
constexpr double panel_height_in = 1.9;
constexpr double letter_in = 0.065;  // of 8 points
constexpr double line_in = 0.12;

struct Unit {
  const char* name;
  double seconds;
};

/// The largest of which a chart shows a few.
Unit unit_of(double span_s) {
  for (const auto& unit :
       {Unit{"days", seconds_per_day}, Unit{"h", seconds_per_hour}, Unit{"min", 60}})
    if (span_s >= 3 * unit.seconds) return unit;
  return {"s", 1};
}

/// What gnuplot's CSV and all fonts can show.
std::string plain(const std::string& text) {
  auto copy = text;
  for (char& c : copy)
    if (c == '"' || std::isprint(static_cast<unsigned char>(c)) == 0) c = '?';
  return copy;
}

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

/// Taken away with what it is for.
struct AsideFile {
  explicit AsideFile(const fs::path& beside)
      : path(beside.parent_path() /
             fmt::format(".{}.{}.csv", beside.filename().string(), getpid())) {}
  ~AsideFile() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
  AsideFile(const AsideFile&) = delete;
  AsideFile& operator=(const AsideFile&) = delete;
  fs::path path;
};

}  // namespace

ScheduleGantt::ScheduleGantt(const scenario::Scenario& scenario, const std::string& file,
                             std::size_t n_policies)
    : scenario_(scenario), file_(file) {
  const auto format = figure_format(file);
  refuse_other_than(figures[format == "svg" ? 0 : (format == "pdf" ? 1 : 2)], file);
  if (n_policies > most_panels)
    throw InputError(Location{file, 0, 0},
                     fmt::format("a chart has a panel a policy, at most {}; name fewer than these "
                                 "{} with --policy",
                                 most_panels, n_policies));
}

void ScheduleGantt::begin(const std::string& policy) {
  panels_.push_back({policy, {}, 0, 0, 0});
  running_ = {};
}

void ScheduleGantt::add(const scheduling::JobEvent& event, const scheduling::Cluster& cluster) {
  const auto stretch = running_.add(event, cluster);
  if (!stretch) return;
  nodes_ = static_cast<double>(cluster.layout().nodes);
  const auto per_node = static_cast<double>(cluster.layout().slots_per_node);
  auto& panel = panels_.back();
  for (const auto& [first, last] : stretch->slots) {
    Box box;
    box.job = stretch->job;
    box.low = first / per_node;
    box.high = (last + 1) / per_node;
    box.start_s = stretch->start.value();
    box.end_s = stretch->end.value();
    box.area = (last - first + 1) * (box.end_s - box.start_s);
    begin_s_ = std::min(begin_s_, box.start_s);
    end_s_ = std::max(end_s_, box.end_s);
    panel.drawn += box.area;
    panel.largest.push(box);
    if (panel.largest.size() <= most_boxes) continue;
    const double lost = panel.largest.top().area;
    panel.largest.pop();
    ++panel.n_left_out;
    panel.drawn -= lost;
    panel.left_out += lost;
  }
}

std::string ScheduleGantt::label_of(const Box& box) const {
  const auto name = plain(scenario_.jobs.jobs[static_cast<std::size_t>(box.job)].name);
  const double wide = (box.end_s - box.start_s) / (end_s_ - begin_s_) * panel_width_in;
  const double high = (box.high - box.low) / nodes_ * panel_height_in;
  const bool fits = static_cast<double>(name.size() + 1) * letter_in < wide && line_in < high;
  return fits ? name : "";
}

void ScheduleGantt::write_boxes(const std::string& path, double unit_s) const {
  constexpr int shades = 4;  // of gantt.gp
  std::ofstream file(path, std::ios::binary);
  file << "panel,start,end,low,high,shade,label\n";
  for (std::size_t i = 0; i < panels_.size(); ++i)
    for (auto left = panels_[i].largest; !left.empty(); left.pop()) {
      const auto& box = left.top();
      // Of an empty cell gnuplot would write what stands before it.
      const auto label = label_of(box);
      file << fmt::format("{},{:.9g},{:.9g},{:.9g},{:.9g},{},\"{}\"\n", i + 1, box.start_s / unit_s,
                          box.end_s / unit_s, box.low, box.high, box.job % shades,
                          label.empty() ? " " : label);
    }
  file.close();
  if (!file) throw InputError(Location{path, 0, 0}, "cannot be written");
}

std::string ScheduleGantt::below(const Provenance& p) const {
  auto text = fmt::format("longhaul {} ({}), seed {}", p.version, p.revision, p.seed);
  if (!p.inputs.empty())
    text += fmt::format("; {} {}", fs::path(p.inputs.front().path).filename().string(),
                        p.inputs.front().sha256.substr(0, 12));
  for (const auto& panel : panels_)
    if (panel.n_left_out > 0)
      text += fmt::format("; {}: {} smaller boxes left out, {:.2g} % of the slot time",
                          panel.policy, format_count(panel.n_left_out),
                          100 * panel.left_out / (panel.left_out + panel.drawn));
  return on_one_line(text);
}

void ScheduleGantt::draw(const Provenance& provenance) const {
  std::string policies, labelled;
  for (const auto& panel : panels_) {
    // Policies refuse the same jobs, so that all panels have boxes or none.
    if (panel.largest.empty())
      throw InputError(Location{file_, 0, 0}, "no job ran, so there is nothing to draw");
    auto left = panel.largest;
    while (!left.empty() && label_of(left.top()).empty()) left.pop();
    policies += panel.policy + " ";
    labelled += left.empty() ? "0 " : "1 ";
  }
  const auto unit = unit_of(end_s_ - begin_s_);
  const AsideFile boxes(fs::absolute(file_));
  write_boxes(boxes.path.string(), unit.seconds);
  const auto n = static_cast<double>(panels_.size());
  draw_file(fs::path(scenario::data_folder()) / "scenarios/figures/gantt.gp",
            {{"data", boxes.path.string()},
             {"headline", on_one_line(scenario_.title)},
             {"policies", policies},
             {"labelled", labelled},
             {"unit", unit.name},
             {"first", fmt::format("{:.9g}", begin_s_ / unit.seconds)},
             {"last", fmt::format("{:.9g}", std::max(end_s_, begin_s_ + 1) / unit.seconds)},
             {"nodes", fmt::format("{:.9g}", nodes_)},
             {"below", below(provenance)}},
            file_, {width_in, 0.7 + n * (panel_height_in + 0.5)});
}

}  // namespace longhaul::report
