#include "training/wall_run.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "training/kernels.hpp"
#include "training/memory.hpp"

namespace longhaul::training {
namespace {

constexpr std::int64_t most_stages = 512;
constexpr std::int64_t most_microbatch = 64;
constexpr std::int64_t most_chunks = 32;

double as_double(std::int64_t n) { return static_cast<double>(n); }

}  // namespace

GrowthLaws laws_of(const WallConfig& config) {
  GrowthLaws laws;
  laws.model = *find_model_law(config.model_law);
  laws.model.rule.ratio = config.tokens_per_parameter;
  laws.depth = *find_depth_law(config.depth_law);
  laws.depth.factor *= config.depth_factor;
  laws.batch = *find_batch_law(config.batch_law);
  if (config.anchor)
    laws.batch = anchored(laws.batch, {*config.anchor, config.anchor_parameters, config.anchor_data,
                                       config.anchor_source});
  laws.batch_over_critical = config.batch_over_critical;
  laws.trade_off = config.trade_off;
  return laws;
}

std::string_view binding_name(Binding binding) {
  switch (binding) {
    case Binding::Nothing:
      return "nothing";
    case Binding::KernelLatency:
      return "kernel latency";
    case Binding::DomainLatency:
      return "collective latency inside the domain";
    case Binding::NetworkLatency:
      return "collective latency across the network";
    case Binding::Bubble:
      return "bubble";
    case Binding::Bandwidth:
      return "bandwidth";
    case Binding::Memory:
      return "memory";
    case Binding::Batch:
      return "batch";
  }
  return "nothing";
}

namespace {

/// The step of any plan of one run.
class Steps {
 public:
  Steps(const WallSetup& setup, const ModelShape& shape, const Batch& batch)
      : setup_(setup),
        chip_(setup.chip),
        efficiency_(setup.efficiency),
        shape_(shape),
        batch_(batch) {
    // The waves of one multiprocessor are as many as the tiles: all are full.
    if (setup.split_products) chip_.multiprocessors = 1;
    if (!setup.kernel_latency) return;
    const auto layer = collectives_of(setup.form);
    const double waiting = layer.with_kernel ? layer.n_matmuls : 0.0;
    efficiency_.launch = waiting / counted_kernels(setup) * *setup.kernel_latency;
    efficiency_.layer_issue = efficiency_.host_step = seconds(0);
  }

  StepTime time(const Plan& plan) { return time(plan, tensor(plan), setup_.network, efficiency_); }
  Seconds time_without(Binding cause, const Plan& plan);

  /// Of a layer's products for one microbatch on one GPU, at the rate of large ones, forward.
  Seconds ideal_pass(const Plan& plan) const {
    const double tokens = as_double(tokens_per_rank(plan, batch_));
    return tokens / as_double(plan.tensor) * layer_matrix_flop(shape_, LayerKind::Dense) /
           (efficiency_.gemm * matrix_peak(setup_.chip, plan.precision));
  }
  /// The grid depends on the tensor degree, the tokens of a microbatch on a rank and the tiers.
  const TensorTraffic& tensor(const Plan& plan) {
    const std::int64_t n = gpus(plan);
    const auto tokens = tokens_per_rank(plan, batch_);
    const auto [found, is_new] =
        grids_.try_emplace({plan.tensor, tokens, fabric::tiers_for(setup_.network.family, n)});
    if (!is_new) return found->second;
    const TensorPayload payload = payload_of(tokens);
    found->second = setup_.grid
                        ? grid_traffic(*setup_.grid, payload, setup_.network, n, efficiency_)
                        : fastest_grid(plan.tensor, payload, setup_.network, n, efficiency_);
    return found->second;
  }

 private:
  /// 16-bit activations. Attention's inner ones, queries to keys and values, then what was
  /// attended, are 3 and 1 times as wide as the stream; the MLP's f/h.
  TensorPayload payload_of(std::int64_t tokens) const {
    const Bytes outer = bytes(2.0 * as_double(shape_.hidden * tokens));
    const double of_mlp = as_double(shape_.ffn_hidden) / as_double(shape_.hidden);
    return {outer, (of_mlp + 2.0) / 2.0 * outer, setup_.form};
  }

  /// Of tensor collectives only what moves bytes can hide under products: their latencies follow
  /// one another, each waiting for the last one's result.
  StepTime time(const Plan& plan, const TensorTraffic& tensor, const GrownNetwork& network,
                Efficiency efficiency) const {
    efficiency.tensor_overlap *= moving_share(tensor, efficiency);
    const Traffic phases = traffic(shape_, plan, batch_, network.domain);
    return step_time(shape_, plan, batch_, chip_, efficiency, phases,
                     grown_times(phases, tensor, network, gpus(plan), efficiency));
  }

  const WallSetup& setup_;
  hardware::Chip chip_;
  Efficiency efficiency_;
  const ModelShape& shape_;
  const Batch& batch_;
  std::map<std::tuple<std::int64_t, std::int64_t, std::size_t>, TensorTraffic> grids_;
};

Seconds Steps::time_without(Binding cause, const Plan& plan) {
  TensorTraffic grid = tensor(plan);
  GrownNetwork network = setup_.network;
  Efficiency efficiency = efficiency_;
  const bool in_domain = plan.tensor <= network.domain && !network.family.torus;
  const Seconds none;
  const BytesPerSecond any = bytes_per_second(1e30);
  auto& torus = network.family.torus;
  switch (cause) {
    case Binding::KernelLatency:
      efficiency.launch = efficiency.layer_issue = efficiency.host_step = none;
      break;
    case Binding::DomainLatency:
      grid.way.inside = efficiency.scale_up_hop = none;
      if (in_domain) efficiency.tensor_alpha = none;
      break;
    case Binding::NetworkLatency:
      grid.way.outside = none;
      efficiency.scale_out_hop = efficiency.pipeline_alpha = efficiency.data_alpha = none;
      if (!in_domain) efficiency.tensor_alpha = none;
      for (fabric::Tier& tier : network.family.tiers) tier.latency = none;
      if (torus) torus->link_latency = none;
      break;
    case Binding::Bandwidth:
      grid.way.transfer = none;
      network.scale_up = network.scale_out = any;
      for (fabric::Tier& tier : network.family.tiers) tier.bandwidth = any;
      if (torus) torus->bandwidth = any;
      break;
    default:
      break;
  }
  return time(plan, grid, network, efficiency).total;
}

/// A way to keep less in memory.
struct Kept {
  Recompute recompute;
  double share;
};
constexpr std::array<Kept, 3> ways_to_keep{
    {{Recompute::None, 1.0}, {Recompute::Full, 0.5}, {Recompute::Full, 1.0}}};

/// Looks for the best plan of one run.
class Search {
 public:
  Search(const WallSetup& setup, WallPoint& point)
      : setup_(setup),
        point_(point),
        steps_(setup, point.shape, point.batch),
        allowed_(setup.duration / point.run.steps),
        trained_(point.run.examples * (point.compute / point.run.steps)) {}

  void find() {
    const auto most = std::min(most_stages, point_.shape.layers);
    for (const std::int64_t tensor : round_divisors(point_.shape.heads)) {
      if (setup_.grid && tensor != setup_.grid->rows * setup_.grid->columns) continue;
      for (std::int64_t pipeline = 1; pipeline <= most; pipeline *= 2)
        try_degrees(tensor, pipeline);
    }
    if (point_.fits) explain();
  }

 private:
  void try_degrees(std::int64_t tensor, std::int64_t pipeline) {
    Plan plan = setup_.plan;
    plan.tensor = tensor;
    plan.pipeline = pipeline;
    plan.sequence_parallel = tensor > 1;
    plan.uneven_layers = true;
    plan.context = 1;
    const auto sequences = point_.batch.sequences;
    for (std::int64_t n = 1; n <= most_microbatch && sequences % n == 0; n *= 2) {
      plan.microbatch = n;
      try_chunks(plan);
    }
    plan.microbatch = 1;
    for (const std::int64_t n : round_divisors(point_.batch.sequence)) {
      if (n == 1 || point_.batch.sequence / n < least_context_tokens) continue;
      plan.context = n;
      try_chunks(plan);
    }
  }

  void try_chunks(Plan plan) {
    const auto& replicas = replicas_of(plan.microbatch);
    plan.virtual_stages = 1;
    try_kept(plan, replicas);
    if (plan.pipeline == 1 || plan.schedule != PipelineSchedule::OneForwardOneBackward) return;
    const auto layers = fullest_mix(point_.shape, plan).dense;
    // Interleaving wants microbatches in multiples of the stages.
    std::vector<std::int64_t> fitting;
    for (const auto n : replicas)
      if (point_.batch.sequences / (n * plan.microbatch) % plan.pipeline == 0) fitting.push_back(n);
    if (fitting.empty()) return;
    for (std::int64_t chunks = 2; chunks <= std::min(most_chunks, layers); ++chunks) {
      plan.virtual_stages = chunks;
      if (layers % chunks == 0) try_kept(plan, fitting);
    }
  }

  const std::vector<std::int64_t>& replicas_of(std::int64_t microbatch) {
    auto& replicas = replicas_[microbatch];
    if (replicas.empty()) replicas = divisors(point_.batch.sequences / microbatch);
    return replicas;
  }

  void try_kept(Plan plan, const std::vector<std::int64_t>& replicas) {
    for (const Kept& kept : ways_to_keep) {
      plan.recompute = kept.recompute;
      plan.recompute_share = kept.share;
      try_replicas(plan, replicas);
    }
  }

  /// Bisects for the fewest replicas that are in time.
  void try_replicas(Plan plan, const std::vector<std::int64_t>& replicas) {
    const auto with = [&](std::size_t i) {
      plan.data = replicas[i];
      return plan;
    };
    std::size_t high = replicas.size() - 1;
    const double of_replica =
        as_double(plan.tensor) * as_double(plan.pipeline) * as_double(plan.context);
    while (high > 0 && of_replica * as_double(replicas[high]) > most_gpus) --high;
    const Seconds fastest_possible = least_time(with(high));
    if (fastest_possible > allowed_ &&
        (point_.in_time || (point_.fits && fastest_possible >= point_.step.total)))
      return;
    std::size_t low = 0;
    while (low < high && least_time(with(low)) > allowed_) ++low;
    if (point_.in_time && utilisation(with(low), least_time(with(low))) <= point_.utilisation)
      return;
    if (!consider(with(high))) return;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (consider(with(middle)))
        high = middle;
      else
        low = middle + 1;
    }
  }

  /// What no step of the plan can be shorter than: its products, at the stack's pace, and the
  /// bubble.
  Seconds least_time(const Plan& plan) const {
    const double passes = 3.0 + forward_again(plan);
    const double layers = as_double(fullest_mix(point_.shape, plan).dense);
    const double filling = as_double(plan.pipeline - 1) / as_double(plan.virtual_stages) *
                           as_double(point_.shape.layers) / as_double(plan.pipeline) / layers;
    return (as_double(microbatches(plan, point_.batch)) +
            (plan.schedule == PipelineSchedule::OneForwardOneBackward ? filling : 0.0)) *
           layers * passes * setup_.efficiency.stack_factor * steps_.ideal_pass(plan);
  }

  double utilisation(const Plan& plan, Seconds step) const {
    return trained_ / (as_double(gpus(plan)) * matrix_peak(setup_.chip, plan.precision) * step);
  }

  /// Whether the plan is in time; the point takes it where it is better.
  bool consider(const Plan& plan) {
    if (!can_run(plan, point_.shape, point_.batch, gpus(plan)) ||
        !fits_memory(point_.shape, plan, point_.batch, setup_.chip))
      return false;
    const StepTime step = steps_.time(plan);
    const bool in_time = step.total <= allowed_;
    const double reached = utilisation(plan, step.total);
    const bool better = in_time
                            ? !point_.in_time || reached > point_.utilisation ||
                                  (reached == point_.utilisation && gpus(plan) < point_.gpus)
                            : !point_.in_time && (!point_.fits || step.total < point_.step.total);
    if (better) {
      point_.plan = plan;
      point_.step = step;
      point_.gpus = gpus(plan);
      point_.utilisation = in_time ? reached : 0.0;
      point_.in_time = in_time;
      point_.fits = true;
    }
    return in_time;
  }

  void explain() {
    const Plan& plan = point_.plan;
    const StepTime& step = point_.step;
    point_.grid = steps_.tensor(plan).grid;
    const auto lose = [&](Binding cause, Seconds time) {
      point_.lost[static_cast<std::size_t>(cause)] = std::max(0.0, double(time / step.total));
    };
    for (const Binding cause : {Binding::KernelLatency, Binding::DomainLatency,
                                Binding::NetworkLatency, Binding::Bandwidth})
      lose(cause, step.total - steps_.time_without(cause, plan));
    lose(Binding::Bubble, step.terms.bubble);
    // Stages that the pipeline fills, one after the other, lose the same as the longest.
    const auto& terms = step.terms;
    const Seconds passes = terms.gemm + terms.attention + terms.elementwise + terms.recompute +
                           terms.launch + terms.tensor + terms.context;
    const double all = 1.0 + double(terms.bubble / passes);
    lose(Binding::Memory, all * (terms.elementwise + terms.recompute) + terms.optimizer);
    const double layers = as_double(fullest_mix(point_.shape, plan).dense);
    const Seconds ideal =
        as_double(microbatches(plan, point_.batch)) * 3.0 * layers * steps_.ideal_pass(plan);
    lose(Binding::Batch, all * (terms.gemm - ideal));
    auto causes = point_.lost;
    if (!point_.in_time) causes[static_cast<std::size_t>(Binding::Bubble)] = 0.0;
    point_.binding =
        static_cast<Binding>(std::max_element(causes.begin(), causes.end()) - causes.begin());
  }

  const WallSetup& setup_;
  WallPoint& point_;
  Steps steps_;
  std::map<std::int64_t, std::vector<std::int64_t>> replicas_;  ///< by microbatch
  Seconds allowed_;                                             ///< for a step
  Flop trained_;                                                ///< with a step
};

}  // namespace

double counted_kernels(const WallSetup& setup) {
  // Their number does not depend on the model's size: any will do.
  const ModelShape shape = shape_of_size(1e12, 100);
  const Batch batch{setup.sequence, 1};
  Efficiency efficiency = setup.efficiency;
  const auto time = [&](Seconds launch) {
    efficiency.launch = launch;
    const auto pass =
        layer_times(shape, LayerKind::Dense, setup.plan, batch, setup.chip, efficiency);
    return total(pass.forward) + total(pass.backward);
  };
  return std::round(double((time(seconds(1)) - time(seconds(0))) / seconds(1)));
}

WallPoint wall_point(const WallSetup& setup, Flop compute) {
  WallPoint point;
  point.compute = compute;
  point.run = grown_run(setup.laws, compute);
  const auto layers = std::max<std::int64_t>(1, std::llround(point.run.layers));
  point.shape = shape_of_size(point.run.model.n_parameters, layers);
  point.batch = {setup.sequence, sequences_of(point.run.batch, setup.sequence)};
  point.run.layers = as_double(layers);
  point.run.batch = tokens(as_double(point.batch.sequence) * as_double(point.batch.sequences));
  if (setup.laws.trade_off)
    point.run.examples = batch_trade_off(point.run.batch, point.run.critical).examples;
  point.run.steps = point.run.examples * (point.run.model.data / point.run.batch);
  Search(setup, point).find();
  return point;
}

}  // namespace longhaul::training
