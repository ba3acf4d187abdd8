// The axes of a sweep with their values read and checked, before they are laid out.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "random/distribution.hpp"
#include "scenario/axis_field.hpp"
#include "scenario/sweep_file.hpp"

namespace longhaul::experiment {

/// An axis ready to give values.
struct LaidAxis {
  const scenario::SweepAxis* config = nullptr;
  Location where;
  scenario::AxisField field;
  std::vector<scenario::AxisValue> values;           ///< of a listed axis
  std::optional<random::Distribution> distribution;  ///< of a sampled one
  std::optional<std::size_t> formula, when;          ///< numbers among the sweep's expressions
  std::size_t group = 0;                             ///< of a listed axis, among those of the grid
};

/// Reads the values of every axis and gives those without a name theirs. Mistakes go to the
/// diagnostics. The result points into `loaded`.
std::vector<LaidAxis> read_axes(scenario::LoadedSweep& loaded, Diagnostics& diagnostics);

/// Whether design, samples, repeats and precision fit the axes; sampled axes turn a grid into a
/// Latin hypercube.
void check_design(scenario::LoadedSweep& loaded, const std::vector<LaidAxis>& axes,
                  Diagnostics& diagnostics);

}  // namespace longhaul::experiment
