// longhaul plan SCENARIO: the fastest plans that fit, and why.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/cli.hpp"
#include "diagnostics/diagnostic.hpp"
#include "experiment/step_terms.hpp"
#include "report/plan_report.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/writer.hpp"
#include "training/memory.hpp"
#include "training/plan_search.hpp"
#include "units/format.hpp"

namespace longhaul::cli {

namespace {

using training::OpenFields;
using training::Plan;

struct Options {
  std::string scenario;
  std::vector<std::string> assignments;
  std::vector<std::string> keep;
  std::size_t top = 10;
  bool json = false;
};

/// All that a search may decide, without what `keep` names.
OpenFields open_fields(const std::vector<std::string>& keep) {
  OpenFields open{true, true, true, true, true, true, true, true};
  const auto fields = scenario::plan_fields(Plan{});
  std::vector<std::string_view> known;
  std::string list;
  for (const auto& [name, value] : fields) {
    known.emplace_back(name);
    list += " " + name;
  }
  Diagnostics diagnostics;
  for (const auto& name : keep) {
    for (const auto& field : training::choice_fields)
      if (name == field.name) open.*field.open = false;
    if (name == "recompute_share") open.recompute = false;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto meant = closest(name, known);
    diagnostics.error({"--keep " + name, 0, 0},
                      fmt::format("[run.plan] has no field '{}'; {}", name,
                                  meant.empty() ? "there are:" + list
                                                : fmt::format("did you mean '{}'?", meant)));
  }
  diagnostics.throw_if_any();
  return open;
}

training::PlanSearch search(const scenario::Scenario& scenario, const OpenFields& open,
                            std::size_t n_best) {
  const auto& run = scenario.run;
  const auto& platform = *scenario.platform;
  return training::search_plans(
      run.model->shape, run.plan, open, run.batch, run.gpus, platform.chip,
      training::network_of(platform.chip, platform.fabric.gpus_per_node), *run.efficiency, n_best);
}

/// Which knobs that the search did not turn would let a plan fit: each tried by a search of its
/// own.
std::string what_helps(const scenario::Scenario& scenario, const OpenFields& open, bool keeps) {
  std::vector<std::string> helps;
  auto other = scenario;
  const auto fits = [&](const OpenFields& fields) { return search(other, fields, 1).timed > 0; };
  if (keeps && fits(open_fields({}))) helps.emplace_back("without --keep");
  for (int stage = scenario.run.plan.zero_stage + 1; stage <= 3; ++stage) {
    other.run.plan.zero_stage = stage;
    if (!fits(open)) continue;
    helps.push_back(fmt::format("run.plan.zero_stage = {}", stage));
    break;
  }
  other = scenario;
  const auto& fabric = scenario.platform->fabric;
  const auto usable = count_gpus(fabric) - count_standing_by(fabric);
  for (other.run.gpus *= 2; other.run.gpus <= usable; other.run.gpus *= 2) {
    if (!fits(open)) continue;
    helps.push_back(fmt::format("run.gpus = {}", other.run.gpus));
    break;
  }
  if (helps.empty())
    return "neither ZeRO nor twice, four times, ... the GPUs of the platform would help: take a "
           "chip with more memory or shorter sequences";
  std::string text = "plans would fit ";
  for (std::size_t i = 0; i < helps.size(); ++i)
    text += (i == 0 ? "" : ", or ") + (helps[i].starts_with("run") ? "with " + helps[i] : helps[i]);
  return text;
}

std::string why_nothing_fits(const scenario::Scenario& scenario, const OpenFields& open, bool keeps,
                             const training::PlanSearch& found) {
  const auto& run = scenario.run;
  const auto& chip = scenario.platform->chip;
  const auto use = training::memory_use(run.model->shape, *found.leanest, run.batch);
  std::string parts;
  for (const auto& part : experiment::memory_parts(use))
    parts +=
        fmt::format("{}{} {}", parts.empty() ? "" : ", ", part.name, format_quantity(part.size));
  return fmt::format(
      "none of the {} plans that can run fits the {} of {}; the leanest needs {}, {} too much "
      "({}): {}; {}",
      format_count(found.too_large), format_quantity(chip.memory_size), chip.name,
      format_quantity(training::total(use)),
      format_quantity(training::total(use) - chip.memory_size), parts,
      report::plan_text(*found.leanest), what_helps(scenario, open, keeps));
}

/// "the kept tensor 7 x data 3 = 21 does not divide 16384 GPUs"
std::string why_nothing_divides(const scenario::Run& run, const OpenFields& open) {
  std::string product;
  std::int64_t n = 1;
  using training::Choice;
  for (const auto choice : {Choice::Tensor, Choice::Pipeline, Choice::Context, Choice::Data}) {
    const auto& field = training::field_of(choice);
    if (open.*field.open) continue;
    const auto degree = run.plan.*field.count;
    product += fmt::format("{}{} {}", product.empty() ? "" : " x ", field.name, degree);
    n *= degree;
  }
  if (product.find(" x ") != std::string::npos) product += fmt::format(" = {}", n);
  return fmt::format("the kept {} {} {} GPUs; keep fewer degrees, or others", product,
                     run.gpus % n == 0 ? "leaves no degree open to make" : "does not divide",
                     run.gpus);
}

std::string why_nothing_runs(const scenario::Scenario& scenario, const OpenFields& open,
                             const training::PlanSearch& found) {
  const auto& run = scenario.run;
  const auto nearest =
      training::least_wrong_plan(run.model->shape, run.plan, open, run.batch, run.gpus);
  if (!nearest) return why_nothing_divides(run, open);
  std::string text = fmt::format(
      "none of the {} plans on {} GPUs can run; the nearest is {}:", format_count(found.considered),
      run.gpus, report::plan_text(*nearest));
  const auto wrong = training::problems(*nearest, run.model->shape, run.batch, run.gpus);
  for (const auto& problem : wrong) text += fmt::format(" {}; {}", problem.what, problem.fix);
  return text;
}

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int plan(const Options& options) {
  const auto open = open_fields(options.keep);
  const auto loaded =
      scenario::read_scenario(options.scenario, options.assignments, scenario::Purpose::Plan);
  const auto& scenario = loaded.scenario;
  const double begin_s = now_s();
  auto found = search(scenario, open, options.top);
  const double took_s = now_s() - begin_s;
  const auto where = loaded.places.where("run.plan");
  if (!found.leanest) throw InputError(where, why_nothing_runs(scenario, open, found));
  if (found.best.empty())
    throw InputError(where, why_nothing_fits(scenario, open, !options.keep.empty(), found));
  fmt::print(stderr, "{} plans in {:.2f} s, {} of them timed: {} a second\n",
             format_count(found.considered), took_s, format_count(found.timed),
             format_count(std::llround(static_cast<double>(found.timed) / took_s)));

  // The scenario's own plan is priced by the same means: a search that has nothing to choose.
  const auto given = search(scenario, OpenFields{}, 1);
  const report::FoundPlans plans{scenario, loaded.calibration, open, std::move(found), given};
  fmt::print("{}", options.json ? report::plan_json(plans) : report::plan_screen(plans));
  return Done;
}

}  // namespace

void add_plan(CLI::App& app, int& status) {
  constexpr std::size_t most = 1000;
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("plan", "Find the fastest plans that fit memory, and say why they are");
  command
      ->add_option("scenario", options->scenario,
                   "scenario file (TOML); [cluster] and [run] are enough")
      ->required();
  command->add_option("--top", options->top, "how many plans to print")
      ->check(CLI::Range(std::size_t{1}, most))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--keep", options->keep,
                   "fields of [run.plan] that keep their values, for instance tensor,microbatch; "
                   "zero_stage, precision, attention, order, schedule and uneven_layers always do")
      ->delimiter(',')
      ->type_name("FIELDS")
      ->allow_extra_args(false);
  command
      ->add_option("--set", options->assignments,
                   "key.path=value on top of the file, for instance run.gpus=8192; may be given "
                   "several times")
      ->allow_extra_args(false);
  command->add_flag("--json", options->json, "print JSON instead of the screen");
  command->footer(
      "Examples:\n"
      "  longhaul plan scenarios/llama3_405b_54_days.toml\n"
      "  longhaul plan scenarios/llama3_405b_54_days.toml --keep tensor,data --set "
      "run.plan.zero_stage=1\n"
      "Keys and units of --json: scenarios/README.md");
  command->callback([options, &status] { status = plan(*options); });
}

}  // namespace longhaul::cli
