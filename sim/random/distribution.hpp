// A scalar that may be random: a constant or one of the distributions a scenario can name.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "random/stream.hpp"
#include "units/quantity.hpp"

namespace longhaul::random {

/// A distribution over a quantity in base units. Parameters in the order of `shapes()`.
class Distribution {
 public:
  enum class Kind {
    Constant,
    Uniform,
    LogUniform,
    Triangular,
    Normal,
    Lognormal,
    Exponential,
    Weibull,
    Choice,
    Metalog,
    MetalogShare,
    MetalogGrowth
  };
  /// How a kind is written: its name, its parameters, and which of them carry the unit.
  struct Shape {
    Kind kind;
    std::string_view name;
    std::string_view parameters;  ///< for people, "lowest, highest"
    int n_parameters;             ///< 0: any number of values
    int n_with_unit;              ///< the first so many carry the unit, the rest are plain numbers
  };
  static std::span<const Shape> shapes();
  static const Shape& shape(Kind kind);

  Distribution() = default;
  explicit Distribution(double constant) : parameters_{constant} {}
  /// Throws std::invalid_argument, saying what would be right, when the parameters are not those
  /// of the kind (counts, order, sign).
  Distribution(Kind kind, std::vector<double> parameters);

  Kind kind() const { return kind_; }
  const std::vector<double>& parameters() const { return parameters_; }
  bool is_constant() const { return kind_ == Kind::Constant; }
  double draw(Stream& stream) const;
  /// Infinity where the tail is too heavy to have one.
  double mean() const;
  /// The value that a share `u` of draws lies below, u in [0, 1): the inverse of the cumulative
  /// distribution, within lowest() .. highest(). Of a choice, value floor(u n). A tail without end
  /// is cut at u = 2^-53, where the normal is 8.2 deviations below its mean.
  double quantile(double u) const;
  /// The least value that can be drawn; minus infinity for the normal, the least positive double
  /// where every positive value can come.
  double lowest() const;
  /// The greatest value that can be drawn; infinity where there is none.
  double highest() const;
  friend bool operator==(const Distribution&, const Distribution&) = default;

 private:
  Kind kind_ = Kind::Constant;
  std::vector<double> parameters_{0.0};
};

/// A quantity that may be random: a distribution that knows its dimension.
template <class Quantity>
struct Random {
  Distribution distribution;

  Random() = default;
  Random(const Quantity& constant) : distribution(constant.value()) {}
  explicit Random(Distribution d) : distribution(std::move(d)) {}

  Quantity draw(Stream& stream) const { return Quantity::from_value(distribution.draw(stream)); }
  Quantity mean() const { return Quantity::from_value(distribution.mean()); }
};

}  // namespace longhaul::random
