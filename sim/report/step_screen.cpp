#include "report/step_screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "experiment/step_terms.hpp"
#include "report/screen.hpp"
#include "report/sites_report.hpp"
#include "scenario/writer.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

using training::Collective;
using training::TrafficKind;

constexpr std::size_t label_width = 13;
constexpr std::size_t screen_width = 100;
/// Timelines that end further from the closed form than this are said to.
constexpr double worth_saying = 1e-3;

std::string_view name(Collective collective) {
  switch (collective) {
    case Collective::AllReduce:
      return "all-reduce";
    case Collective::ReduceScatter:
      return "reduce-scatter";
    case Collective::AllGather:
      return "all-gather";
    case Collective::AllToAll:
      return "all-to-all";
    case Collective::PointToPoint:
      break;
  }
  return "point-to-point";
}

/// The term that a kind of traffic is counted under.
std::string_view term_of(TrafficKind kind) {
  switch (kind) {
    case TrafficKind::Tensor:
      return "tensor";
    case TrafficKind::Context:
      return "context";
    case TrafficKind::Expert:
      return "expert";
    case TrafficKind::Pipeline:
      return "pipeline";
    case TrafficKind::DataReduce:
    case TrafficKind::DataGather:
    case TrafficKind::EmbeddingTie:
      break;
  }
  return "data";
}

std::string line(std::string_view label, std::string_view text) {
  return fmt::format("{:<{}}{}\n", label, label_width, text);
}

/// As many parts on a line as fit.
std::string wrapped(std::string_view label, const std::vector<std::string>& parts,
                    std::string_view between = " | ") {
  std::string text, row;
  for (const auto& part : parts) {
    if (!row.empty() && label_width + row.size() + between.size() + part.size() > screen_width) {
      text += line(text.empty() ? label : "", row);
      row.clear();
    }
    if (!row.empty()) row += between;
    row += part;
  }
  return text + line(text.empty() ? label : "", row);
}

std::string calls(const training::Phase& phase, Seconds each) {
  return fmt::format(
      "{}{} of {}, {}, {} x {}", phase.kind == TrafficKind::EmbeddingTie ? "tied " : "",
      name(phase.collective), format_count(phase.ranks), format_quantity(phase.payload),
      format_count(static_cast<std::int64_t>(std::llround(phase.count))), format_quantity(each));
}

std::string table(const experiment::Setup& setup) {
  const auto& step = *setup.step;
  constexpr const char* row = "{:<13}{:>10} {:>6} {:>10}  {}";
  const auto put = [&](std::string_view term, const std::string& exposed, const std::string& share,
                       const std::string& hidden, const std::string& rest) {
    auto text = fmt::format(fmt::runtime(row), term, exposed, share, hidden, rest);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  const auto in_seconds = [](Seconds t) { return fmt::format("{:.4f}", t.value()); };
  const auto share = [&](Seconds t) { return fmt::format("{:.2f}", 100 * (t / step.total)); };

  std::string text = put("term", "exposed s", "%", "hidden s", "calls of a GPU");
  Seconds all_hidden;
  for (const auto& term : experiment::step_terms(step)) {
    std::vector<std::string> traffic;
    for (std::size_t i = 0; i < setup.traffic.size; ++i)
      if (term_of(setup.traffic.phases[i].kind) == term.name)
        traffic.push_back(calls(setup.traffic.phases[i], setup.phase_seconds[i]));
    if (traffic.empty()) traffic.emplace_back();
    if (term.hidden) all_hidden += *term.hidden;
    text += put(term.name, in_seconds(term.exposed), share(term.exposed),
                term.hidden ? in_seconds(*term.hidden) : "", traffic.front());
    for (std::size_t i = 1; i < traffic.size(); ++i) text += put("", "", "", "", traffic[i]);
  }
  return text + put("total", in_seconds(step.total), "100.00", in_seconds(all_hidden), "");
}

std::string memory_lines(const experiment::Setup& setup, Bytes available) {
  const Bytes used = total(*setup.memory);
  std::vector<std::string> parts;
  for (const auto& part : experiment::memory_parts(*setup.memory))
    parts.push_back(fmt::format("{} {}", part.name, format_quantity(part.size)));
  return line("memory",
              fmt::format("fits: {} of {} a GPU, {} to spare", format_quantity(used),
                          format_quantity(available), format_quantity(available - used))) +
         wrapped("", parts);
}

/// What is not as in a plan of one GPU, and always what a reader looks for.
std::vector<std::string> told(const training::Plan& plan) {
  static const std::set<std::string, std::less<>> always{"tensor",     "pipeline",  "data",
                                                         "microbatch", "recompute", "precision"};
  const auto fields = scenario::plan_fields(plan);
  const auto defaults = scenario::plan_fields({});
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto [key, value] = fields[i];
    if (value == defaults[i].second && !always.contains(key)) continue;
    std::replace(key.begin(), key.end(), '_', ' ');
    parts.push_back(value == "true" ? key : fmt::format("{} {}", key, value));
  }
  return parts;
}

std::string difference(Seconds from, Seconds to) {
  return fmt::format("{:+.2f} %", 100 * ((to - from) / from));
}

}  // namespace

std::string step_screen(const scenario::Scenario& scenario, const experiment::Setup& setup,
                        const Provenance& provenance, const StepExtras& extras) {
  const auto& step = *setup.step;
  const bool flows = scenario.run.fidelity == scenario::Fidelity::Flow;
  std::string text = title_line(scenario, setup);
  const FlopPerSecond each = step.model_flop / step.total / static_cast<double>(scenario.run.gpus);
  text +=
      line("step", fmt::format("{:.4f} s   MFU {:.3f}  HFU {:.3f}   {} and {:.4g} tokens/s a GPU",
                               step.total.value(), step.mfu, step.hfu, format_quantity(each),
                               step.tokens_per_s_per_gpu));
  text += memory_lines(setup, scenario.platform->chip.memory_size);
  auto plan = told(scenario.run.plan);
  const auto& batch = scenario.run.batch;
  plan.push_back(fmt::format("{} microbatches",
                             format_count(training::microbatches(scenario.run.plan, batch))));
  plan.push_back(fmt::format("{} sequences of {} tokens", format_count(batch.sequences),
                             format_count(batch.sequence)));
  text += wrapped("plan", plan);
  text += "\n" + table(setup) + "\n";
  if (setup.across_sites) {
    const auto sites = sites_lines(scenario, setup);
    for (std::size_t i = 0; i < sites.size(); ++i) text += line(i == 0 ? "sites" : "", sites[i]);
  }
  text += line(
      "fidelity",
      flows ? fmt::format("flow {:.4f} s; closed form {:.4f} s ({})", step.total.value(),
                          setup.analytic_step.value(), difference(step.total, setup.analytic_step))
            : "analytic: closed forms with the load of every link, no flow simulated");
  if (extras.every_rank)
    text += line("every rank", fmt::format("{:.4f} s ({}): no symmetry used, all traffic at once",
                                           extras.every_rank->value(),
                                           difference(step.total, *extras.every_rank)));
  if (!extras.paje.empty())
    text += line("links", fmt::format("{}: their use in it, for Paje's readers", extras.paje));
  text += line("constants", provenance.calibration.empty() ? "all given by the scenario"
                                                           : provenance.calibration);
  if (flows) {
    std::vector<std::string> settings{fmt::format("SimGrid {}", provenance.simgrid)};
    for (const auto& [key, value] : provenance.simgrid_settings)
      settings.push_back(fmt::format("{}:{}", key, value));
    text += wrapped("network", settings, " ");
  }
  text += line("made by", fmt::format("longhaul {} ({})", provenance.version, provenance.revision));
  const auto& drawn = extras.drawn;
  if (!drawn) return text;
  text += line("trace", fmt::format("{}; open it in ui.perfetto.dev", drawn->path));
  if (std::abs(drawn->total / step.total - 1.0) > worth_saying)
    text += line("", fmt::format("it ends at {:.4f} s ({} from the step): stages that differ are "
                                 "played there,",
                                 drawn->total.value(), difference(step.total, drawn->total))) +
            line("", "and taken in closed form in the table");
  return text;
}

std::string step_json(const scenario::Scenario& scenario, const experiment::Setup& setup,
                      const Provenance& provenance, const StepExtras& extras) {
  using Json = nlohmann::ordered_json;
  const auto& step = *setup.step;
  const bool flows = scenario.run.fidelity == scenario::Fidelity::Flow;
  Json json;
  json["title"] = scenario.title;
  json["seed"] = scenario.seed;
  json["gpus"] = scenario.run.gpus;
  json["platform"] = scenario.platform->name;
  json["chip"] = scenario.platform->chip.name;
  json["model"] = scenario.run.model->name;
  json["step_s"] = step.total.value();
  json["analytic_step_s"] = setup.analytic_step.value();
  json["mfu"] = step.mfu;
  json["hfu"] = step.hfu;
  json["tokens"] = setup.tokens_per_step.value();
  json["tokens_per_s_per_gpu"] = step.tokens_per_s_per_gpu;
  json["flop"] = step.model_flop.value();
  json["hardware_flop"] = step.hardware_flop.value();
  for (const auto& [key, value] : experiment::step_values(step)) json["step_terms"][key] = value;
  json["traffic"] = Json::array();
  for (std::size_t i = 0; i < setup.traffic.size; ++i) {
    const auto& phase = setup.traffic.phases[i];
    json["traffic"].push_back({{"term", term_of(phase.kind)},
                               {"collective", name(phase.collective)},
                               {"ranks", phase.ranks},
                               {"ranks_per_domain", phase.ranks_per_domain},
                               {"payload_bytes", phase.payload.value()},
                               {"calls", phase.count},
                               {"call_s", setup.phase_seconds[i].value()}});
  }
  for (const auto& [key, value] : experiment::memory_values(*setup.memory))
    json["memory"][key] = value;
  json["memory_bytes"] = total(*setup.memory).value();
  json["memory_size_bytes"] = scenario.platform->chip.memory_size.value();
  for (const auto& [key, value] : scenario::plan_fields(scenario.run.plan)) {
    const auto number_or_switch = Json::parse(value, nullptr, false);
    json["plan"][key] = number_or_switch.is_discarded() ? Json(value) : number_or_switch;
  }
  json["microbatches"] = training::microbatches(scenario.run.plan, scenario.run.batch);
  if (setup.across_sites) {
    json["across_sites"]["method"] = method_name(*scenario.run.across_sites);
    for (const auto& [key, value] : sites_values(scenario, setup))
      json["across_sites"][key] = value ? Json(*value) : Json();
  }
  json["fidelity"] = flows ? "flow" : "analytic";
  json["calibration"] = provenance.calibration;
  if (flows) {
    json["simgrid"] = provenance.simgrid;
    for (const auto& [key, value] : provenance.simgrid_settings)
      json["simgrid_settings"][key] = value;
  }
  json["version"] = provenance.version;
  json["revision"] = provenance.revision;
  if (extras.every_rank) json["every_rank_step_s"] = extras.every_rank->value();
  if (!extras.paje.empty()) json["paje"] = extras.paje;
  if (const auto& drawn = extras.drawn) {
    json["trace"] = drawn->path;
    json["trace_step_s"] = drawn->total.value();
  }
  return json.dump(2) + "\n";
}

}  // namespace longhaul::report
