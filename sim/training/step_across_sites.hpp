// One step of a run across sites: the step inside a replica, and what exchanges add to it.
#pragma once

#include <optional>

#include "hardware/chip.hpp"
#include "training/across_sites.hpp"
#include "training/efficiency.hpp"
#include "training/memory.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "training/step_time.hpp"
#include "training/traffic.hpp"

namespace longhaul::training {

/// Sites into which the GPUs of a plan's data-parallel replicas are divided; 1 where stages are.
inline std::int64_t data_sites(const SitesConfig& config) {
  return config.method == SitesMethod::Pipeline ? 1 : config.sites;
}
/// What stands at one site and takes part in its traffic. The plan must divide.
Plan site_plan(const SitesConfig& config, const Plan& plan);
Batch site_batch(const SitesConfig& config, const Batch& batch);
/// What trains one copy of the parameters.
Plan replica_plan(const SitesConfig& config, const Plan& plan);
Batch replica_batch(const SitesConfig& config, const Batch& batch);

/// Of the fullest GPU, with what its replica keeps for the outer optimizer counted with the
/// optimizer. The laws of `config` must be known by name.
MemoryUse memory_across_sites(const SitesConfig& config, const ModelShape& model, const Plan& plan,
                              const Batch& batch);

struct AcrossSites {
  StepTime step;  ///< of the whole run
  SitesStep exchanges;
  SiteLinks links;
  Replica replica;
};

/// `traffic` is that of `site_plan`, timed at one site; plan and batch are those of the whole run.
/// All sites are as the one that was timed.
AcrossSites step_across_sites(const SitesConfig& config, const SiteLinks& links,
                              const ModelShape& model, const Plan& plan, const Batch& batch,
                              const hardware::Chip& chip, const Efficiency& efficiency,
                              const Traffic& traffic, const PhaseSeconds& phase_seconds);

/// What a run of so many steps ends with.
struct SitesEnd {
  Tokens tokens;
  std::optional<double> loss;      ///< nats a token, where the config names a law of it
  std::optional<double> one_loss;  ///< the same in one replica
};
SitesEnd end_across_sites(const SitesConfig& config, const ModelShape& model, const Batch& batch,
                          double steps);

}  // namespace longhaul::training
