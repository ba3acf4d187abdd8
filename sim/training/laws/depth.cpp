#include "training/laws/depth.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "training/laws/named.hpp"

namespace longhaul::training {
namespace {

// Sevilla+ 2024 (Epoch AI, "Can AI scaling continue through 2030?"), note 95.
constexpr double fitted_factor = 0.088;
constexpr double fitted_exponent = 0.27;
constexpr double pivot_n_parameters = 1e12;

DepthLaw renamed(DepthLaw law, std::string_view name) {
  law.name = name;
  return law;
}

}  // namespace

std::span<const DepthLaw> depth_laws() {
  static const std::array<DepthLaw, 3> laws{{
      {"power-0.27", fitted_factor, fitted_exponent,
       "Sevilla+ 2024, note 95, from Erdil & Schneider-Joseph 2024 on Hoffmann's models"},
      renamed(turned_depth_law(0.21), "turned-0.21"),
      renamed(turned_depth_law(0.33), "turned-0.33"),
  }};
  return laws;
}

std::optional<DepthLaw> find_depth_law(std::string_view name) {
  return find_named(depth_laws(), name);
}

DepthLaw turned_depth_law(double exponent) {
  const double factor = fitted_factor * std::pow(pivot_n_parameters, fitted_exponent - exponent);
  return {"turned", factor, exponent, "Sevilla+ 2024, note 95, turned about 1e12 parameters"};
}

double depth(const DepthLaw& law, double n_parameters) {
  if (!(n_parameters > 0.0))
    throw std::invalid_argument("a model needs a positive number of parameters");
  return law.factor * std::pow(n_parameters, law.exponent);
}

std::int64_t whole_layers(const DepthLaw& law, double n_parameters) {
  return std::max<std::int64_t>(1, std::llround(depth(law, n_parameters)));
}

}  // namespace longhaul::training
