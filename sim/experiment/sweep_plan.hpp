// The points of a sweep: which values the axes take in each combination, and the seeds of repeats.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenario/axis_field.hpp"
#include "scenario/sweep_file.hpp"

namespace longhaul::experiment {

/// A combination of values, one an axis; nothing where the field keeps the scenario's value.
using Combination = std::vector<std::optional<scenario::AxisValue>>;

/// The axes laid out. Combinations are numbered from 0: the grid of listed axes, the last axis
/// fastest, and inside of it the rows of the design over the sampled axes. Any of them is worked
/// out by itself, so that a million cost no memory; where there are conditions, the numbers of
/// those that hold are kept.
class SweepPlan {
 public:
  static constexpr std::int64_t most_combinations = 10'000'000;  ///< before conditions

  /// Throws InputError with every mistake in [sweep].
  explicit SweepPlan(const scenario::LoadedSweep& loaded);
  ~SweepPlan();
  SweepPlan(const SweepPlan&) = delete;
  SweepPlan& operator=(const SweepPlan&) = delete;

  const scenario::Sweep& sweep() const;
  std::int64_t n_combinations() const;
  /// Of an axis's numbers: "s"; empty where they have none.
  std::string unit(std::size_t axis) const;
  Combination combination(std::int64_t number) const;
  /// What `repeat` (from 0) of a combination draws from: of the root seed, by name.
  std::int64_t seed(std::int64_t combination, std::int64_t repeat) const;
  /// "key.path=value" for each value and the seed.
  std::vector<std::string> assignments(std::int64_t combination, std::int64_t repeat) const;
  /// "run.gpus = 8192, run.fidelity = "flow"", for messages.
  std::string name(std::int64_t combination) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longhaul::experiment
