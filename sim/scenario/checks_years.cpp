#include "scenario/checks_years.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "formulas/expression.hpp"
#include "lab/strategy.hpp"
#include "scenario/checks_moment.hpp"
#include "training/laws/critical_batch.hpp"
#include "training/laws/named.hpp"
#include "training/laws/scaling.hpp"
#include "units/format.hpp"

namespace longhaul::scenario {

namespace {

class YearsChecker {
 public:
  YearsChecker(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics)
      : s_(scenario), reader_(reader), diagnostics_(diagnostics) {}

  void check_all() {
    if (!s_.world && reader_.sound("world"))
      error("lab", "a lab needs a world to train in; give [world]");
    if (!s_.lab && reader_.sound("lab"))
      error(s_.rival ? "rival" : "world", "nobody trains in this world; give [lab]");
    if (!s_.duration && reader_.sound("duration"))
      error("", "nothing ends the years; give duration = \"10 years\", the labs' deadline");
    if (s_.duration && *s_.duration > seconds(1000 * seconds_per_year))
      error("duration", fmt::format("duration = {}, but at most 1000 years are wanted",
                                    format_quantity(*s_.duration)));
    check_samples();
    if (s_.lab) check_lab(*s_.lab, "lab");
    if (s_.rival) check_lab(*s_.rival, "rival");
    if (s_.lab && s_.rival && s_.lab->name == s_.rival->name && reader_.sound("rival"))
      error("rival",
            fmt::format("both labs are called '{}'; give rival.name = \"rival\"", s_.lab->name));
    if (s_.world && reader_.sound("world")) check_world(*s_.world);
  }

 private:
  void error(std::string_view path, std::string what) {
    diagnostics_.error(reader_.where(path), std::move(what));
  }

  void check_samples() {
    constexpr double most = 1e6;
    if (!s_.duration || !(s_.output.years > Seconds())) return;
    const double n = *s_.duration / s_.output.years;
    if (n > most)
      error("output.years", fmt::format("{:.2g} samples are more than the {:.0e} that a result may "
                                        "have; take output.years = \"{}\" or longer, or \"0 s\"",
                                        n, most, format_quantity(*s_.duration / (most / 10))));
  }

  void check_lab(const lab::LabConfig& lab, const std::string& path) {
    if (!reader_.sound(path)) return;
    try {
      lab::make_strategy(lab);
    } catch (const std::invalid_argument& problem) {
      error(path + ".strategy", problem.what());
    }
    if (lab.strategy == lab::StrategyKind::Race && !s_.rival)
      error(path + ".strategy",
            "there is nobody to race against; give [rival], or another strategy");
    check_growth(lab.serving_growth, path + ".serving_growth");
    const bool fails = s_.failures.causes && s_.failures.random;
    if ((lab.months || fails) && !s_.run.checkpoint.write && reader_.sound("run.checkpoint"))
      error("run.checkpoint.write",
            "without a model the size of a checkpoint is not known; give "
            "run.checkpoint.write = \"5 min\"");
    if (lab.experiments + lab.serving >= 1)
      error(path + (lab.serving > 0 ? ".serving" : ".experiments"),
            fmt::format("experiments and serving take {:g} of the cluster, and leave nothing to "
                        "train on; give less than 1 together",
                        lab.experiments + lab.serving));
  }

  /// Powers of it over the years must stay numbers.
  void check_growth(double growth, std::string_view path) {
    constexpr double most = 1000;
    if (growth > most || growth < 1 / most)
      return error(
          path, fmt::format("{} = {:g} times a year, but 0.001 to 1000 is wanted", path, growth));
    check_logarithm(std::abs(std::log(growth)) * years(), path);
  }

  /// A natural logarithm of what has grown by the deadline.
  void check_logarithm(double grown, std::string_view path) {
    constexpr double most = 230;  // 1e100
    if (!(grown <= most))
      error(path,
            fmt::format("what grows so for {:.4g} years is no number any more; take less of it "
                        "or a shorter duration",
                        years()));
  }
  double years() const { return s_.duration.value_or(Seconds()).value() / seconds_per_year; }

  void check_growths(const world::World& world) {
    check_growth(world.algorithms.growth, "world.algorithms.growth");
    check_growth(world.money.growth, "world.money.growth");
    const double a = world.algorithms.acceleration * years();
    if (const auto& jumps = world.algorithms.jumps)
      check_logarithm(
          jumps->rate.value() * seconds_per_year * years() * std::log(jumps->factor.mean().value()),
          "world.algorithms.jumps");
    check_logarithm(world::initial_rate(world.algorithms).value() * seconds_per_year * years() *
                        (a == 0 ? 1 : std::expm1(a) / a),
                    "world.algorithms");
    if (world.data)
      for (std::size_t i = 0; i < world.data->stocks.size(); ++i)
        check_growth(world.data->stocks[i].growth, fmt::format("world.data.stock[{}].growth", i));
    if (!world.trend) return;
    check_growth(world.trend->chips_growth, "world.trend.chips_growth");
    check_growth(world.trend->flops_growth, "world.trend.flops_growth");
    check_growth(world.trend->power_growth, "world.trend.power_growth");
    check_growth(world.trend->price_growth, "world.trend.price_growth");
  }

  void check_world(const world::World& world) {
    check_growths(world);
    if (!training::find_scaling_law(world.scaling))
      error("world.scaling",
            fmt::format("there is no scaling law '{}'; take {}", world.scaling,
                        fmt::join(training::names_of(training::scaling_laws()), " or ")));
    const auto& algorithms = world.algorithms;
    if (algorithms.halving && algorithms.growth != 1)
      error("world.algorithms.halving", "growth and halving exclude each other; take one out");
    if (!world.trend && world.phases.empty())
      error("world", "there are no chips in this world; give [world.trend] or [[world.phase]]");
    if (world.trend && !world.trend->chips) check_bounded(world);
    if (world.trend && !(world.trend->chip.flops > flop_per_second(0)))
      error("world.trend.flops", "its chips have no peak; give flops = \"1 PFLOP/s\"");
    for (std::size_t i = 0; i < world.phases.size(); ++i)
      check_phase(world.phases[i], fmt::format("world.phase[{}]", i));
    check_step(world);
    check_revenue(world);
    for (std::size_t i = 0; i < world.sites.size(); ++i)
      check_site(world.sites[i], fmt::format("world.site[{}]", i));
  }

  void check_phase(const world::Phase& phase, const std::string& path) {
    check_moment_of_run(phase.at, path, ".name", "the phase comes", s_.start, reader_,
                        diagnostics_);
    if (!phase.platform && !(phase.chip.flops > flop_per_second(0)))
      error(path + ".flops",
            "its chips have no peak; give flops = \"1 PFLOP/s\", or a platform card");
  }

  void check_step(const world::World& world) {
    const bool simulated = std::ranges::any_of(
        world.phases, [](const world::Phase& phase) { return phase.platform.has_value(); });
    if (simulated && !world.step)
      error(
          "world.phase",
          "runs on a platform are timed by the step model; give [world.step], with its batch law");
    if (!world.step) return;
    const auto law = training::find_batch_law(world.step->batch_law);
    if (!law)
      return error("world.step.batch_law",
                   fmt::format("there is no batch law '{}'; take {}", world.step->batch_law,
                               fmt::join(training::names_of(training::batch_laws()), ", ")));
    const auto& step = *world.step;
    if (law->driver == training::BatchDriver::Loss)
      error("world.step.batch_law",
            "laws of the loss need the loss that a run reaches; take another");
    try {
      if (step.anchor)
        training::anchored(
            *law, {*step.anchor, step.anchor_parameters, step.anchor_data, step.anchor_source});
      else if (!law->factor)
        error("world.step.batch_law",
              fmt::format("the batch law {} has no published factor; give anchor, where it holds "
                          "and anchor_source",
                          law->name));
    } catch (const std::invalid_argument& problem) {
      error("world.step.anchor", problem.what());
    }
  }

  void check_revenue(const world::World& world) {
    if (!world.revenue || !reader_.sound("world.revenue")) return;
    try {
      formulas::Expressions({world::revenue_names.begin(), world::revenue_names.end()})
          .add(world.revenue->formula);
    } catch (const std::invalid_argument& problem) {
      error("world.revenue.formula",
            fmt::format("'{}' cannot be evaluated: {}; it may name {}", world.revenue->formula,
                        problem.what(), fmt::join(world::revenue_names, ", ")));
    }
  }

  /// A trend without a number of chips grows as far as money or power let it.
  void check_bounded(const world::World& world) {
    const bool paid = world.money.budget && world.trend->chip.price > dollars(0);
    bool powered = !world.sites.empty() && world.trend->chip.power > watts(0);
    for (const auto& site : world.sites)
      powered = powered && (site.supply.cap || !site.sources.empty());
    if (!paid && !powered)
      error("world.trend",
            "nothing bounds the number of chips; give chips, or world.money.budget with a price, "
            "or caps of all sites with a power");
  }

  void check_site(const world::Site& site, const std::string& path) {
    Seconds last;
    for (std::size_t i = 0; i < site.supply.cap_steps.size(); ++i) {
      const auto& step = site.supply.cap_steps[i];
      const auto at = fmt::format("{}.step[{}]", path, i);
      if (!check_moment_of_run(step.at, at, ".cap", "the cap comes", s_.start, reader_,
                               diagnostics_))
        continue;
      const Seconds time = since(s_.start, step.at);
      if (i > 0 && time <= last)
        error(at + (step.at.date ? ".date" : ".at"),
              "steps come in the order of time; this one is no later than the one before");
      last = time;
    }
    for (std::size_t i = 0; i < site.sources.size(); ++i)
      check_moment(site.sources[i].at, fmt::format("{}.source[{}]", path, i), ".power", reader_,
                   diagnostics_);
  }

  const Scenario& s_;
  const Reader& reader_;
  Diagnostics& diagnostics_;
};

}  // namespace

bool is_of_years(const Scenario& scenario) {
  return scenario.world || scenario.lab || scenario.rival;
}

void check_years(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics) {
  YearsChecker(scenario, reader, diagnostics).check_all();
}

}  // namespace longhaul::scenario
