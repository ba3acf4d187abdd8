// The utilisation of a lab's run, from the step model on the platform of its chips.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "scenario/scenario.hpp"
#include "training/laws/critical_batch.hpp"
#include "training/laws/scaling.hpp"

namespace longhaul::experiment {

/// A transformer of about so many parameters: layers by the depth law, to the nearest of four to
/// seven times a power of two, heads 128 wide, an MLP of four times the hidden width, which is a
/// multiple of 1,024 above 16,384 and of 256 below.
training::ModelShape shape_of_size(double n_parameters);

/// Utilisations by phase, chips, size of the model and over-training, each rounded: see LabSteps.
using StepAnswers = std::map<std::tuple<std::size_t, int, int, int>, double>;

/// Model FLOP utilisation of training runs on phases with a platform. Answers are remembered: runs
/// that differ by less than a fifth in model size or over-training, or a half in chips, have one
/// answer.
class LabSteps {
 public:
  /// `scenario` must outlive it. `known`: answers for its platforms, plan and batch law that were
  /// given before. Throws std::invalid_argument where the batch law is not anchored as it must be.
  explicit LabSteps(const scenario::Scenario& scenario, StepAnswers known = {});

  /// Of so many chips of the phase, for a model of so many parameters, trained on 20 tokens each
  /// times `over_training`: the fastest plan that fits memory, on all chips or on the half, the
  /// quarter, .. that is fastest, by the closed forms of the step; over the peak of all chips. 0
  /// where none fits.
  double utilisation(std::size_t phase, double chips, double n_parameters, double over_training);
  const StepAnswers& known() const { return known_; }

 private:
  double fastest(std::size_t phase, std::int64_t gpus, const training::Allocation& run) const;

  const scenario::Scenario& s_;
  training::BatchLaw batch_;
  StepAnswers known_;
};

}  // namespace longhaul::experiment
