#include "scenario/checks_months.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "fabric/fabric_config.hpp"
#include "scenario/checks_moment.hpp"
#include "training/calibration.hpp"
#include "training/kernels.hpp"
#include "training/memory.hpp"
#include "training/plan.hpp"
#include "units/format.hpp"

namespace longhaul::scenario {

namespace {

/// Planned work more often than this would be an event a step.
const Seconds shortest_train = minutes(1);
/// Causes with a life keep one date for each of what they strike.
constexpr double most_lives = 1e7;
/// Each node is kept by itself.
constexpr std::int64_t most_nodes = 10'000'000;

class MonthsChecker {
 public:
  MonthsChecker(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics)
      : s_(scenario), reader_(reader), diagnostics_(diagnostics) {}

  void check_all() {
    check_causes();
    check_diagnosis();
    check_tiers();
    check_other_runs();
    check_nodes();
    check_arrivals();
    check_split();
    check_elastic();
    check_decisions();
    if (s_.maintenance.every > Seconds() && s_.maintenance.every < shortest_train)
      error("maintenance.every",
            fmt::format("maintenance.every = {}, but at least {} is wanted, or 0 for none",
                        format_quantity(s_.maintenance.every), format_quantity(shortest_train)));
  }

 private:
  void error(std::string_view path, std::string what) {
    diagnostics_.error(reader_.where(path), std::move(what));
  }

  void check_causes() {
    const auto& failures = s_.failures;
    if (failures.replay && !failures.causes && reader_.sound("failures.causes"))
      error("failures.replay", "a replay needs failures.causes, which name what its rows refer to");
    if (!failures.causes || !reader_.sound("failures.causes")) return;
    std::set<std::string, std::less<>> names;
    for (std::size_t i = 0; i < failures.causes->causes.size(); ++i)
      check_cause(failures.causes->causes[i], fmt::format("failures.causes.cause[{}]", i), names);
  }

  void check_cause(const operations::FailureCause& cause, const std::string& path,
                   std::set<std::string, std::less<>>& names) {
    using operations::Strikes;
    if (!names.insert(cause.name).second)
      error(path + ".name", fmt::format("cause '{}' is named twice; give each cause a name of its "
                                        "own",
                                        cause.name));
    if (cause.mtbf && cause.life)
      error(path + ".life",
            fmt::format("cause '{}' has an mtbf and a life; take one of them out", cause.name));
    if ((cause.mtbf || cause.life) && cause.count > 0)
      error(path + ".count", fmt::format("cause '{}' has a count and {}; take one of them out",
                                         cause.name, cause.mtbf ? "an mtbf" : "a life"));
    const bool is_network = cause.strikes == Strikes::Switch || cause.strikes == Strikes::Link;
    if ((cause.mtbf || cause.life) && is_network && !s_.platform)
      error(path + ".strikes",
            fmt::format("without a platform the switches and links that cause '{}' strikes cannot "
                        "be counted; give its count, or cluster.platform",
                        cause.name));
    if (cause.degrades) check_degrading(cause, path, is_network);
    if (cause.repair && cause.repair->crews > 0)
      error(path + ".repair.crews",
            fmt::format("crews repair whatever failed; give those of cause '{}' as repair.crews",
                        cause.name));
    const operations::RepairConfig none;
    if (cause.repair && (cause.repair->bar_score != none.bar_score ||
                         cause.repair->score_half_life != none.score_half_life))
      error(path + ".repair.bar_score",
            fmt::format("a node's score is of all its failures; give repair.bar_score, and what "
                        "those of cause '{}' count as its `score`",
                        cause.name));
    if (cause.life && static_cast<double>(s_.run.gpus) > most_lives)
      error(path + ".life",
            fmt::format("a life for each of {} GPUs is more than can be kept; give cause '{}' an "
                        "mtbf",
                        s_.run.gpus, cause.name));
    if (cause.planned && (cause.slows > 1 || cause.corrupts))
      error(path + ".planned",
            fmt::format("cause '{}' is announced, so it neither slows nor corrupts; take "
                        "one of them out",
                        cause.name));
    if (cause.corrupts && !cause.latent)
      error(path + ".corrupts",
            fmt::format("it must be noticed at some time that cause '{}' corrupted the state; give "
                        "latent = \"1 day\"",
                        cause.name));
    if (cause.latent && !cause.corrupts && !(cause.slows > 1))
      error(path + ".latent",
            fmt::format("cause '{}' stops the run at once; give slows = 1.1 or corrupts = true for "
                        "one that is noticed later",
                        cause.name));
  }

  void check_degrading(const operations::FailureCause& cause, const std::string& path,
                       bool is_network) {
    if (!is_network)
      error(
          path + ".degrades",
          fmt::format("cause '{}' strikes no switch and no link, so the fabric is whole after it; "
                      "give strikes = \"switch\" or \"link\", or take degrades out",
                      cause.name));
    else if (!s_.platform && reader_.sound("cluster"))
      error(path + ".degrades",
            fmt::format("without a platform there is no fabric for cause '{}' to degrade; give "
                        "cluster.platform, or take degrades out",
                        cause.name));
    if (cause.planned || cause.slows > 1 || cause.corrupts)
      error(path + ".degrades",
            fmt::format("cause '{}' degrades the fabric, so it is neither planned nor slows nor "
                        "corrupts the run by itself; take one of them out",
                        cause.name));
  }

  void check_diagnosis() {
    const auto& diagnosis = s_.diagnosis;
    if (diagnosis.missed + diagnosis.wrong > 1)
      error("recovery.diagnosis.wrong",
            fmt::format("recovery.diagnosis.missed and .wrong add up to {}, but shares of one "
                        "whole are wanted",
                        diagnosis.missed + diagnosis.wrong));
  }

  void check_tiers() {
    const auto& checkpoint = s_.run.checkpoint;
    if (checkpoint.drain && !checkpoint.background)
      error("run.checkpoint.drain",
            "nothing drains where the run waits for the store; give background = true");
    const bool nearest_drains = checkpoint.tiers.empty()
                                    ? checkpoint.background
                                    : checkpoint.tiers.front().drain > Seconds();
    if (checkpoint.policy == operations::IntervalPolicy::Step && nearest_drains)
      error("run.checkpoint.interval",
            "what is saved in every step cannot drain behind it; give interval = \"daly\", or a "
            "nearest tier without drain");
    if (!s_.run.model && checkpoint.background && !checkpoint.drain &&
        reader_.sound("run.checkpoint"))
      error("run.checkpoint.background",
            "without a model the size of a checkpoint is not known; give run.checkpoint.drain = "
            "\"1 min\"");
  }

  void check_other_runs() {
    const auto& checkpoint = s_.run.checkpoint;
    if (checkpoint.others.empty() || !reader_.sound("run.checkpoint")) return;
    const auto refuse = [this](std::string what) {
      error("run.checkpoint.other", std::move(what));
    };
    if (!s_.platform || s_.run.fidelity != Fidelity::Flow)
      return refuse(
          "only flows share a store; give cluster.platform and fidelity = \"flow\", or take the "
          "other runs out");
    if (checkpoint.background ? checkpoint.drain.has_value() : checkpoint.write.has_value())
      refuse(
          fmt::format("run.checkpoint.{} says how long the store takes, whoever else writes to "
                      "it; take that out, or the other runs",
                      checkpoint.background ? "drain" : "write"));
    std::set<std::string> names;
    for (std::size_t i = 0; i < checkpoint.others.size(); ++i)
      if (!names.insert(checkpoint.others[i].name).second)
        error(fmt::format("run.checkpoint.other[{}].name", i),
              fmt::format("two runs are called '{}'; give each a name of its own",
                          checkpoint.others[i].name));
  }

  void check_nodes() {
    if (!reader_.sound("cluster") || !reader_.sound("run.gpus") || !reader_.sound("spares")) return;
    if (s_.platform && s_.nodes.count > 0)
      error("cluster.nodes",
            "a platform has its nodes; take cluster.nodes or cluster.platform out");
    if (s_.nodes.count > most_nodes)
      return error("cluster.nodes", fmt::format("cluster.nodes = {}, but at most {} is wanted",
                                                s_.nodes.count, most_nodes));
    const auto n = count_nodes(s_);
    if (n == 0) return check_without_nodes();
    const auto per_node = s_.platform ? s_.platform->fabric.gpus_per_node : s_.nodes.gpus_per_node;
    if (!s_.platform && s_.run.gpus % per_node != 0)
      error("run.gpus", fmt::format("run.gpus = {} leaves a node of {} GPUs partly used; take a "
                                    "multiple of {}",
                                    s_.run.gpus, per_node, per_node));
    std::int64_t arriving = 0;
    for (const auto& arrival : s_.arrivals) arriving += arrival.nodes;
    const auto used = s_.run.gpus / per_node;
    const bool said = s_.platform && used > n;  // where the platform is checked
    if (!said && used > n - arriving - s_.spares.cold)
      error(arriving > 0 ? "cluster.arrival" : (s_.spares.cold > 0 ? "spares.cold" : "run.gpus"),
            fmt::format("the run needs {} nodes at its start, but of {} nodes {} arrive later and "
                        "{} are cold spares; take fewer of them, or fewer GPUs",
                        used, n, arriving, s_.spares.cold));
  }

  /// Nodes that are not told apart can neither arrive nor stand by.
  void check_without_nodes() {
    const auto wants = [this](bool given, std::string_view path) {
      if (given)
        error(path, fmt::format("{} needs nodes that are told apart; give cluster.platform or "
                                "cluster.nodes",
                                path));
    };
    wants(!s_.arrivals.empty(), "cluster.arrival");
    wants(s_.spares.warm > 0, "spares.warm");
    wants(s_.spares.cold > 0, "spares.cold");
    wants(s_.failures.lemons.share > 0, "failures.lemons.share");
    wants(s_.maintenance.every > Seconds(), "maintenance.every");
    wants(s_.run.elastic.has_value(), "run.elastic");
  }

  void check_arrivals() {
    if (!reader_.sound("cluster.arrival")) return;
    for (std::size_t i = 0; i < s_.arrivals.size(); ++i) {
      const auto path = fmt::format("cluster.arrival[{}]", i);
      check_moment_of_run(s_.arrivals[i].at, path, ".nodes", "nodes arrive", s_.start, reader_,
                          diagnostics_);
      check_chip(s_.arrivals[i], path + ".chip");
    }
  }

  /// The run may come to stand on them, as its spares or as it grows.
  void check_chip(const Arrival& arrival, const std::string& path) {
    if (!arrival.chip || !reader_.sound(path)) return;
    const auto& chip = *arrival.chip;
    if (!s_.platform) return error(path, "without a platform nodes have no chip; take `chip` out");
    const auto& own = s_.platform->chip;
    if (chip.nic_bandwidth < own.nic_bandwidth || chip.scale_up_bandwidth < own.scale_up_bandwidth)
      return error(path, fmt::format("{} has slower links than {}, whose the fabric is made for; "
                                     "give the platform the chip with the slower links, and let "
                                     "the other arrive",
                                     chip.name, own.name));
    if (!s_.run.model)
      return error(path,
                   "without a model nothing says what a step takes on another chip; give "
                   "run.model, or take `chip` out");
    if (s_.run.across_sites)
      return error(path,
                   "sites that train together are alike; take `chip` or [run.across_sites] "
                   "out");
    const auto& run = s_.run;
    if (!(training::matrix_peak(chip, run.plan.precision) > flop_per_second(0)))
      return error(path, fmt::format("{} has no peak rate for run.plan.precision = {}, in which "
                                     "all replicas train; take another of either",
                                     chip.name, training::precision_name(run.plan.precision)));
    if (!reader_.sound("run.plan") || !reader_.sound("run.model") || !plan_counts_gpus()) return;
    if (!training::problems(run.plan, run.model->shape, run.batch, run.gpus).empty()) return;
    const auto memory = training::check_memory(run.model->shape, run.plan, run.batch, chip);
    if (!memory.fits) error(path, fmt::format("on {}, run.plan {}", chip.name, memory.advice));
  }

  /// Replicas that wait for each other within a step cannot have unequal parts of it.
  void check_split() {
    if (s_.run.split != training::BatchSplit::BySpeed || !reader_.sound("run.plan")) return;
    const auto refuse = [this](const char* why) {
      error("run.split", fmt::format("{}; take split = \"equal\"", why));
    };
    const auto& plan = s_.run.plan;
    if (!s_.run.model)
      refuse("without a model a run has no replicas to share its batch");
    else if (plan.expert > 1)
      refuse("replicas share experts and exchange tokens in every layer, so they go in step");
    else if (plan.zero_stage >= 2)
      refuse("under ZeRO-2 and ZeRO-3 replicas reduce gradients several times a step, in step");
    else if (s_.run.across_sites)
      refuse("sites that train together are alike");
  }

  /// Whether the plan's degrees make up the run's GPUs; said where the plan is checked.
  bool plan_counts_gpus() const {
    const auto& plan = s_.run.plan;
    const double gpus = static_cast<double>(plan.tensor) * static_cast<double>(plan.pipeline) *
                        static_cast<double>(plan.data) * static_cast<double>(plan.context);
    return gpus == static_cast<double>(s_.run.gpus);
  }

  void check_elastic() {
    const bool shrinks = s_.power.response == operations::Response::Shrink;
    if (shrinks &&
        std::ranges::any_of(s_.arrivals, [](const auto& a) { return a.chip.has_value(); }))
      error("power.response",
            "nodes on several chips draw unlike power, so nothing says which to give up; take "
            "response = \"pause\" or \"frequency\"");
    if (shrinks && !s_.run.elastic)
      error("power.response",
            "a run gives replicas up only where it is elastic; give run.elastic = {}");
    if (!s_.run.elastic || !reader_.sound("run.elastic") || !reader_.sound("run.plan")) return;
    const auto& elastic = *s_.run.elastic;
    if (elastic.most_data > 0 && elastic.most_data < elastic.least_data)
      error("run.elastic.most_data",
            fmt::format("run.elastic.most_data = {}, but least_data is {}; take at least that",
                        elastic.most_data, elastic.least_data));
    if (s_.run.model && elastic.least_data > s_.run.plan.data)
      error("run.elastic.least_data",
            fmt::format("run.elastic.least_data = {}, but the plan's data is {}; take at most that",
                        elastic.least_data, s_.run.plan.data));
    if (elastic.reshard && !s_.run.model)
      error("run.elastic.reshard",
            "without a model nothing says how much state there is; give what it takes as "
            "run.elastic.reconfigure");
    if (elastic.most_data > most_nodes)
      error("run.elastic.most_data", fmt::format("run.elastic.most_data = {}, but at most {} is "
                                                 "wanted",
                                                 elastic.most_data, most_nodes));
  }

  void check_decisions() {
    if (!reader_.sound("run.decision")) return;
    for (std::size_t i = 0; i < s_.run.decisions.size(); ++i)
      check_decision(s_.run.decisions[i], fmt::format("run.decision[{}]", i));
  }

  void check_decision(const Decision& decision, const std::string& path) {
    using Kind = operations::Decision::Kind;
    check_moment_of_run(decision.at, path, ".kind", "decided", s_.start, reader_, diagnostics_);
    const auto only = [&](bool given, std::string_view key, Kind kind, std::string_view of) {
      if (given && decision.kind != kind)
        error(fmt::format("{}.{}", path, key),
              fmt::format("{} is of a decision to {}; take it out", key, of));
    };
    only(decision.steps.has_value(), "steps", Kind::Extend, "extend");
    only(decision.duration.has_value(), "duration", Kind::Extend, "extend");
    only(decision.global_batch.has_value(), "global_batch", Kind::Restart, "restart");
    only(decision.step_time.has_value(), "step_time", Kind::Restart, "restart");
    if (decision.kind == Kind::Extend) check_extension(decision, path);
    if (decision.kind == Kind::Restart) check_restart(decision, path);
  }

  void check_extension(const Decision& decision, const std::string& path) {
    if (!decision.steps && !decision.duration)
      error(path + ".kind",
            "nothing says by how much; give steps = 1000 or duration = \"10 days\"");
    if (decision.steps && !s_.run.steps)
      error(path + ".steps", "run.steps is not given, so there is nothing to extend");
    if (decision.duration && !s_.duration)
      error(path + ".duration", "`duration` is not given, so there is nothing to extend");
  }

  void check_restart(const Decision& decision, const std::string& path) {
    if (s_.run.model && decision.step_time)
      error(path + ".step_time",
            "the step of a model follows from its batch; give global_batch in its place");
    if (!s_.run.model && decision.global_batch)
      error(path + ".global_batch", "without a model a batch says nothing; give step_time");
    if (!s_.run.model || !decision.global_batch || !s_.platform) return;
    if (!reader_.sound("run.plan") || !reader_.sound("run.model")) return;
    if (!plan_counts_gpus()) return;
    auto batch = s_.run.batch;
    batch.sequences = *decision.global_batch;
    const auto wrong = training::problems(s_.run.plan, s_.run.model->shape, batch, s_.run.gpus);
    for (const auto& problem : wrong)
      if (std::string_view(problem.field) == "global_batch")
        error(path + ".global_batch", fmt::format("{}; {}", problem.what, problem.fix));
  }

  const Scenario& s_;
  const Reader& reader_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::int64_t count_nodes(const Scenario& scenario) {
  if (!scenario.platform) return scenario.nodes.count;
  try {
    const auto& fabric = scenario.platform->fabric;
    return (count_gpus(fabric) - count_standing_by(fabric)) / fabric.gpus_per_node;
  } catch (const std::invalid_argument&) {
    return 0;  // said where the fabric is checked
  }
}

void check_months(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics) {
  MonthsChecker(scenario, reader, diagnostics).check_all();
}

}  // namespace longhaul::scenario
