// How many layers a transformer of N parameters has.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace longhaul::training {

/// Layers = factor N^exponent.
struct DepthLaw {
  std::string name;
  double factor = 0;
  double exponent = 0;
  std::string source;
};

/// "power-0.27", the fit to the models of Hoffmann 2022, and the two ends of its 80 % interval,
/// which turn it about N = 1e12.
std::span<const DepthLaw> depth_laws();
std::optional<DepthLaw> find_depth_law(std::string_view name);

/// The fit turned about N = 1e12 to another exponent, 0.088 (1e12)^0.27 (N/1e12)^exponent: all such
/// laws agree on the 153 layers of 1e12 parameters [Sevilla+ 2024, latency wall].
DepthLaw turned_depth_law(double exponent);

/// Layers as a real number, for closed forms. Throws std::invalid_argument unless N is positive.
double depth(const DepthLaw& law, double n_parameters);
/// The nearest whole number of layers, at least 1.
std::int64_t whole_layers(const DepthLaw& law, double n_parameters);

}  // namespace longhaul::training
