#include "scenario/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <set>

#include "operations/renewal.hpp"
#include "scenario/checks_constraints.hpp"
#include "scenario/checks_fabric.hpp"
#include "scenario/checks_months.hpp"
#include "scenario/checks_power.hpp"
#include "scenario/checks_schedule.hpp"
#include "scenario/checks_sites.hpp"
#include "scenario/checks_wall.hpp"
#include "scenario/checks_years.hpp"
#include "training/calibration.hpp"
#include "training/kernels.hpp"
#include "training/memory.hpp"
#include "training/step_across_sites.hpp"
#include "units/format.hpp"

namespace longhaul::scenario {

namespace {

const Seconds longest_run = seconds(10'000 * seconds_per_year);
constexpr double most_steps = 9e15;  // whole numbers up to here are exact in a double

class Checker {
 public:
  Checker(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics, Purpose purpose)
      : s_(scenario), reader_(reader), diagnostics_(diagnostics), purpose_(purpose) {}

  void check_all() {
    if (purpose_ == Purpose::Forecast) {
      check_constraints(s_, reader_, diagnostics_);
      return;
    }
    if (purpose_ == Purpose::Wall) {
      check_wall(s_, reader_, diagnostics_);
      return;
    }
    if (s_.constraints) {
      error("constraints", "[constraints] is no run; ask `longhaul forecast` with this file");
      return;
    }
    if (s_.wall && !s_.run.model && !s_.run.step_time && reader_.sound("wall")) {
      error("wall", "[wall] is no run; ask `longhaul wall` with this file");
      return;
    }
    if (purpose_ == Purpose::Months && is_of_years(s_))
      return check_years(s_, reader_, diagnostics_);
    if (purpose_ == Purpose::Months && is_of_schedule(s_)) {
      check_schedule(s_, reader_, diagnostics_);
      if (!s_.run.model) return;
      check_step();
      check_platform();
      return;
    }
    if (purpose_ == Purpose::Months) check_end();
    check_step();
    check_platform();
    if (purpose_ != Purpose::Months) return;
    check_checkpoint();
    check_months(s_, reader_, diagnostics_);
    check_power(s_, reader_, diagnostics_);
  }

 private:
  void error(std::string_view path, std::string what) {
    diagnostics_.error(reader_.where(path), std::move(what));
  }

  bool sound(std::initializer_list<std::string_view> paths) const {
    return std::all_of(paths.begin(), paths.end(),
                       [this](std::string_view path) { return reader_.sound(path); });
  }

  void check_end() {
    if (s_.duration && *s_.duration > longest_run)
      error("duration", fmt::format("duration = {}, but at most {} is wanted",
                                    format_quantity(*s_.duration), format_quantity(longest_run)));
    if (!sound({"duration", "run.steps"})) return;
    if (!s_.duration && !s_.run.steps)
      error("", "nothing ends the run; give duration = \"54 days\" or run.steps = 1000000");
  }

  void check_step() {
    const auto& run = s_.run;
    if (!sound({"run.model", "run.step_time"})) return;
    if (run.across_sites && !run.model && sound({"run.across_sites", "cluster"}))
      check_sites(s_, reader_, diagnostics_);
    if (run.step_time && run.model)
      error("run.step_time", "run.step_time and run.model exclude each other; take one out");
    if (!run.model) {
      check_without_model();
      return;
    }
    if (run.batch.sequence < 1 && sound({"run.sequence"}))
      error("run.sequence", "missing key 'run.sequence' (tokens of a sequence), for instance 8192");
    if (run.batch.sequences < 1 && sound({"run.global_batch"}))
      error("run.global_batch",
            "missing key 'run.global_batch' (sequences of a step), for instance 2048");
    if (!sound({"cluster"})) return;
    if (!s_.platform) {
      error("cluster",
            "a model needs a platform; give cluster.platform = "
            "\"../platforms/clusters/meta_24k_roce.toml\"");
      return;
    }
    if (run.batch.sequence < 1 || run.batch.sequences < 1) return;
    if (!sound({"run.plan", "run.gpus", "run.sequence", "run.global_batch"})) return;
    if (purpose_ != Purpose::Plan && !fits_together()) return;
    if (!(training::matrix_peak(s_.platform->chip, run.plan.precision) > flop_per_second(0)))
      error("run.plan.precision",
            fmt::format("{} has no peak rate for {}; take {}, or give its rate in "
                        "cluster.platform.chip.peak",
                        s_.platform->chip.name, training::precision_name(run.plan.precision),
                        formats_of(s_.platform->chip)));
    if (purpose_ == Purpose::Plan) {
      if (run.across_sites)
        error("run.across_sites",
              "plans are looked for in one place; ask for that of one site, or of a replica, "
              "without [run.across_sites]");
      return;
    }
    if (run.across_sites) {
      if (sound({"run.across_sites"}) && check_sites(s_, reader_, diagnostics_))
        check_memory_across_sites();
      return;
    }
    const auto memory =
        training::check_memory(run.model->shape, run.plan, run.batch, s_.platform->chip);
    if (!memory.fits) error("run.plan", "run.plan " + memory.advice);
  }

  void check_memory_across_sites() {
    const auto& run = s_.run;
    const auto& across = *run.across_sites;
    const auto& shape = run.model->shape;
    const auto memory = training::check_memory(shape, replica_plan(across, run.plan),
                                               replica_batch(across, run.batch), s_.platform->chip);
    if (!memory.fits) return error("run.plan", "run.plan, of one replica, " + memory.advice);
    const Bytes used = total(memory_across_sites(across, shape, run.plan, run.batch));
    if (used > memory.available)
      error(
          "run.across_sites.memory_law",
          fmt::format("run.across_sites.memory_law = {}: with what it keeps a GPU needs {} of {}; "
                      "take one-fragment with streaming-diloco, or none where it lies on hosts",
                      across.memory_law, format_quantity(used), format_quantity(memory.available)));
  }

  void check_without_model() {
    if (purpose_ == Purpose::Months) {
      if (s_.run.step_time) return;
      error("run",
            "the run has no step time; give run.model = \"models/llama3_405b.toml\" or "
            "run.step_time = \"5 s\"");
      return;
    }
    const char* wanted =
        "a step is worked out from a model; give run.model = \"models/llama3_405b.toml\"";
    if (s_.run.step_time)
      error("run.step_time", fmt::format("{} in place of run.step_time", wanted));
    else
      error("run", wanted);
  }

  /// Whether plan, model, batch and number of GPUs do; memory is another matter.
  bool fits_together() {
    const auto& run = s_.run;
    if (!countable(run.plan)) return false;
    const auto wrong = training::problems(run.plan, run.model->shape, run.batch, run.gpus);
    for (const auto& problem : wrong)
      error(place_of(problem.field), fmt::format("{}; {}", problem.what, problem.fix));
    return wrong.empty();
  }

  /// The formats that a chip has a peak rate for, "bf16 or fp8".
  static std::string formats_of(const hardware::Chip& chip) {
    std::string formats = "bf16";
    if (chip.peak.fp8 > flop_per_second(0)) formats += " or fp8";
    if (chip.peak.fp4 > flop_per_second(0)) formats += " or nvfp4";
    return formats;
  }

  /// Whether the products of a plan's counts can be formed at all.
  bool countable(const training::Plan& plan) {
    constexpr double most = 1e12;
    const auto product = [](std::initializer_list<std::int64_t> counts) {
      double n = 1;
      for (const auto count : counts) n *= static_cast<double>(count);
      return n;
    };
    const bool fine = product({plan.tensor, plan.pipeline, plan.data, plan.context}) <= most &&
                      product({plan.pipeline, plan.virtual_stages}) <= most &&
                      product({plan.pipeline, plan.data, plan.microbatch}) <= most;
    if (!fine)
      error("run.plan", "the degrees of run.plan multiply to more than 1e12; take smaller ones");
    return fine;
  }

  /// Where a field that a plan's problem names stands in the file.
  static std::string place_of(const std::string& field) {
    static const std::set<std::string, std::less<>> of_model{"hidden",   "ffn_hidden", "heads",
                                                             "kv_heads", "head_dim",   "vocab"};
    if (field == "gpus") return "run.gpus";
    if (field == "sequence") return "run.sequence";
    if (field == "global_batch") return "run.global_batch";
    if (field == "layers") return "run.plan.pipeline";  // a model's layers are what they are
    if (of_model.contains(field) || field.find('.') != std::string::npos)
      return "run.model." + field;  // "experts.per_token", "latent.kv_rank"
    return "run.plan." + field;
  }

  /// The way out where a scenario meets a platform that it was not made for.
  std::string or_leave_open() const {
    return s_.run.model && !s_.run.across_sites
               ? ", or run.gpus = 0 for as many as the fastest plan takes"
               : "";
  }

  void check_platform() {
    if (!s_.platform || !sound({"cluster.platform.fabric", "cluster.platform.chip.links",
                                "cluster.platform.storage"}))
      return;
    if (!check_fabric(s_.platform->fabric, "cluster.platform.fabric", reader_, diagnostics_))
      return;
    const auto node = s_.platform->fabric.gpus_per_node;
    const auto standing_by = count_standing_by(s_.platform->fabric);
    const auto usable = count_gpus(s_.platform->fabric) - standing_by;
    if (!sound({"run.gpus"})) return;
    if (s_.run.gpus > usable)
      error("run.gpus",
            fmt::format(
                "run.gpus = {}, but {} has {}{}; take at most that many{}", s_.run.gpus,
                s_.platform->name, usable,
                standing_by > 0
                    ? fmt::format(" in its torus, and {} on boards that stand by", standing_by)
                    : "",
                or_leave_open()));
    if (s_.run.gpus % node != 0) {
      const auto below = s_.run.gpus / node * node;
      error("run.gpus",
            fmt::format("run.gpus = {} leaves a node of {} GPUs partly used; take {}{}{}",
                        s_.run.gpus, node, below > 0 ? fmt::format("{} or ", below) : "",
                        below + node, or_leave_open()));
    }
  }

  void check_checkpoint() {
    const auto& checkpoint = s_.run.checkpoint;
    if (!sound({"run.model", "run.checkpoint.write"})) return;
    if (!s_.run.model && !checkpoint.write)
      error("run.checkpoint.write",
            "without a model the size of a checkpoint is not known; give "
            "run.checkpoint.write = \"5 min\"");
  }

  const Scenario& s_;
  const Reader& reader_;
  Diagnostics& diagnostics_;
  Purpose purpose_;
};

/// How many things happen to a run, and what would make them fewer.
class LengthChecker {
 public:
  LengthChecker(const Scenario& scenario, const Places& places, const RunPace& pace)
      : s_(scenario), places_(places), pace_(pace) {}

  void check_all() const {
    if (!(pace_.step > seconds(0)) || !std::isfinite(pace_.step.value()))
      fail(s_.run.step_time ? "run.step_time" : "run",
           fmt::format("a step takes {} s; look for a rate in the cards that cannot be right",
                       pace_.step.value()));
    const Seconds span = expected_span();
    if (!(span <= longest_run))
      fail("run.steps",
           fmt::format("{} steps would take more than {}{}; take fewer, or give a duration",
                       *s_.run.steps, format_quantity(longest_run),
                       failures() > per_second(0) ? ", failures and lost work included" : ""));
    if (span / pace_.step > most_steps)
      fail(s_.run.step_time ? "run.step_time" : "run",
           fmt::format("{:.3g} steps of {} are more than can be counted; take at most {:.0e}",
                       span / pace_.step, format_quantity(pace_.step), most_steps));
    check_lines(span);
  }

 private:
  [[noreturn]] void fail(std::string_view path, std::string what) const {
    throw InputError(places_.where(path), std::move(what));
  }

  PerSecond failures() const {
    PerSecond sum;
    if (s_.failures.random && s_.failures.causes)
      for (const auto& cause : s_.failures.causes->causes)
        sum += operations::rate(*s_.failures.causes, cause, pace_.units);
    return sum;
  }
  Seconds between_checkpoints() const {
    return static_cast<double>(pace_.checkpoint_steps) * pace_.step + pace_.checkpoint_write;
  }

  /// Until the run ends, as far as closed forms tell.
  Seconds expected_span() const {
    const Seconds longest = s_.duration.value_or(seconds(std::numeric_limits<double>::infinity()));
    if (!s_.run.steps) return longest;
    const auto steps = static_cast<double>(*s_.run.steps);
    const bool saves_all = s_.run.checkpoint.policy == operations::IntervalPolicy::Step;
    const double per_checkpoint =
        saves_all ? 1 : std::min(steps, static_cast<double>(pace_.checkpoint_steps));
    const Seconds interval = per_checkpoint * pace_.step;
    Seconds wall = steps * pace_.step + steps / per_checkpoint * pace_.checkpoint_write;
    if (failures() > per_second(0))
      wall = operations::expected_wall_time(
          steps * pace_.step, interval,
          {pace_.checkpoint_write,
           s_.recovery.detect.mean() + s_.recovery.restart.mean() + pace_.checkpoint_read,
           1.0 / failures()});
    return std::min(longest, wall);
  }

  void check_lines(Seconds span) const {
    const double samples =
        s_.output.timeline > seconds(0) ? double(span / s_.output.timeline) : 0.0;
    const double checkpoints = span / between_checkpoints();
    const double stops = 2 * (span * failures());
    const double lines = samples + checkpoints + stops;
    if (lines <= most_lines) return;
    const auto too_many = [&](double n, const char* what) {
      return fmt::format(
          "a result of {:.2g} lines, {:.2g} of them {}, is more than the {:.0e} "
          "that a run may write",
          lines, n, what, most_lines);
    };
    if (samples >= checkpoints && samples >= stops)
      fail("output.timeline",
           fmt::format("{}; take output.timeline = \"{}\" or longer, or \"0 s\" for none",
                       too_many(samples, "samples"), format_quantity(span / (most_lines / 10))));
    if (checkpoints >= stops)
      fail("run.checkpoint.interval",
           too_many(checkpoints, "checkpoints") + "; write them less often or end the run sooner");
    fail("failures.causes", too_many(stops, "stops and restarts") +
                                "; look for a count or a time that cannot be right");
  }

  const Scenario& s_;
  const Places& places_;
  const RunPace& pace_;
};

}  // namespace

void check_length(const Scenario& scenario, const Places& places, const RunPace& pace) {
  LengthChecker(scenario, places, pace).check_all();
}

void check(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics,
           Purpose purpose) {
  Checker(scenario, reader, diagnostics, purpose).check_all();
}

}  // namespace longhaul::scenario
