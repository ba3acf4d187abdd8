#include "training/traffic.hpp"

#include <algorithm>
#include <cmath>

#include "collectives/closed_form.hpp"
#include "training/memory.hpp"

namespace longhaul::training {
namespace {

constexpr double activation_element_bytes = 2.0;
constexpr double parameter_element_bytes = 2.0;

/// Groups whose neighbouring ranks lie `stride` GPUs apart; one begins at each of the first
/// `begins` ranks of every `period`.
struct Group {
  Group(std::int64_t n, std::int64_t apart) : Group(n, apart, apart, n * apart) {}
  Group(std::int64_t n, std::int64_t apart, std::int64_t first, std::int64_t all)
      : ranks(n), stride(apart), begins(first), period(all) {}
  std::int64_t ranks;
  std::int64_t stride;
  std::int64_t begins;
  std::int64_t period;
};

class Builder {
 public:
  explicit Builder(std::int64_t domain) : domain_(domain) {}

  void add(TrafficKind kind, Collective collective, Group group, double payload, double count,
           bool by_layer = false) {
    if (group.ranks < 2 || count <= 0.0) return;
    const std::int64_t inside = std::clamp<std::int64_t>(domain_ / group.stride, 1, group.ranks);
    traffic_.phases[traffic_.size++] = {kind,         collective,     group.ranks, inside,
                                        group.stride, bytes(payload), count,       by_layer,
                                        group.begins, group.period};
  }
  const Traffic& traffic() const { return traffic_; }

 private:
  std::int64_t domain_;
  Traffic traffic_;
};

/// Distances in GPUs between neighbours of the context (and data) groups, and between stages.
struct Strides {
  std::int64_t context;
  std::int64_t stage;
};
Strides strides(const Plan& plan) {
  if (plan.order == RankOrder::PipelineInside) return {plan.tensor * plan.pipeline, plan.tensor};
  return {plan.tensor, plan.tensor * plan.context * plan.data};
}

void add_tensor(Builder& builder, const Plan& plan, double layer_passes, double activation) {
  const Group group{plan.tensor, 1};
  const double per_pass = 2.0 + forward_again(plan);
  const double count = 2.0 * per_pass * layer_passes;
  if (plan.sequence_parallel) {
    builder.add(TrafficKind::Tensor, Collective::AllGather, group, activation, count);
    builder.add(TrafficKind::Tensor, Collective::ReduceScatter, group, activation, count);
  } else {
    builder.add(TrafficKind::Tensor, Collective::AllReduce, group, activation, count);
  }
}

void add_context(Builder& builder, const ModelShape& model, const Plan& plan, const Batch& batch,
                 double layer_passes) {
  // Keys and values go once round the ring forward; backward they and their gradients do.
  const double key_value = activation_element_bytes * 2.0 * static_cast<double>(kv_width(model)) *
                           static_cast<double>(plan.microbatch * batch.sequence) /
                           static_cast<double>(plan.tensor);
  const double rounds = 3.0 + forward_again(plan);
  builder.add(TrafficKind::Context, Collective::AllGather, {plan.context, strides(plan).context},
              key_value, rounds * layer_passes);
}

void add_data(Builder& builder, const ModelShape& model, const Plan& plan, double layer_passes,
              double layers) {
  const Group group{plan.data * plan.context, strides(plan).context};
  const double held = parameters_per_gpu(model, plan);
  const double gradients = gradient_bytes(plan.precision) * held;
  const double weights = parameter_element_bytes * held;
  if (plan.zero_stage == 0) {
    builder.add(TrafficKind::DataReduce, Collective::AllReduce, group, gradients, 1.0);
    return;
  }
  if (plan.zero_stage == 3) {
    builder.add(TrafficKind::DataReduce, Collective::ReduceScatter, group, gradients / layers,
                layer_passes, true);
    builder.add(TrafficKind::DataGather, Collective::AllGather, group, weights / layers,
                2.0 * layer_passes, true);
    return;
  }
  builder.add(TrafficKind::DataReduce, Collective::ReduceScatter, group, gradients,
              gradient_reductions(plan, layer_passes / layers));
  builder.add(TrafficKind::DataGather, Collective::AllGather, group, weights, 1.0);
}

collectives::AlphaBeta channel(const Phase& phase, const Network& network,
                               const Efficiency& efficiency) {
  const BytesPerSecond up = network.scale_up * efficiency.scale_up;
  if (phase.ranks <= phase.ranks_per_domain) return {efficiency.scale_up_hop, up};
  const double rails = static_cast<double>(phase.ranks_per_domain);
  const BytesPerSecond out = network.scale_out * efficiency.scale_out * rails;
  return {hop_latency(phase, efficiency), phase.ranks_per_domain > 1 ? std::min(up, out) : out};
}

Seconds collective_time(const Phase& phase, const collectives::AlphaBeta& link) {
  switch (phase.collective) {
    case Collective::AllReduce:
      return collectives::ring_all_reduce(phase.payload, phase.ranks, link);
    case Collective::ReduceScatter:
      return collectives::ring_reduce_scatter(phase.payload, phase.ranks, link);
    case Collective::AllGather:
      return collectives::ring_all_gather(phase.payload, phase.ranks, link);
    case Collective::PointToPoint:
      return collectives::point_to_point(phase.payload, link);
  }
  return {};
}

}  // namespace

Seconds hop_latency(const Phase& phase, const Efficiency& efficiency) {
  if (phase.ranks <= phase.ranks_per_domain) return efficiency.scale_up_hop;
  const double between = 1.0 / static_cast<double>(phase.ranks_per_domain);
  return (1.0 - between) * efficiency.scale_up_hop + between * efficiency.scale_out_hop;
}

Seconds software_alpha(TrafficKind kind, const Efficiency& efficiency) {
  switch (kind) {
    case TrafficKind::Tensor:
    case TrafficKind::Context:
      return efficiency.tensor_alpha;
    case TrafficKind::Pipeline:
      return efficiency.pipeline_alpha;
    case TrafficKind::DataReduce:
    case TrafficKind::DataGather:
    case TrafficKind::EmbeddingTie:
      return efficiency.data_alpha;
  }
  return {};
}

double messages(const Phase& phase, const Efficiency& efficiency) {
  return phase.by_layer ? efficiency.zero3_messages : 1.0;
}

double gradient_reductions(const Plan& plan, double m) {
  if (plan.zero_stage != 2) return 1.0;
  return plan.virtual_stages > 1 ? std::ceil(m / static_cast<double>(plan.pipeline)) : m;
}

Network network_of(const hardware::Chip& chip, std::int64_t domain) {
  return {domain, chip.scale_up_bandwidth, chip.nic_bandwidth};
}

Traffic traffic(const ModelShape& model, const Plan& plan, const Batch& batch,
                std::int64_t domain) {
  Builder builder(domain);
  const auto m = static_cast<double>(microbatches(plan, batch));
  const StageLayers layers = stage_layers(model.layers, plan.pipeline);
  const auto fullest = static_cast<double>(std::max(layers.first, layers.middle));
  const double layer_passes = m * fullest;
  const double activation = activation_element_bytes * static_cast<double>(model.hidden) *
                            static_cast<double>(tokens_per_rank(plan, batch));
  add_tensor(builder, plan, layer_passes, activation);
  add_context(builder, model, plan, batch, layer_passes);
  const std::int64_t stage_stride = strides(plan).stage;
  builder.add(TrafficKind::Pipeline, Collective::PointToPoint, {plan.pipeline, stage_stride},
              activation / static_cast<double>(plan.tensor),
              2.0 * m * static_cast<double>(plan.virtual_stages));
  add_data(builder, model, plan, layer_passes, fullest);
  if (plan.pipeline > 1 && model.tied_embeddings) {
    builder.add(TrafficKind::EmbeddingTie, Collective::AllReduce,
                {2, stage_stride * (plan.pipeline - 1), stage_stride, stage_stride * plan.pipeline},
                gradient_bytes(plan.precision) * embedding_parameters(model) /
                    static_cast<double>(plan.tensor),
                1.0);
  }
  return builder.traffic();
}

PhaseSeconds analytic_times(const Traffic& traffic, const Network& network,
                            const Efficiency& efficiency) {
  PhaseSeconds times{};
  for (std::size_t i = 0; i < traffic.size; ++i) {
    Phase phase = traffic.phases[i];
    const double n = messages(phase, efficiency);
    phase.payload /= n;
    times[i] = n * (software_alpha(phase.kind, efficiency) +
                    collective_time(phase, channel(phase, network, efficiency)));
  }
  return times;
}

}  // namespace longhaul::training
