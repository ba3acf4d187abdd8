#include "training/step_across_sites.hpp"

#include <algorithm>

#include "training/laws/diloco.hpp"
#include "training/laws/scaling.hpp"
#include "training/stage_work.hpp"

namespace longhaul::training {
namespace {

constexpr double parameter_bytes = 2.0;
constexpr double activation_bytes = 2.0;

Seconds left(const WindowedTraffic& traffic) { return traffic.window - traffic.hidden(); }

Plan divided(Plan plan, std::int64_t parts) {
  plan.data /= parts;
  return plan;
}
Batch divided(Batch batch, std::int64_t parts) {
  batch.sequences /= parts;
  return batch;
}

}  // namespace

Plan site_plan(const SitesConfig& config, const Plan& plan) {
  return divided(plan, data_sites(config));
}
Batch site_batch(const SitesConfig& config, const Batch& batch) {
  return divided(batch, data_sites(config));
}
Plan replica_plan(const SitesConfig& config, const Plan& plan) {
  return divided(plan, replicas(config));
}
Batch replica_batch(const SitesConfig& config, const Batch& batch) {
  return divided(batch, replicas(config));
}

MemoryUse memory_across_sites(const SitesConfig& config, const ModelShape& model, const Plan& plan,
                              const Batch& batch) {
  const Plan own = replica_plan(config, plan);
  MemoryUse use = memory_use(model, own, replica_batch(config, batch));
  if (!is_diloco(config.method)) return use;
  const auto law = *find_outer_state_law(config.memory_law);
  // Shared by the ranks of the replica, as the inner optimizer's under ZeRO.
  const double held = zero_share(most_parameters_per_gpu(model, own), own);
  use.optimizer += bytes(outer_state_bytes(law, fragments(config)) * held);
  return use;
}

AcrossSites step_across_sites(const SitesConfig& config, const SiteLinks& links,
                              const ModelShape& model, const Plan& plan, const Batch& batch,
                              const hardware::Chip& chip, const Efficiency& efficiency,
                              const Traffic& traffic, const PhaseSeconds& phase_seconds) {
  const Plan own = replica_plan(config, plan);
  const Batch own_batch = replica_batch(config, batch);
  AcrossSites across;
  across.links = links;
  StepTime& step = across.step;
  step = step_time(model, own, own_batch, chip, efficiency, traffic, phase_seconds);

  const auto m = microbatches(own, own_batch);
  const ModelWork work =
      model_work(model, own, own_batch, chip, efficiency, traffic, phase_seconds);
  const Work stage = stages_of(model, own, work).longest;
  const DataTraffic data =
      data_traffic(own, efficiency, stage, static_cast<double>(m), traffic, phase_seconds);
  Replica& replica = across.replica;
  replica.step = step.total;
  replica.n_parameters = parameters(model);
  replica.reduced = bytes(gradient_bytes(plan.precision) * replica.n_parameters);
  if (plan.zero_stage >= 1) replica.gathered = bytes(parameter_bytes * replica.n_parameters);
  replica.reduce_window = left(data.reduce);
  replica.gather_window = left(data.gather);
  replica.stages = plan.pipeline;
  replica.microbatches = m;
  replica.stage = stage.total();
  replica.boundary =
      bytes(activation_bytes * static_cast<double>(model.hidden) *
            static_cast<double>(batch.sequence) * static_cast<double>(plan.microbatch * plan.data));

  across.exchanges = sites_step(config, links, replica);
  step.terms.sites = across.exchanges.exposed;
  step.sites_hidden = across.exchanges.hidden;
  step.total += step.terms.sites;
  const auto n = static_cast<double>(replicas(config));
  step.model_flop *= n;
  step.hardware_flop *= n;
  for (double* rate : {&step.mfu, &step.hfu, &step.tokens_per_s_per_gpu})
    *rate *= across.exchanges.efficiency;
  return across;
}

SitesEnd end_across_sites(const SitesConfig& config, const ModelShape& model, const Batch& batch,
                          double steps) {
  SitesEnd end;
  end.tokens =
      tokens(steps * static_cast<double>(batch.sequence) * static_cast<double>(batch.sequences));
  if (!config.loss_law || !(end.tokens > Tokens{})) return end;
  end.one_loss = loss(*find_scaling_law(*config.loss_law), {parameters(model), end.tokens});
  end.loss = *end.one_loss;
  if (is_diloco(config.method))
    *end.loss *= loss_factor(*find_replica_law(config.replica_law), replicas(config));
  return end;
}

}  // namespace longhaul::training
