#include "scenario/resized_run.hpp"

#include <fmt/format.h>

#include "training/memory.hpp"
#include "training/step_across_sites.hpp"

namespace longhaul::scenario {

Run with_data(const Run& run, std::int64_t data, std::int64_t sequences) {
  auto changed = run;
  changed.plan.data = data;
  changed.batch.sequences = sequences;
  changed.batch.sequences =
      microbatches(changed.plan, changed.batch) * data * changed.plan.microbatch;
  changed.gpus = training::gpus(changed.plan);
  return changed;
}

Run with_even_sites(const Run& run) {
  const auto sites = run.across_sites ? data_sites(*run.across_sites) : 1;
  const auto data = (run.plan.data + sites - 1) / sites * sites;
  if (data == run.plan.data) return run;
  const auto each = microbatches(run.plan, run.batch) * run.plan.microbatch;
  return with_data(run, data, each * data);
}

std::int64_t gpus_of(const scheduling::Job& job, const Platform& platform) {
  if (job.nodes == 0) return job.slots;
  return job.nodes * (job.slots == 0 ? platform.fabric.gpus_per_node : job.slots);
}

std::int64_t replica_gpus(const training::Plan& plan) {
  return plan.tensor * plan.pipeline * plan.context;
}

std::int64_t sequences_on(const Run& run, std::int64_t gpus) {
  return run.batch.sequences / run.plan.data * (gpus / replica_gpus(run.plan));
}

std::string misfit(const Scenario& s, std::int64_t own, std::int64_t gpus) {
  const auto replica = replica_gpus(s.run.plan);
  const auto per_node = s.platform->fabric.gpus_per_node;
  const auto there = count_gpus(s.platform->fabric) - count_standing_by(s.platform->fabric);
  for (const auto n : {own, gpus}) {
    if (n % replica != 0)
      return fmt::format(
          "{} GPUs are no whole replicas; take a multiple of tensor x pipeline x "
          "context = {}",
          n, replica);
    if (n % per_node != 0)
      return fmt::format("{} GPUs are no whole nodes; take a multiple of {}", n, per_node);
    if (n > there) return fmt::format("the platform has {} GPUs; take at most that many", there);
    const auto run = with_data(s.run, n / replica, sequences_on(s.run, own));
    const auto& shape = run.model->shape;
    const auto problems = training::problems(run.plan, shape, run.batch, run.gpus);
    const auto on = fmt::format("on {} GPUs, of data = {} replicas", n, run.plan.data);
    if (!problems.empty())
      return fmt::format("{}, {}; {}", on, problems.front().what, problems.front().fix);
    const auto memory = training::check_memory(shape, run.plan, run.batch, s.platform->chip);
    if (!memory.fits) return fmt::format("{}, the plan {}", on, memory.advice);
  }
  return {};
}

}  // namespace longhaul::scenario
