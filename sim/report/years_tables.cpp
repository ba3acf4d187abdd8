#include "report/years_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "diagnostics/diagnostic.hpp"
#include "experiment/years.hpp"
#include "lab/strategy.hpp"
#include "report/screen.hpp"
#include "report/tables.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

const std::string& lab_name(const scenario::Scenario& s, std::int64_t lab) {
  return lab == 0 ? s.lab->name : s.rival->name;
}

std::string date_of(const scenario::Scenario& s, Seconds time) {
  return format_date(after(s.start, time));
}

std::string screen_line(std::string_view label, const std::string& text) {
  return fmt::format("{:<11}{}\n", label, text);
}

/// How long such a run took on the calendar beside what it takes at its rate.
std::string reported(Seconds on_calendar, const lab::LabTotals& t) {
  const double days = on_calendar.value() / seconds_per_day;
  const double trained = t.best_length.value() / seconds_per_day;
  if (trained > days)
    return fmt::format("{:.1f} days, {:.1f} less than it takes", days, trained - days);
  return fmt::format("{:.1f} days, of which {:.1f} ({}) were not spent at it", days, days - trained,
                     percent(1 - trained / days));
}

std::string lab_screen(const scenario::Scenario& s, std::int64_t index, const lab::LabTotals& t) {
  const auto law = *training::find_scaling_law(s.world->scaling);
  std::string text = screen_line(
      lab_name(s, index),
      t.runs == 0 ? std::string("released nothing")
                  : fmt::format("{} released; best {:.3g} effective FLOP ({:.3g} physical, "
                                "loss {:.3f}) on {} after {}",
                                plural(t.runs, "run"), t.best_effective.value(),
                                t.best_compute.value(), experiment::loss_of(law, t.best_effective),
                                date_of(s, t.best_at), format_quantity(t.best_length)));
  std::string bounds;
  for (std::size_t i = 0; i < lab::n_bounds; ++i)
    if (t.bound_by[i] > 0)
      bounds += fmt::format("{}{} {}", bounds.empty() ? "" : " | ",
                            key_of(static_cast<lab::Bound>(i)), t.bound_by[i]);
  if (!bounds.empty()) text += screen_line("bound by", bounds);
  const auto& lab = index == 0 ? *s.lab : *s.rival;
  if (lab.reported && lab.strategy == lab::StrategyKind::FixedCompute && t.runs > 0)
    text += screen_line("reported", reported(*lab.reported, t));
  if (const auto unread = unread_parameters(lab); !unread.empty())
    text += screen_line(
        "not read", fmt::format("{}: its strategy has no use for that", fmt::join(unread, ", ")));
  const Flop all = t.useful + t.lost + t.idle + t.experiments + t.serving;
  if (all > flop(0)) {
    const auto share = [&](const char* what, Flop part) {
      return part > flop(0) ? fmt::format(" | {} {}", what, percent(double(part / all)))
                            : std::string();
    };
    text += screen_line(
        "chips", fmt::format("useful {}{}{}{}{}", percent(double(t.useful / all)),
                             share("lost", t.lost), share("idle", t.idle),
                             share("experiments", t.experiments), share("serving", t.serving)));
  }
  std::string cost;
  if (t.cost > dollars(0)) cost += format_quantity(t.cost);
  if (t.energy > joules(0))
    cost += fmt::format("{}{}", cost.empty() ? "" : ", ", format_quantity(t.energy));
  if (t.runs_cost > dollars(0)) cost += fmt::format("; its runs {}", format_quantity(t.runs_cost));
  if (t.revenue > dollars(0)) cost += fmt::format("; earned {}", format_quantity(t.revenue));
  if (!cost.empty()) text += screen_line("cost", cost);
  return text;
}

std::string runs_screen(const scenario::Scenario& s, const std::vector<lab::LabRun>& runs) {
  constexpr std::size_t most = 12;
  std::vector<const lab::LabRun*> best;
  for (const auto& run : runs)
    if (run.best) best.push_back(&run);
  if (best.empty()) return {};
  std::string text =
      fmt::format("{:<12}{:<11} {:<10} {:>10} {:>10} {:>9} {:>9} {:>9}  {}\n", "best so far",
                  "released", "by", "length", "chips", "FLOP", "worth", "effective", "bound");
  const std::size_t first = best.size() > most ? best.size() - most : 0;
  for (std::size_t i = first; i < best.size(); ++i) {
    const auto& run = *best[i];
    text += fmt::format("{:<12}{:<11} {:<10} {:>8.1f} d {:>10} {:>9.2e} {:>9.3g} {:>9.2e}  {}\n",
                        i == first && first > 0 ? "..." : "", date_of(s, run.end).substr(0, 10),
                        lab_name(s, run.lab),
                        run.end.value() / seconds_per_day - run.start.value() / seconds_per_day,
                        format_count(std::llround(run.cluster.chips)), run.compute.value(),
                        run.worth, run.effective.value(), key_of(run.bound));
  }
  return text;
}

/// Phases that would have come later; empty where there are none.
std::string late_screen(const scenario::Scenario& s) {
  std::string names;
  for (const auto& phase : s.world->phases)
    if (since(s.start, phase.at) >= *s.duration) names += (names.empty() ? "" : ", ") + phase.name;
  return names.empty() ? names : screen_line("not reached", names + ", on or after the deadline");
}

}  // namespace

LabRunTable::LabRunTable(const std::string& path, const scenario::Scenario& scenario)
    : path_(path),
      file_(opened(path)),
      scenario_(scenario),
      law_(*training::find_scaling_law(scenario.world->scaling)) {
  file_ << "lab,decided,start,end,length_s,ending,bound,best,chips,format,peak_flop_per_s,"
           "sustained_flop_per_s,goodput,flop,worth,data_worth,effective_flop,loss,parameters,"
           "tokens,epochs,power_w,energy_j,cost_usd\n";
}

void LabRunTable::write(const lab::LabRun& run) {
  file_ << fmt::format(
      "{},{},{},{},{:.3f},{},{},{},{:.10g},{},{:.10g},{:.10g},{:.8g},{:.10g},{:.8g},{:.8g},{:.10g},"
      "{:.8g},{:.8g},{:.8g},{:.8g},{:.8g},{:.8g},{:.8g}\n",
      csv_text(lab_name(scenario_, run.lab)), date_of(scenario_, run.decided),
      date_of(scenario_, run.start), date_of(scenario_, run.end), (run.end - run.start).value(),
      key_of(run.ending), key_of(run.bound), run.best ? "true" : "false", run.cluster.chips,
      csv_text(world::format_of(*scenario_.world, run.cluster)), run.cluster.peak.value(),
      run.cluster.sustained.value(), run.goodput, run.compute.value(), run.worth, run.data_worth,
      run.effective.value(), experiment::loss_of(law_, run.effective), run.parameters,
      run.data.value(), run.epochs, run.cluster.power.value(), run.energy.value(),
      run.cost.value());
}

void LabRunTable::close() { finished(file_, path_); }

YearsTable::YearsTable(const std::string& path, const scenario::Scenario& scenario)
    : path_(path),
      file_(opened(path)),
      scenario_(scenario),
      law_(*training::find_scaling_law(scenario.world->scaling)) {
  file_ << "date,time_s,lab,worth_oom,chips,format,peak_flop_per_s,sustained_flop_per_s,power_w,"
           "limit,"
           "experiments,serving,running,best_flop,best_effective_flop,best_loss\n";
}

void YearsTable::write(const lab::YearsSample& sample) {
  file_ << fmt::format(
      "{},{:.3f},{},{:.8g},{:.10g},{},{:.10g},{:.10g},{:.8g},{},{:.8g},{:.8g},{},{:.10g},{:.10g},"
      "{:.8g}\n",
      date_of(scenario_, sample.time), sample.time.value(),
      csv_text(lab_name(scenario_, sample.lab)), sample.log_worth / std::log(10),
      sample.cluster.chips, csv_text(world::format_of(*scenario_.world, sample.cluster)),
      sample.cluster.peak.value(), sample.cluster.sustained.value(), sample.cluster.power.value(),
      key_of(sample.cluster.limit), sample.experiments, sample.serving,
      sample.running ? "true" : "false", sample.physical.value(), sample.best.value(),
      experiment::loss_of(law_, sample.best));
}

void YearsTable::close() { finished(file_, path_); }

std::string years_screen(const scenario::Scenario& s, const lab::YearsTotals& totals,
                         const std::vector<lab::LabRun>& runs, const Provenance& provenance,
                         const std::string& folder) {
  std::string text = fmt::format("{} · seed {}\n", s.title, s.seed);
  for (std::size_t i = 0; i < totals.labs.size(); ++i)
    text += lab_screen(s, static_cast<std::int64_t>(i), totals.labs[i]);
  text += screen_line("algorithms",
                      fmt::format("a FLOP is worth {:.3g} of the start's at the end ({:.2f} OOM), "
                                  "{} jumps; scaling law {}",
                                  std::exp(totals.log_worth), totals.log_worth / std::log(10),
                                  totals.jumps, s.world->scaling));
  text += late_screen(s) + runs_screen(s, runs);
  text += screen_line(
      "made by", fmt::format("longhaul {} ({}), SimGrid {}, {} events", provenance.version,
                             provenance.revision, provenance.simgrid, format_count(totals.events)));
  return text + fmt::format("{}   {:.2f} s\n", folder, provenance.wall_s);
}

}  // namespace longhaul::report
