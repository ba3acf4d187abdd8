// One scenario, simulated once: the rooms put together.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiment/built_platform.hpp"
#include "fabric/bill.hpp"
#include "operations/run.hpp"
#include "scenario/scenario.hpp"
#include "training/memory.hpp"
#include "training/step_across_sites.hpp"
#include "training/step_time.hpp"

namespace longhaul::experiment {

/// What follows from a scenario before its months are simulated.
struct Setup {
  std::optional<training::StepTime> step;  ///< undisturbed; empty where the step time was given
  std::optional<training::MemoryUse> memory;
  std::optional<training::AcrossSites> across_sites;  ///< of a run across sites
  Seconds step_time;                                  ///< undisturbed
  Seconds analytic_step;                   ///< the same in closed form, whatever the fidelity
  training::Traffic traffic;               ///< of one step
  training::PhaseSeconds phase_seconds{};  ///< of its phases, undisturbed, in this fidelity
  Tokens tokens_per_step;                  ///< 0 without a model
  Flop flop_per_step;                      ///< model FLOP
  /// Tokens and FLOP of a step over the above, by recipe as in RunTotals.
  std::vector<double> batch_scale;
  Bytes checkpoint_size;                          ///< 0 where the write time was given
  Seconds checkpoint_write;                       ///< blocking, to the nearest tier
  Seconds checkpoint_read;                        ///< from there
  std::vector<operations::CheckpointTier> tiers;  ///< the nearest first, the store last
  Seconds checkpoint_interval;                    ///< of work between checkpoints
  std::int64_t checkpoint_steps = 0;              ///< the same in steps, at first
  Seconds expected_mtbi;  ///< between unexpected interruptions by the rates; infinite: none
  std::int64_t fabric_gpus = 0;
  std::int64_t fabric_switches = 0;
  std::int64_t fabric_links = 0;              ///< cables
  std::optional<fabric::Bill> network;        ///< of its parts, where the platform has prices
  std::optional<operations::RunPower> power;  ///< of the sites; empty without a platform
  operations::Units units;                    ///< what causes of failure strike
};

/// A scenario ready to run: fabric built, step time known. One a process, as SimGrid is.
class Simulation {
 public:
  /// Builds the platform and asks for the first step time. `scenario` must outlive it.
  explicit Simulation(const scenario::Scenario& scenario);
  /// On a platform that was built before and serves the scenario; null where it has none.
  Simulation(const scenario::Scenario& scenario, std::shared_ptr<BuiltPlatform> platform);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  const Setup& setup() const;
  /// The same step with every rank of it simulated and all its traffic on the fabric at once, to
  /// check the reduced one; of a scenario with a model. Throws as engine::every_rank_step does.
  Seconds every_rank_step() const;
  /// The months, on the streams of `seed`; may be called again, each time from the start.
  operations::RunTotals run(std::uint64_t seed, const operations::RunObserver& observer);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The same as every_rank_step() of a Simulation, with SimGrid tracing the links into `file` (see
/// engine::trace_links), which is then in the order of time. Comes before any Simulation.
Seconds trace_every_rank(const scenario::Scenario& scenario, const std::string& file);

}  // namespace longhaul::experiment
