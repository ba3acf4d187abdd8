// What keeps a plan from running, and what would be right.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "training/plan.hpp"

namespace longhaul::training {

namespace {

/// The multiple of `unit` that lies nearest to `n`, at least `unit`.
std::int64_t nearest_multiple(std::int64_t n, std::int64_t unit) {
  const std::int64_t below = n / unit * unit;
  const std::int64_t nearest = n - below <= below + unit - n ? below : below + unit;
  return nearest > 0 ? nearest : unit;
}

/// Collects what is wrong, in words that are made only once they are needed.
class Findings {
 public:
  static constexpr bool first_is_enough = false;
  template <class Words>
  void add(Words words) {
    found_.push_back(words());
  }
  bool any() const { return !found_.empty(); }
  std::vector<PlanProblem> take() { return std::move(found_); }

 private:
  std::vector<PlanProblem> found_;
};

/// Whether anything is wrong, by the same checks; without words and without allocation.
class Verdict {
 public:
  static constexpr bool first_is_enough = true;
  template <class Words>
  void add(const Words&) {
    wrong_ = true;
  }
  bool any() const { return wrong_; }

 private:
  bool wrong_ = false;
};

/// Reports a count below one; returns whether it is usable.
template <class Report>
bool positive(Report& report, const char* field, std::int64_t n) {
  if (n >= 1) return true;
  report.add([&] {
    return PlanProblem{field, fmt::format("{} = {}, but a count is at least 1", field, n),
                       "set it to 1 or more"};
  });
  return false;
}

PlanProblem wrong_number_of_gpus(const Plan& plan, std::int64_t n_gpus) {
  const std::int64_t replica = plan.tensor * plan.pipeline * plan.context;
  std::string product =
      fmt::format("tensor {} x pipeline {} x data {}", plan.tensor, plan.pipeline, plan.data);
  if (plan.context > 1) product += fmt::format(" x context {}", plan.context);
  std::string fix = fmt::format("set gpus = {}", gpus(plan));
  if (n_gpus >= replica) {
    fix +=
        fmt::format(" or data = {}{}", n_gpus / replica,
                    n_gpus % replica == 0 ? std::string()
                                          : fmt::format(" on {} GPUs", n_gpus / replica * replica));
  }
  return {"gpus", fmt::format("gpus = {}, but {} needs {}", n_gpus, product, gpus(plan)), fix};
}

template <class Report>
void check_heads(Report& report, const ModelShape& model) {
  if (model.kv_heads > model.heads || model.heads % model.kv_heads != 0)
    report.add([&] {
      return PlanProblem{"kv_heads",
                         fmt::format("{} heads do not share {} key and value heads evenly",
                                     model.heads, model.kv_heads),
                         fmt::format("set kv_heads to a divisor of {}", model.heads)};
    });
  if (model.latent.kv_rank == 0 &&
      (model.latent.query_rank > 0 || model.latent.rope_dim > 0 || model.latent.value_dim > 0))
    report.add([&] {
      return PlanProblem{"latent.kv_rank", "latent attention has no kv_rank",
                         "set kv_rank to the width of its narrow keys and values, or take [latent] "
                         "out"};
    });
  if (model.latent.kv_rank > 0 && model.kv_heads != model.heads)
    report.add([&] {
      return PlanProblem{
          "kv_heads",
          fmt::format("latent attention makes keys and values for every head, not for {}",
                      model.kv_heads),
          fmt::format("set kv_heads = {}", model.heads)};
    });
  if (model.head_dim == 0 && model.hidden % model.heads != 0)
    report.add([&] {
      return PlanProblem{
          "heads",
          fmt::format("hidden {} does not divide over {} heads", model.hidden, model.heads),
          "set heads to a divisor of hidden, or give head_dim"};
    });
}

template <class Report>
void check_model(Report& report, const Plan& plan, const ModelShape& model) {
  if (plan.tensor > model.heads) {
    report.add([&] {
      return PlanProblem{
          "tensor", fmt::format("tensor = {} is wider than the {} heads", plan.tensor, model.heads),
          fmt::format("set tensor to a divisor of {}", model.heads)};
    });
  } else if (model.heads % plan.tensor != 0) {
    report.add([&] {
      return PlanProblem{
          "tensor",
          fmt::format("{} heads do not divide over tensor = {}", model.heads, plan.tensor),
          fmt::format("set tensor to a divisor of {}", model.heads)};
    });
  }
  if (model.kv_heads % plan.tensor != 0 && plan.tensor % model.kv_heads != 0) {
    report.add([&] {
      return PlanProblem{"tensor",
                         fmt::format("{} key and value heads and tensor = {} do not nest",
                                     model.kv_heads, plan.tensor),
                         "set tensor to a divisor or a multiple of kv_heads"};
    });
  }
  if (layers_of(model, LayerKind::Dense) > 0 && model.ffn_hidden % plan.tensor != 0) {
    report.add([&] {
      return PlanProblem{"tensor",
                         fmt::format("ffn_hidden {} does not divide over tensor = {}",
                                     model.ffn_hidden, plan.tensor),
                         "set tensor to a divisor of ffn_hidden"};
    });
  }
  if (plan.virtual_stages > 1 && plan.pipeline == 1) {
    report.add([&] {
      return PlanProblem{"virtual_stages",
                         fmt::format("virtual_stages = {} without a pipeline", plan.virtual_stages),
                         "set virtual_stages = 1 or pipeline > 1"};
    });
  }
  const std::int64_t chunks = plan.pipeline * plan.virtual_stages;
  const StageLayers layers = stage_layers(model.layers, plan.pipeline);
  const bool even = model.layers % plan.pipeline == 0 || (model.layers + 2) % plan.pipeline == 0;
  if (plan.uneven_layers && plan.pipeline > model.layers) {
    report.add([&] {
      return PlanProblem{"pipeline",
                         fmt::format("pipeline = {} leaves stages of {} layers empty",
                                     plan.pipeline, model.layers),
                         fmt::format("set pipeline to at most {}", model.layers)};
    });
  } else if (!even && !plan.uneven_layers) {
    report.add([&] {
      return PlanProblem{
          "layers",
          fmt::format("{} layers do not divide over pipeline {} x virtual_stages {} = {} chunks",
                      model.layers, plan.pipeline, plan.virtual_stages, chunks),
          fmt::format(
              "use {} layers, or {} with the embedding and the output projection counted as "
              "a layer each, or set uneven_layers = true",
              nearest_multiple(model.layers, chunks),
              nearest_multiple(model.layers + 2, chunks) - 2)};
    });
  } else if (const auto most = std::max(layers.first, layers.middle);
             most % plan.virtual_stages != 0) {
    report.add([&] {
      return PlanProblem{"virtual_stages",
                         fmt::format("virtual_stages = {} does not divide the {} layers of a stage",
                                     plan.virtual_stages, most),
                         fmt::format("set virtual_stages to a divisor of {}", most)};
    });
  }
}

template <class Report>
void check_experts(Report& report, const Plan& plan, const ModelShape& model) {
  const Experts& experts = model.experts;
  if (experts.routed == 0) {
    if (plan.expert > 1)
      report.add([&] {
        return PlanProblem{"expert",
                           fmt::format("expert = {}, but the model has no experts", plan.expert),
                           "set expert = 1"};
      });
    return;
  }
  if (experts.per_token < 1 || experts.per_token > experts.routed)
    report.add([&] {
      return PlanProblem{
          "experts.per_token",
          fmt::format("each token goes to {} of {} experts", experts.per_token, experts.routed),
          fmt::format("set per_token between 1 and {}", experts.routed)};
    });
  if (experts.dense_layers < 0 || experts.dense_layers > model.layers)
    report.add([&] {
      return PlanProblem{
          "experts.dense_layers",
          fmt::format("{} of {} layers are dense", experts.dense_layers, model.layers),
          fmt::format("set dense_layers between 0 and {}", model.layers)};
    });
  if (experts.routed % plan.expert != 0)
    report.add([&] {
      return PlanProblem{
          "expert",
          fmt::format("{} experts do not divide over expert = {}", experts.routed, plan.expert),
          fmt::format("set expert to a divisor of {}", experts.routed)};
    });
  if (stage_gpus(plan) % plan.expert != 0)
    report.add([&] {
      return PlanProblem{
          "expert",
          fmt::format("expert = {} does not divide the tensor {} x context {} x data {} = {} "
                      "ranks of a stage",
                      plan.expert, plan.tensor, plan.context, plan.data, stage_gpus(plan)),
          fmt::format("set expert to a divisor of {}", stage_gpus(plan))};
    });
  if (plan.expert % plan.tensor != 0 && plan.tensor % plan.expert != 0)
    report.add([&] {
      return PlanProblem{
          "expert",
          fmt::format("expert = {} and tensor = {} do not nest", plan.expert, plan.tensor),
          "set one to a multiple of the other"};
    });
  const std::int64_t width = expert_tensor(plan);
  if (experts.ffn_hidden % width != 0 || experts.shared * experts.ffn_hidden % plan.tensor != 0)
    report.add([&] {
      return PlanProblem{"tensor",
                         fmt::format("experts of width {} do not divide over tensor = {}",
                                     experts.ffn_hidden, plan.tensor),
                         "set tensor to a divisor of the experts' ffn_hidden"};
    });
  if (plan.expert > 1 && plan.pipeline > 1 && plan.order == RankOrder::PipelineInside)
    report.add([&] {
      return PlanProblem{"order", "expert groups need the ranks of a stage side by side",
                         "set order = \"tp-cp-dp-pp\""};
    });
}

template <class Report>
void check_schedule(Report& report, const Plan& plan, const Batch& batch) {
  if (plan.schedule == PipelineSchedule::OneForwardOneBackward || plan.pipeline == 1) return;
  if (plan.virtual_stages > 1)
    report.add([&] {
      return PlanProblem{
          "virtual_stages",
          fmt::format("virtual_stages = {}, but only 1f1b is interleaved", plan.virtual_stages),
          "set virtual_stages = 1 or schedule = \"1f1b\""};
    });
  if (plan.schedule != PipelineSchedule::DualPipe) return;
  if (plan.pipeline % 2 != 0)
    report.add([&] {
      return PlanProblem{"pipeline",
                         fmt::format("DualPipe folds pipeline = {} in half", plan.pipeline),
                         "set pipeline to an even number, or another schedule"};
    });
  const std::int64_t m = microbatches(plan, batch);
  if (m % 2 != 0 || m < 2 * plan.pipeline)
    report.add([&] {
      return PlanProblem{
          "schedule",
          fmt::format("DualPipe feeds microbatches from both ends and wants an even number, "
                      "at least {}, not {}",
                      2 * plan.pipeline, m),
          fmt::format("set global_batch = {} or schedule = \"1f1b\"",
                      std::max((m + 1) / 2 * 2, 2 * plan.pipeline) * plan.data * plan.microbatch)};
    });
}

template <class Report>
void check_batch(Report& report, const Plan& plan, const Batch& batch) {
  if (batch.sequence % plan.context != 0) {
    report.add([&] {
      return PlanProblem{"context",
                         fmt::format("sequences of {} tokens do not divide over context = {}",
                                     batch.sequence, plan.context),
                         "set context to a divisor of the sequence length"};
    });
  }
  const std::int64_t at_once = plan.data * plan.microbatch;
  if (at_once > batch.sequences) {
    report.add([&] {
      return PlanProblem{
          "microbatch",
          fmt::format("microbatch {} x data {} = {} exceeds the batch of {} sequences",
                      plan.microbatch, plan.data, at_once, batch.sequences),
          fmt::format("set global_batch = {} or a smaller microbatch", at_once)};
    });
    return;
  }
  if (batch.sequences % at_once != 0) {
    report.add([&] {
      return PlanProblem{
          "global_batch",
          fmt::format("a batch of {} sequences does not divide by data {} x microbatch {}",
                      batch.sequences, plan.data, plan.microbatch),
          fmt::format("set global_batch = {}", nearest_multiple(batch.sequences, at_once))};
    });
    return;
  }
  if (plan.virtual_stages > 1 && microbatches(plan, batch) % plan.pipeline != 0) {
    report.add([&] {
      return PlanProblem{
          "virtual_stages",
          fmt::format("interleaving wants microbatches ({}) in multiples of pipeline = {}",
                      microbatches(plan, batch), plan.pipeline),
          fmt::format("set global_batch = {} or virtual_stages = 1",
                      nearest_multiple(batch.sequences, at_once * plan.pipeline))};
    });
  }
}

template <class Report>
void check(Report& report, const Plan& plan, const ModelShape& model, const Batch& batch,
           std::int64_t n_gpus) {
  bool usable = positive(report, "tensor", plan.tensor);
  usable &= positive(report, "pipeline", plan.pipeline);
  usable &= positive(report, "data", plan.data);
  usable &= positive(report, "context", plan.context);
  usable &= positive(report, "expert", plan.expert);
  usable &= positive(report, "virtual_stages", plan.virtual_stages);
  usable &= positive(report, "microbatch", plan.microbatch);
  usable &= positive(report, "sequence", batch.sequence);
  usable &= positive(report, "global_batch", batch.sequences);
  usable &= positive(report, "layers", model.layers);
  usable &= positive(report, "heads", model.heads);
  usable &= positive(report, "kv_heads", model.kv_heads);
  if (layers_of(model, LayerKind::Dense) > 0)
    usable &= positive(report, "ffn_hidden", model.ffn_hidden);
  if (model.experts.routed > 0)
    usable &= positive(report, "experts.ffn_hidden", model.experts.ffn_hidden);
  if (plan.zero_stage < 0 || plan.zero_stage > 3) {
    report.add([&] {
      return PlanProblem{"zero_stage", fmt::format("zero_stage = {}", plan.zero_stage),
                         "set it to 0, 1, 2 or 3"};
    });
  }
  if (!(plan.recompute_share > 0.0 && plan.recompute_share <= 1.0)) {
    report.add([&] {
      return PlanProblem{"recompute_share",
                         fmt::format("recompute_share = {}", plan.recompute_share),
                         "set it above 0 and at most 1"};
    });
  }
  if (!usable) return;
  if (gpus(plan) != n_gpus) report.add([&] { return wrong_number_of_gpus(plan, n_gpus); });
  check_heads(report, model);
  check_model(report, plan, model);
  if (Report::first_is_enough && report.any()) return;
  check_experts(report, plan, model);
  if (Report::first_is_enough && report.any()) return;
  check_schedule(report, plan, batch);
  check_batch(report, plan, batch);
}

}  // namespace

std::vector<PlanProblem> problems(const Plan& plan, const ModelShape& model, const Batch& batch,
                                  std::int64_t n_gpus) {
  Findings findings;
  check(findings, plan, model, batch, n_gpus);
  return findings.take();
}

bool can_run(const Plan& plan, const ModelShape& model, const Batch& batch, std::int64_t n_gpus) {
  Verdict verdict;
  check(verdict, plan, model, batch, n_gpus);
  return !verdict.any();
}

}  // namespace longhaul::training
