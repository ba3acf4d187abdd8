// Loads that no cluster has seen: jobs drawn at random.
#pragma once

#include <cstdint>
#include <optional>

#include "random/distribution.hpp"
#include "scheduling/job.hpp"
#include "units/quantity.hpp"

namespace longhaul::scheduling {

/// The model of Lublin and Feitelson [J. Parallel Distrib. Comput. 63(11), 2003], its numbers for
/// jobs of all types together, from the authors' program (m_lublin99.c, Parallel Workloads
/// Archive). Gamma distributions are given by shape a and scale b.
struct LublinModel {
  // Sizes: 1, or 2^x with x from a two-stage uniform distribution, for some rounded to a whole.
  double share_serial = 0.244;
  double share_power_of_two = 0.576;  ///< of all jobs
  double log2_lowest = 0.8;           ///< of a parallel job
  double log2_below_highest = 2.5;    ///< the stages meet so far below log2 of the largest size
  double share_low_stage = 0.86;
  // Run times: e^x seconds with x from one of two gammas, the first at probability
  // slope x slots + intercept, within 0 and 1.
  double first_a = 4.2, first_b = 0.94;
  double second_a = 312, second_b = 0.03;
  double slope = -0.0054, intercept = 0.78;
  double longest_log_s = 12;  ///< x beyond is drawn again: at most 45 hours
  // Times between jobs: e^x seconds of an average half hour with x from a gamma; half hours differ
  // by how many jobs of a day a gamma of them holds.
  double gap_a = 10.2303 * 1.0225, gap_b = 0.4871;
  double longest_log_gap_s = 13;
  double day_a = 8.1737, day_b = 3.9631;
};

/// What is drawn, and how often. By default an M/M/c load: Poisson arrivals, exponential run times,
/// jobs of one slot.
struct SyntheticLoad {
  enum class Model {
    Poisson,  ///< arrivals; sizes log-uniform and run times of any distribution
    Lublin    ///< all but the largest size and the estimates from LublinModel
  };
  Model model = Model::Poisson;
  std::int64_t n_jobs = 1000;  ///< 1 to 10 million
  std::int64_t max_slots = 1;  ///< of a job; of Lublin's model the size of the machine, at least 8

  // Of Model::Poisson.
  Seconds mean_gap = seconds(60);  ///< between submissions, over whole days
  double daily_swing = 0;          ///< the rate of arrivals goes from 1 - this to 1 + this, 0 to 1
  Seconds daily_peak = hours(14);  ///< when it is highest; the trace starts at midnight
  std::int64_t min_slots = 1;
  double share_power_of_two = 0;  ///< of jobs, whose sizes are drawn among powers of two alone
  random::Random<Seconds> run_time{
      random::Distribution{random::Distribution::Kind::Exponential, {3600}}};

  LublinModel lublin;  ///< of Model::Lublin
  /// Of estimates to run times; none: jobs have no estimates.
  std::optional<random::Random<Ratio>> estimate_factor;
};

inline constexpr std::int64_t most_synthetic_jobs = 10'000'000;

/// The load's jobs, named 1, 2, ... by time of submission. Times are cut at 1e12 s. Streams under
/// the seed: scheduling/arrivals, /sizes, /run_times and /estimates, so that another size
/// distribution leaves the arrivals. About 200 bytes and a microsecond a job. Throws
/// std::invalid_argument, saying what would be right, for numbers out of the ranges above.
Trace synthetic_trace(const SyntheticLoad& load, std::uint64_t root_seed);

/// Slot-seconds asked for over those that `n_slots` offer from the first submission to the last;
/// whole nodes have `slots_per_node`. Infinite where all jobs come at once, 0 for no job.
double offered_load(const Trace& trace, std::int64_t n_slots, std::int64_t slots_per_node = 1);

/// Moves the submissions apart or together so that offered_load() becomes `load`, above 0; the
/// first stays, deadlines keep their distance to the submission. Throws std::invalid_argument where
/// that cannot be: jobs that all come at once, or ask for nothing.
void scale_to_load(Trace& trace, std::int64_t n_slots, double load,
                   std::int64_t slots_per_node = 1);

}  // namespace longhaul::scheduling
