#include "training/traffic.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "collectives/closed_form.hpp"
#include "collectives/nccl.hpp"
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

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

class Builder {
 public:
  Builder(std::int64_t domain, std::int64_t n_gpus) : domain_(domain), n_gpus_(n_gpus) {}

  void add(TrafficKind kind, Collective collective, Group group, double payload, double count,
           bool by_layer = false) {
    if (group.ranks < 2 || count <= 0.0) return;
    traffic_.phases[traffic_.size++] = {.kind = kind,
                                        .collective = collective,
                                        .ranks = group.ranks,
                                        .ranks_per_domain = ranks_per_domain(group),
                                        .stride = group.stride,
                                        .payload = bytes(payload),
                                        .count = count,
                                        .by_layer = by_layer,
                                        .begins = group.begins,
                                        .period = group.period};
  }
  void add_all_to_all(Group group, double payload, double count, const Experts& experts,
                      double dedup) {
    const std::size_t before = traffic_.size;
    add(TrafficKind::Expert, Collective::AllToAll, group, payload, count);
    if (traffic_.size == before) return;
    Phase& phase = traffic_.phases[before];
    const std::int64_t domains = ceil_div(phase.ranks, phase.ranks_per_domain);
    phase.crossing =
        crossings_per_token(experts, domains, dedup) / static_cast<double>(experts.per_token);
  }
  /// Of a group in one scale-up domain: those that lie at `stride` from each other in it. Where the
  /// end of a domain cuts through groups that would fit in one (16 of 72), the smaller part of the
  /// group that is cut worst: a synchronous step waits for it.
  std::int64_t ranks_per_domain(const Group& group) const {
    const std::int64_t span = group.ranks * group.stride;
    const std::int64_t inside = std::clamp<std::int64_t>(domain_ / group.stride, 1, group.ranks);
    if (span > domain_ || domain_ % span == 0) return inside;
    std::int64_t smallest = inside;
    const std::int64_t ends = std::min((n_gpus_ - 1) / domain_, span);
    for (std::int64_t end = 1; end <= ends; ++end) {
      const std::int64_t part = end * domain_ % span / group.stride;
      if (part > 0) smallest = std::min({smallest, part, group.ranks - part});
    }
    return smallest;
  }
  const Traffic& traffic() const { return traffic_; }

 private:
  std::int64_t domain_;
  std::int64_t n_gpus_;
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

void add_tensor(Builder& builder, const Plan& plan, double collectives, double activation) {
  const Group group{plan.tensor, 1};
  if (plan.sequence_parallel) {
    builder.add(TrafficKind::Tensor, Collective::AllGather, group, activation, collectives);
    builder.add(TrafficKind::Tensor, Collective::ReduceScatter, group, activation, collectives);
  } else {
    builder.add(TrafficKind::Tensor, Collective::AllReduce, group, activation, collectives);
  }
}

void add_context(Builder& builder, const ModelShape& model, const Plan& plan, const Batch& batch,
                 double layer_passes) {
  // Keys and values go once round the ring forward; backward they and their gradients do.
  const double key_value = activation_element_bytes *
                           static_cast<double>(key_value_width_per_rank(model, plan)) *
                           static_cast<double>(plan.microbatch * batch.sequence);
  const double rounds = 3.0 + forward_again(plan);
  builder.add(TrafficKind::Context, Collective::AllGather, {plan.context, strides(plan).context},
              key_value, rounds * layer_passes);
}

/// Gradients and parameters that `group` has in common. `layers` of the stage hold them.
void add_data(Builder& builder, const Plan& plan, Group group, double held, double m,
              double layers) {
  if (held <= 0.0) return;
  const double gradients = gradient_bytes(plan.precision) * held;
  const double weights = parameter_element_bytes * held;
  if (plan.zero_stage == 0) {
    builder.add(TrafficKind::DataReduce, Collective::AllReduce, group, gradients, 1.0);
    return;
  }
  if (plan.zero_stage == 3) {
    builder.add(TrafficKind::DataReduce, Collective::ReduceScatter, group, gradients / layers,
                m * layers, true);
    builder.add(TrafficKind::DataGather, Collective::AllGather, group, weights / layers,
                2.0 * m * layers, true);
    return;
  }
  builder.add(TrafficKind::DataReduce, Collective::ReduceScatter, group, gradients,
              gradient_reductions(plan, m));
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

/// What stays in the domain and what leaves it run at once, on links of their own.
Seconds all_to_all_time(const Phase& phase, const Network& network, const Efficiency& efficiency) {
  const auto [inside, outside] = all_to_all_bytes(phase);
  return hop_latency(phase, efficiency) +
         std::max<Seconds>(inside / (network.scale_up * efficiency.scale_up),
                           outside / (network.scale_out * efficiency.scale_out));
}

Seconds collective_time(const Phase& phase, const Network& network, const Efficiency& efficiency) {
  if (phase.collective == Collective::AllToAll) return all_to_all_time(phase, network, efficiency);
  const collectives::AlphaBeta link = channel(phase, network, efficiency);
  switch (phase.collective) {
    case Collective::AllReduce:
      if (const auto tree = find_faster_tree(phase, link.bandwidth, efficiency))
        return static_cast<double>(tree->steps) * tree->hop + tree->sent / link.bandwidth;
      return collectives::ring_all_reduce(phase.payload, phase.ranks, link);
    case Collective::ReduceScatter:
      return collectives::ring_reduce_scatter(phase.payload, phase.ranks, link);
    case Collective::AllGather:
      return collectives::ring_all_gather(phase.payload, phase.ranks, link);
    case Collective::PointToPoint:
    case Collective::AllToAll:
      break;
  }
  return collectives::point_to_point(phase.payload, link);
}

}  // namespace

std::optional<Tree> find_faster_tree(const Phase& phase, BytesPerSecond bandwidth,
                                     const Efficiency& efficiency) {
  if (phase.collective != Collective::AllReduce || phase.ranks <= phase.ranks_per_domain) return {};
  const std::int64_t domains = ceil_div(phase.ranks, phase.ranks_per_domain);
  const std::int64_t inside = phase.ranks_per_domain - 1;
  const auto levels =
      static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(domains - 1)));
  const Seconds latency = 2.0 * (static_cast<double>(inside) * efficiency.scale_up_hop +
                                 static_cast<double>(levels) * efficiency.scale_out_hop);
  Tree tree;
  tree.steps = 2 * (inside + levels);
  tree.hop = latency / static_cast<double>(tree.steps);
  tree.sent = 2.0 / collectives::nccl::tree_bandwidth_factor * phase.payload;
  const Seconds ring = collectives::ring_all_reduce(phase.payload, phase.ranks,
                                                    {hop_latency(phase, efficiency), bandwidth});
  if (latency + tree.sent / bandwidth >= ring) return {};
  return tree;
}

AllToAllBytes all_to_all_bytes(const Phase& phase) {
  const auto inside = static_cast<double>(phase.ranks_per_domain);
  return {(1.0 - 1.0 / inside) * phase.payload, phase.crossing * phase.payload};
}

double crossings_per_token(const Experts& experts, std::int64_t domains, double dedup) {
  if (domains < 2) return 0.0;
  const auto d = static_cast<double>(domains);
  const bool limited = experts.domains_per_token > 0;
  const double reach = limited ? std::min(d, static_cast<double>(experts.domains_per_token)) : d;
  const double in_domain = static_cast<double>(experts.routed) / d;
  // The chance that none of k experts lies in one domain of those in reach, drawn one by one.
  double missed = 1.0;
  for (std::int64_t i = 0; i < experts.per_token; ++i)
    missed *= std::max(0.0, 1.0 - in_domain / (reach * in_domain - static_cast<double>(i)));
  const double once = reach * (1.0 - missed) * (d - 1.0) / d;
  const double each = static_cast<double>(experts.per_token) * (d - 1.0) / d;
  const double share = limited ? 1.0 : dedup;
  return share * once + (1.0 - share) * each;
}

double tensor_collectives(const ModelShape& model, LayerKind kind, const Plan& plan) {
  const bool split_tokens = kind == LayerKind::Experts && plan.expert > 1;
  return split_tokens && model.experts.shared == 0 && plan.sequence_parallel ? 1.0 : 2.0;
}

Seconds hop_latency(const Phase& phase, const Efficiency& efficiency) {
  if (phase.ranks <= phase.ranks_per_domain) return efficiency.scale_up_hop;
  if (phase.collective == Collective::AllToAll)
    return efficiency.scale_up_hop + efficiency.scale_out_hop;
  const double between = 1.0 / static_cast<double>(phase.ranks_per_domain);
  return (1.0 - between) * efficiency.scale_up_hop + between * efficiency.scale_out_hop;
}

Seconds software_alpha(TrafficKind kind, const Efficiency& efficiency) {
  switch (kind) {
    case TrafficKind::Tensor:
    case TrafficKind::Context:
      return efficiency.tensor_alpha;
    case TrafficKind::Expert:
      return efficiency.expert_alpha;
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

Traffic traffic(const ModelShape& model, const Plan& plan, const Batch& batch, std::int64_t domain,
                double expert_dedup) {
  Builder builder(domain, gpus(plan));
  const auto m = static_cast<double>(microbatches(plan, batch));
  const StageMix mix = fullest_mix(model, plan);
  const auto dense = static_cast<double>(mix.dense);
  const auto experts = static_cast<double>(mix.experts);
  const double layers = dense + experts;
  const double passes = 2.0 + forward_again(plan);
  const double activation = activation_element_bytes * static_cast<double>(model.hidden) *
                            static_cast<double>(tokens_per_rank(plan, batch));
  add_tensor(builder, plan,
             m * passes *
                 (dense * tensor_collectives(model, LayerKind::Dense, plan) +
                  experts * tensor_collectives(model, LayerKind::Experts, plan)),
             activation);
  add_context(builder, model, plan, batch, m * layers);
  const auto most_experts = static_cast<double>(most_expert_layers(model, plan));
  if (most_experts > 0.0 && plan.expert > 1) {
    const double copies = activation_element_bytes * static_cast<double>(model.hidden) *
                          expert_copies(model, plan, batch);
    builder.add_all_to_all({plan.expert, 1}, copies, 2.0 * passes * m * most_experts, model.experts,
                           expert_dedup);
  }
  const std::int64_t stage_stride = strides(plan).stage;
  builder.add(TrafficKind::Pipeline, Collective::PointToPoint, {plan.pipeline, stage_stride},
              activation / static_cast<double>(plan.tensor),
              2.0 * m * static_cast<double>(plan.virtual_stages));
  const HeldParameters held = most_parameters_per_gpu(model, plan);
  const Group replicas{plan.data * plan.context, strides(plan).context};
  // Ranks that hold an expert whole lie an expert group apart; undivided experts, as all else.
  const Group alike = plan.expert > 1 ? Group{expert_replicas(plan), plan.expert} : replicas;
  add_data(builder, plan, replicas, held.common, m, layers);
  add_data(builder, plan, alike, held.experts, m, most_experts);
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
    times[i] =
        n * (software_alpha(phase.kind, efficiency) + collective_time(phase, network, efficiency));
  }
  return times;
}

}  // namespace longhaul::training
