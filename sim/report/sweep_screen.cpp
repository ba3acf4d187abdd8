#include "report/sweep_screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/export.hpp"
#include "report/text_table.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

constexpr std::size_t most_rows = 20;

std::string points(std::int64_t n) {
  return fmt::format("{} point{}", format_count(n), n == 1 ? "" : "s");
}

std::string number(double value) { return fmt::format("{:.5g}", value); }

/// Mean and half-width; the mean alone where there is one repeat.
std::string mean_of(const experiment::Statistics& s) {
  if (s.n == 0) return "-";
  return s.interval ? fmt::format("{} ± {:.2g}", number(s.mean), s.half_width()) : number(s.mean);
}

}  // namespace

std::string sweep_progress_line(const experiment::SweepProgress& p, double wall_s) {
  const auto total = p.before + p.done + p.left;
  const double rate = wall_s > 0 ? static_cast<double>(p.done) / wall_s : 0;
  auto text = fmt::format("{} of {} points", format_count(p.before + p.done), format_count(total));
  if (p.failed > 0) text += fmt::format("  {} failed", format_count(p.failed));
  if (rate > 0)
    text +=
        fmt::format("  {:.3g} a second  {:.0f} s left", rate, static_cast<double>(p.left) / rate);
  return text;
}

std::vector<std::string> default_metrics(const experiment::StoreReader& store) {
  std::vector<std::string> chosen;
  const auto& known = store.metrics();
  // Of runs, of years and of queues.
  for (const char* metric : {"ettr", "goodput", "run_mfu", "interruptions.unexpected", "step_s",
                             "mfu", "best_effective_flop", "best_flop", "runs", "cost_usd",
                             "mean_wait_s", "mean_bounded_slowdown", "utilisation", "makespan_s"})
    if (std::find(known.begin(), known.end(), metric) != known.end() && chosen.size() < 4)
      chosen.emplace_back(metric);
  return chosen;
}

std::string sweep_screen(const experiment::StoreReader& store,
                         const std::vector<std::string>& metrics,
                         const experiment::SweepProgress& p, const std::string& path,
                         double wall_s) {
  const auto& axes = store.record().axes;
  std::vector<std::string> head;
  head.reserve(axes.size() + 1 + metrics.size());
  for (const auto& axis : axes)
    head.push_back(axis.unit.empty() ? axis.name : fmt::format("{} [{}]", axis.name, axis.unit));
  head.emplace_back("repeats");
  head.insert(head.end(), metrics.begin(), metrics.end());
  TextTable rows{head};
  std::int64_t n_combinations = 0;
  for_each_combination(store, metrics, 0.95, [&](const CombinationStatistics& c) {
    if (++n_combinations > static_cast<std::int64_t>(most_rows)) return;
    std::vector<std::string> row;
    for (const auto& value : c.axes)
      row.push_back(std::holds_alternative<double>(value) ? number(std::get<double>(value))
                                                          : cell_text(value));
    row.push_back(c.n_failed == 0 ? fmt::format("{}", c.n_points)
                                  : fmt::format("{} ({} failed)", c.n_points, c.n_failed));
    for (const auto& s : c.metrics) row.push_back(mean_of(s));
    rows.push_back(std::move(row));
  });
  auto text = fmt::format("{} · {}\n", store.fact("title"), store.fact("simulate"));
  text += aligned(rows);
  if (n_combinations > static_cast<std::int64_t>(most_rows))
    text += fmt::format("... and {} more combinations: longhaul export {} --summary\n",
                        format_count(n_combinations - static_cast<std::int64_t>(most_rows)), path);
  if (const auto failed = store.n_failed(); failed > 0)
    text += fmt::format("{} failed; the first: {}\n", points(failed), store.first_error());
  if (p.missing > 0)
    text += fmt::format("{} missing, the workers were killed; run the command again\n",
                        points(p.missing));
  text += fmt::format("{}, {} of them new, in {:.1f} s", points(store.n_points()),
                      format_count(p.done), wall_s);
  if (p.done > 0 && wall_s > 0)
    text += fmt::format(" ({:.3g} a second)", static_cast<double>(p.done) / wall_s);
  return text + fmt::format("\n{}\n", path);
}

}  // namespace longhaul::report
