#include "report/screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/not_reached.hpp"
#include "report/plan_report.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

std::string line(std::string_view label, const std::string& text) {
  return fmt::format("{:<11}{}\n", label, text);
}

std::string joined(const std::vector<std::string>& parts, std::string_view by) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : std::string(by)) + part;
  return text;
}

std::string step_line(const experiment::Setup& setup) {
  if (!setup.step) return format_quantity(setup.step_time) + " (given)";
  const auto& t = setup.step->terms;
  const Seconds compute = t.gemm + t.attention + t.elementwise + t.launch;
  std::vector<std::string> parts;
  const auto part = [&](const char* name, Seconds time) {
    if (time.value() >= 0.005) parts.push_back(fmt::format("{} {:.2f}", name, time.value()));
  };
  part("compute", compute);
  part("recompute", t.recompute);
  part("tensor", t.tensor);
  part("context", t.context);
  part("expert", t.expert);
  part("pipeline", t.pipeline);
  part("bubble", t.bubble);
  part("data", t.data);
  part("sites", t.sites);
  part("optimizer", t.optimizer);
  part("straggling", t.straggling);
  part("host", t.host);
  return fmt::format("{:.3f} s   MFU {:.3f}  HFU {:.3f}   {} s", setup.step_time.value(),
                     setup.step->mfu, setup.step->hfu, joined(parts, " | "));
}

/// "north 1.2 GWh, 50 MW peak | south ..", where there are several.
std::string sites_line(const experiment::Summary& s) {
  std::vector<std::string> parts;
  for (const auto& site : s.sites)
    parts.push_back(fmt::format("{} {}, {} peak, {}, {:.3g} t CO2", site.name,
                                format_quantity(joules(site.energy_j)),
                                format_quantity(watts(site.peak_w)),
                                format_quantity(dollars(site.cost_usd)), site.co2_kg / 1000));
  return joined(parts, " | ");
}

}  // namespace

std::string percent(double ratio) { return fmt::format("{:.1f} %", 100 * ratio); }

std::string lost_line(const experiment::Summary& s) {
  auto lost = s.lost_s;
  std::stable_sort(lost.begin(), lost.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> parts;
  for (const auto& [cause, time_s] : lost)
    if (std::abs(time_s) >= 5e-4 * s.simulated_s)
      parts.push_back(fmt::format("{} {}",
                                  cause == "stragglers" ? "slower nodes or placements" : cause,
                                  percent(time_s / s.simulated_s)));
  return parts.empty() ? "less than 0.1 %" : joined(parts, " | ");
}

std::string plural(std::int64_t n, const std::string& what) {
  return fmt::format("{} {}{}", format_count(n), what, n == 1 ? "" : "s");
}

std::string stops_line(const experiment::Summary& s) {
  if (s.interruptions == 0) return "none";
  auto groups = s.by_group;
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> parts;
  for (const auto& [group, n] : groups)
    if (n > 0) parts.push_back(fmt::format("{} {}", group, n));
  const auto every = s.unexpected > 0
                         ? fmt::format(", one in {}", format_quantity(seconds(s.mtbi_s)))
                         : std::string();
  return fmt::format("{}: {} unexpected{}, {} planned   {}", s.interruptions, s.unexpected, every,
                     s.planned, joined(parts, " | "));
}

std::string gpu_hours_line(const experiment::Summary& s) {
  std::vector<std::string> parts;
  double total = 0;
  for (const auto& [what, hours] : s.gpu_hours) {
    if (what == "total")
      total = hours;
    else if (hours != 0)
      parts.push_back(fmt::format("{} {}", what, format_count(std::llround(hours))));
  }
  return fmt::format("{} = {}", joined(parts, " + "), format_count(std::llround(total)));
}

std::string title_line(const scenario::Scenario& scenario, const experiment::Setup& setup) {
  std::string title = scenario.title;
  if (scenario.platform)
    title += fmt::format(" · {} of {} {} · {}", format_count(scenario.run.gpus),
                         format_count(setup.fabric_gpus), scenario.platform->chip.name,
                         scenario.platform->name);
  return fmt::format("{} · seed {}\n", title, scenario.seed);
}

std::string screen(const scenario::Scenario& scenario, const experiment::Setup& setup,
                   const experiment::Summary& s, const Provenance& provenance,
                   const std::string& folder, Bytes peak_memory) {
  std::string text = title_line(scenario, setup);
  text += line("useful",
               fmt::format("{} of {} (ETTR)   goodput {}   run MFU {:.3f}", percent(s.ettr),
                           format_quantity(seconds(s.simulated_s)), percent(s.goodput), s.run_mfu));
  if (scenario.run.model) text += line("plan", plan_text(scenario.run.plan));
  text += line("step", step_line(setup));
  if (setup.step)
    text += line(
        "", fmt::format("{} fidelity; closed form {:.3f} s; constants {}",
                        scenario.run.fidelity == scenario::Fidelity::Flow ? "flow" : "analytic",
                        setup.analytic_step.value(), provenance.calibration));
  if (setup.memory)
    text += line("memory",
                 fmt::format("{} of {} a GPU", format_quantity(training::total(*setup.memory)),
                             format_quantity(scenario.platform->chip.memory_size)));
  text += line("progress", fmt::format("{} steps · {} tokens · {:.3g} FLOP; redone {} steps",
                                       format_count(s.steps), format_large(s.tokens), s.flop,
                                       format_count(s.redone_steps)));
  text += line("lost", lost_line(s));
  text += line("stops", stops_line(s));
  text += line("GPU-hours", gpu_hours_line(s));
  const bool ever = s.checkpoints > 0;
  text += line(
      "checkpoint",
      !ever ? std::string("none written")
      : scenario.run.checkpoint.policy == operations::IntervalPolicy::Step
          ? fmt::format("every step, {} each", format_quantity(setup.checkpoint_write))
          : fmt::format(
                "{} written, {} each, one in {} steps ({})", format_count(s.checkpoints),
                format_quantity(setup.checkpoint_write), format_count(setup.checkpoint_steps),
                format_quantity(static_cast<double>(setup.checkpoint_steps) * setup.step_time)));
  if (scenario.platform) {
    text += line(
        "power",
        fmt::format("{} mean, {} peak, {}{}{}", format_quantity(watts(s.energy_j / s.simulated_s)),
                    format_quantity(watts(s.peak_power_w)), format_quantity(joules(s.energy_j)),
                    s.energy_cost_usd > 0
                        ? fmt::format(", {}", format_quantity(dollars(s.energy_cost_usd)))
                        : std::string(),
                    s.co2_kg > 0 ? fmt::format(", {:.3g} t CO2", s.co2_kg / 1000) : std::string()));
    if (s.sites.size() > 1) text += line("", sites_line(s));
    text += line("platform",
                 fmt::format("{} GPUs, {} switches, {} cables; store {}; {} NICs",
                             format_count(setup.fabric_gpus), format_count(setup.fabric_switches),
                             format_count(setup.fabric_links),
                             format_quantity(scenario.platform->storage_bandwidth),
                             format_quantity(scenario.platform->chip.nic_bandwidth)));
  }
  const auto late = not_reached(scenario, seconds(s.simulated_s));
  if (!late.empty()) text += line("too late", not_reached_line(late));
  std::vector<std::string> settings;
  for (const auto& [key, value] : provenance.simgrid_settings)
    settings.push_back(fmt::format("{}:{}", key, value));
  text += line("network", fmt::format("SimGrid {}  {}", provenance.simgrid, joined(settings, " ")));
  text += line("made by", fmt::format("longhaul {} ({}), {} events", provenance.version,
                                      provenance.revision, format_count(s.events)));
  text +=
      fmt::format("{}   {:.2f} s, {}\n", folder, provenance.wall_s, format_quantity(peak_memory));
  return text;
}

std::string progress_line(const scenario::Scenario& scenario, const experiment::Setup& setup,
                          Seconds time, std::int64_t steps, double wall_s) {
  double share = 0;
  if (scenario.duration) share = time / *scenario.duration;
  if (scenario.run.steps)
    share = std::max(share, static_cast<double>(steps) / static_cast<double>(*scenario.run.steps));
  double goodput = 0;
  if (time > seconds(0)) goodput = static_cast<double>(steps) * (setup.step_time / time);
  return fmt::format("{}  {:5.1f} %  {} steps  goodput {}  {:.0f} s left",
                     format_date(after(scenario.start, time)), 100 * share, format_count(steps),
                     percent(goodput), share > 0 ? wall_s * (1 - share) / share : 0.0);
}

}  // namespace longhaul::report
