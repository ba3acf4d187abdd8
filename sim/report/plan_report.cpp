#include "report/plan_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "experiment/step_terms.hpp"
#include "scenario/writer.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

using Json = nlohmann::ordered_json;
using training::Choice;
using training::Plan;
using training::StepTime;
using training::TimedPlan;

constexpr std::string_view between = ", ";

std::string recompute_text(const Plan& plan) {
  if (plan.recompute == training::Recompute::None) return "none";
  const char* mode = plan.recompute == training::Recompute::Full ? "full" : "selective";
  if (plan.recompute_share == 1.0) return mode;
  const double eighths = 8 * plan.recompute_share;
  if (eighths == std::floor(eighths)) return fmt::format("{} {}/8", mode, eighths);
  return fmt::format("{} {:.3g}", mode, plan.recompute_share);
}

std::string value_of(Choice choice, const Plan& plan) {
  const auto count = training::field_of(choice).count;
  return count ? fmt::format("{}", plan.*count) : recompute_text(plan);
}

/// "tensor 8"
std::string named_value(Choice choice, const Plan& plan) {
  return fmt::format("{} {}", training::field_of(choice).name, value_of(choice, plan));
}

std::vector<Choice> choices_of(const FoundPlans& found) {
  std::vector<Choice> choices;
  for (std::size_t i = 0; i < training::n_choices; ++i) {
    const auto choice = static_cast<Choice>(i);
    if (choice == Choice::Expert && found.scenario.run.model->shape.experts.routed == 0) continue;
    choices.push_back(choice);
  }
  return choices;
}

bool is_open(Choice choice, const training::OpenFields& open) {
  return open.*training::field_of(choice).open;
}

void append(std::string& text, const std::string& part, std::string_view separator = between) {
  if (!text.empty()) text += separator;
  text += part;
}

Bytes memory_of(const FoundPlans& found, const Plan& plan) {
  const auto& run = found.scenario.run;
  return training::total(training::memory_use(run.model->shape, plan, run.batch));
}

/// Traffic that nothing hides, but for what fills and drains the pipeline.
Seconds exposed_traffic(const StepTime& step) {
  const auto& t = step.terms;
  return t.tensor + t.context + t.expert + t.pipeline + t.data;
}

double slower(const StepTime& step, const StepTime& than) { return step.total / than.total - 1.0; }

struct Difference {
  std::string_view term;
  double seconds;
};

/// By how much each term of `step` exceeds that of `than`, the largest first.
std::vector<Difference> differences(const StepTime& step, const StepTime& than) {
  const auto a = experiment::step_terms(step);
  const auto b = experiment::step_terms(than);
  std::vector<Difference> all;
  for (std::size_t i = 0; i < a.size(); ++i)
    all.push_back({a[i].name, (a[i].exposed - b[i].exposed).value()});
  std::stable_sort(all.begin(), all.end(), [](const Difference& x, const Difference& y) {
    return std::abs(x.seconds) > std::abs(y.seconds);
  });
  return all;
}

/// "bubble +0.42 s, tensor -0.20 s": the terms that make the difference.
std::string difference_text(const StepTime& step, const StepTime& than) {
  constexpr std::size_t most = 4;
  constexpr double worth_saying = 0.1;  // of the largest
  const auto all = differences(step, than);
  std::string text;
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i) {
    const double s = all[i].seconds;
    if (s == 0.0 || std::abs(s) < worth_saying * std::abs(all.front().seconds)) break;
    append(text, std::abs(s) < 0.001 ? fmt::format("{} {:+.1e} s", all[i].term, s)
                                     : fmt::format("{} {:+.3f} s", all[i].term, s));
  }
  return text.empty() ? "the same in every term" : text;
}

std::string percent(double ratio) { return fmt::format("{:+.1f} %", 100 * ratio); }

/// "tensor 4 instead of 8, data 32 instead of 16"
std::string instead(const FoundPlans& found, const Plan& plan) {
  const Plan& winner = found.search.best.front().plan;
  std::string text;
  for (const Choice choice : choices_of(found))
    if (training::differ(choice, plan, winner))
      append(text, named_value(choice, plan) + " instead of " + value_of(choice, winner));
  return text;
}

/// The rivals, fastest first, each once: a field's is the first in which it is named.
std::string why_lines(const FoundPlans& found) {
  const auto& search = found.search;
  const auto& winner = search.best.front();
  std::vector<std::pair<const StepTime*, std::string>> rivals;
  std::string without;
  for (const Choice choice : choices_of(found)) {
    if (!is_open(choice, found.open)) continue;
    const auto& rival = search.rivals[static_cast<std::size_t>(choice)];
    if (!rival) {
      append(without, named_value(choice, winner.plan));
      continue;
    }
    auto text = instead(found, rival->plan);
    const bool known = std::any_of(rivals.begin(), rivals.end(),
                                   [&](const auto& other) { return other.second == text; });
    if (!known) rivals.emplace_back(&rival->step, std::move(text));
  }
  std::stable_sort(rivals.begin(), rivals.end(),
                   [](const auto& a, const auto& b) { return a.first->total < b.first->total; });
  std::string text;
  for (const auto& [step, plan] : rivals)
    text += fmt::format("  {}: {}: {}\n", plan, percent(slower(*step, winner.step)),
                        difference_text(*step, winner.step));
  if (!without.empty()) text += fmt::format("  nothing else than {} can run and fits\n", without);
  return text;
}

std::string table(const FoundPlans& found) {
  struct Column {
    std::string head;
    std::vector<std::string> cells;
  };
  std::vector<Column> columns;
  const auto column = [&](std::string_view head, const auto& cell) {
    Column made{std::string(head), {}};
    for (const auto& timed : found.search.best) made.cells.push_back(cell(timed));
    columns.push_back(std::move(made));
  };
  std::size_t rank = 0;
  column("rank", [&](const TimedPlan&) { return fmt::format("{}", ++rank); });
  column("seconds", [](const TimedPlan& t) { return fmt::format("{:.3f}", t.step.total.value()); });
  column("MFU", [](const TimedPlan& t) { return fmt::format("{:.3f}", t.step.mfu); });
  for (const Choice choice : choices_of(found)) {
    const bool short_name = choice == Choice::VirtualStages;
    column(short_name ? "v" : training::field_of(choice).name,
           [&](const TimedPlan& t) { return value_of(choice, t.plan); });
  }
  column("memory GB", [&](const TimedPlan& t) {
    return fmt::format("{:.2f}", memory_of(found, t.plan).value() / 1e9);
  });
  column("bubble %", [](const TimedPlan& t) {
    return fmt::format("{:.1f}", 100 * (t.step.terms.bubble / t.step.total));
  });
  column("traffic %", [](const TimedPlan& t) {
    return fmt::format("{:.1f}", 100 * (exposed_traffic(t.step) / t.step.total));
  });
  std::string text;
  const auto put_line = [&](const auto& cell) {
    std::string line;
    for (const auto& c : columns) {
      std::size_t width = c.head.size();
      for (const auto& other : c.cells) width = std::max(width, other.size());
      append(line, fmt::format("{:>{}}", cell(c), width), "  ");
    }
    text += line + "\n";
  };
  put_line([](const Column& c) { return c.head; });
  for (std::size_t i = 0; i < found.search.best.size(); ++i)
    put_line([i](const Column& c) { return c.cells[i]; });
  return text;
}

using NamedValues = std::vector<std::pair<std::string, std::string>>;

/// A plan's fields as TOML and JSON both write them.
NamedValues fields_of(const Plan& plan) {
  auto fields = scenario::plan_fields(plan);
  for (auto& [key, value] : fields)
    if (!Json::accept(value)) value = fmt::format("\"{}\"", value);
  return fields;
}

/// [run.plan] without what a default would say, but with its degrees.
std::string plan_toml(const Plan& plan) {
  const auto fields = fields_of(plan);
  const auto defaults = fields_of(Plan{});
  constexpr std::size_t n_always = 3;  // tensor, pipeline, data
  std::size_t width = 0;
  NamedValues wanted;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i >= n_always && fields[i].second == defaults[i].second) continue;
    wanted.push_back(fields[i]);
    width = std::max(width, fields[i].first.size());
  }
  std::string text = "[run.plan]\n";
  for (const auto& [key, value] : wanted) text += fmt::format("{:<{}} = {}\n", key, width, value);
  return text;
}

std::string given_line(const FoundPlans& found) {
  const auto& winner = found.search.best.front();
  const auto own = plan_text(found.scenario.run.plan);
  if (!found.given.leanest) return "cannot run on these GPUs: " + own;
  if (found.given.best.empty()) return "does not fit: " + own;
  const auto& step = found.given.best.front().step;
  if (own == plan_text(winner.plan)) return "is the first";
  return fmt::format("{:.3f} s, {} on the first: {}", step.total.value(),
                     percent(slower(step, winner.step)), own);
}

std::string line(std::string_view label, const std::string& text) {
  return fmt::format("{:<11}{}\n", label, text);
}

/// What the search does not decide, and what it was told to keep.
std::string kept_line(const FoundPlans& found) {
  const Plan& plan = found.search.best.front().plan;
  std::string text;
  for (const Choice choice : choices_of(found))
    if (!is_open(choice, found.open)) append(text, named_value(choice, plan));
  for (const auto& [key, value] : scenario::plan_fields(found.scenario.run.plan)) {
    if (key == "sequence_parallel" || key == "zero_stage" || key == "precision" ||
        key == "attention" || key == "order" || key == "schedule" || key == "uneven_layers")
      append(text, fmt::format("{} {}", key, value));
  }
  return text;
}

Json plan_object(const Plan& plan) {
  Json json;
  for (const auto& [key, value] : fields_of(plan)) json[key] = Json::parse(value);
  return json;
}

Json timed_object(const FoundPlans& found, const TimedPlan& timed) {
  const auto& run = found.scenario.run;
  Json json;
  json["step_s"] = timed.step.total.value();
  json["mfu"] = timed.step.mfu;
  json["hfu"] = timed.step.hfu;
  json["plan"] = plan_object(timed.plan);
  for (const auto& [key, value] :
       experiment::memory_values(training::memory_use(run.model->shape, timed.plan, run.batch)))
    json["memory"][key] = value;
  for (const auto& [key, value] : experiment::step_values(timed.step))
    json["step_terms"][key] = value;
  return json;
}

}  // namespace

std::string plan_text(const Plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < training::n_choices; ++i) {
    const auto choice = static_cast<Choice>(i);
    if (choice == Choice::Expert && plan.expert == 1) continue;
    append(text, named_value(choice, plan));
  }
  return text;
}

std::string plan_screen(const FoundPlans& found) {
  const auto& s = found.scenario;
  const auto& search = found.search;
  std::string text =
      fmt::format("{} · {} {} · {} sequences of {} tokens\n", s.run.model->name,
                  format_count(s.run.gpus), s.platform->chip.name,
                  format_count(s.run.batch.sequences), format_count(s.run.batch.sequence));
  text += line("plans", fmt::format("{} considered: {} cannot run, {} do not fit {}, {} timed",
                                    format_count(search.considered), format_count(search.invalid),
                                    format_count(search.too_large),
                                    format_quantity(s.platform->chip.memory_size),
                                    format_count(search.timed)));
  text += line("as given", kept_line(found));
  text += line("timed by", fmt::format("closed forms: nodes of {} GPUs, no link shared by others; "
                                       "constants {}",
                                       s.platform->fabric.gpus_per_node, found.calibration));
  text += line("your plan", given_line(found));
  text += "\n" + table(found);
  text +=
      "\nwhy the first wins: the best plan with another value of each field\n" + why_lines(found);
  return text + "\n" + plan_toml(search.best.front().plan);
}

std::string plan_json(const FoundPlans& found) {
  const auto& s = found.scenario;
  const auto& search = found.search;
  const auto& winner = search.best.front();
  Json json;
  json["title"] = s.title;
  json["model"] = s.run.model->name;
  json["gpus"] = s.run.gpus;
  json["calibration"] = found.calibration;
  json["considered"] = search.considered;
  json["invalid"] = search.invalid;
  json["too_large"] = search.too_large;
  json["timed"] = search.timed;
  json["given_step_s"] =
      found.given.best.empty() ? Json() : Json(found.given.best.front().step.total.value());
  json["plans"] = Json::array();
  for (const auto& timed : search.best) json["plans"].push_back(timed_object(found, timed));
  json["rivals"] = Json::object();
  for (const Choice choice : choices_of(found)) {
    const auto& rival = search.rivals[static_cast<std::size_t>(choice)];
    if (!rival) continue;
    auto one = timed_object(found, *rival);
    for (const auto& difference : differences(rival->step, winner.step))
      one["longer_s"][std::string(difference.term)] = difference.seconds;
    json["rivals"][std::string(training::field_of(choice).name)] = std::move(one);
  }
  return json.dump(2) + "\n";
}

}  // namespace longhaul::report
