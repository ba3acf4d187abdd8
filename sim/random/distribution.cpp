#include "random/distribution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/math/distributions/normal.hpp>
#include <boost/random/lognormal_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/triangle_distribution.hpp>
#include <boost/random/weibull_distribution.hpp>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "random/metalog.hpp"

namespace longhaul::random {

namespace {

using Kind = Distribution::Kind;

constexpr std::array<Distribution::Shape, 12> all_shapes{{
    {Kind::Constant, "constant", "value", 1, 1},
    {Kind::Uniform, "uniform", "lowest, highest", 2, 2},
    {Kind::LogUniform, "log_uniform", "lowest, highest", 2, 2},
    {Kind::Triangular, "triangular", "lowest, most likely, highest", 3, 3},
    {Kind::Normal, "normal", "mean, standard deviation", 2, 2},
    {Kind::Lognormal, "lognormal", "median, standard deviation of the logarithm", 2, 1},
    {Kind::Exponential, "exponential", "mean", 1, 1},
    {Kind::Weibull, "weibull", "scale, shape", 2, 1},
    {Kind::Choice, "choice", "values, each as likely as the others", 0, 0},
    {Kind::Metalog, "metalog", "10th, 50th and 90th percentile, above 0", 3, 3},
    {Kind::MetalogShare, "metalog_share", "10th, 50th and 90th percentile, between 0 and 1", 3, 3},
    {Kind::MetalogGrowth, "metalog_growth", "10th, 50th and 90th percentile, above 1", 3, 3},
}};

void require(bool condition, const char* what) {
  if (!condition) throw std::invalid_argument(what);
}

/// Of the normal with mean 0 and deviation 1.
double standard_normal_quantile(double u) {
  return boost::math::quantile(boost::math::normal{}, std::max(u, 0x1p-53));
}

double triangular_quantile(double lowest, double likeliest, double highest, double u) {
  const double width = highest - lowest;
  const double rise = likeliest - lowest;
  const double fall = highest - likeliest;
  return u * width < rise ? lowest + std::sqrt(u * width * rise)
                          : highest - std::sqrt((1 - u) * width * fall);
}

MetalogBounds bounds_of(Kind kind) {
  if (kind == Kind::MetalogShare) return MetalogBounds::Share;
  return kind == Kind::MetalogGrowth ? MetalogBounds::Growth : MetalogBounds::Positive;
}

Metalog metalog_of(Kind kind, const std::vector<double>& p) {
  return {bounds_of(kind), {p[0], p[1], p[2]}};
}

}  // namespace

std::span<const Distribution::Shape> Distribution::shapes() { return all_shapes; }

const Distribution::Shape& Distribution::shape(Kind kind) {
  return *std::find_if(all_shapes.begin(), all_shapes.end(),
                       [kind](const Shape& s) { return s.kind == kind; });
}

Distribution::Distribution(Kind kind, std::vector<double> parameters)
    : kind_(kind), parameters_(std::move(parameters)) {
  const auto& p = parameters_;
  const auto& wanted = shape(kind);
  if (wanted.n_parameters > 0 && std::cmp_not_equal(p.size(), wanted.n_parameters))
    throw std::invalid_argument(fmt::format("{} takes {} value{} ({})", wanted.name,
                                            wanted.n_parameters, wanted.n_parameters > 1 ? "s" : "",
                                            wanted.parameters));
  switch (kind) {
    case Kind::Constant:
      break;
    case Kind::Uniform:
      require(p[0] <= p[1], "uniform wants its lowest value first");
      break;
    case Kind::LogUniform:
      require(0 < p[0] && p[0] <= p[1], "log_uniform wants positive values, the lowest first");
      break;
    case Kind::Triangular:
      require(p[0] <= p[1] && p[1] <= p[2] && p[0] < p[2],
              "triangular wants lowest, most likely and highest in this order");
      break;
    case Kind::Normal:
      require(p[1] >= 0, "normal wants a standard deviation of at least 0");
      break;
    case Kind::Lognormal:
      require(p[0] > 0 && p[1] >= 0, "lognormal wants a positive median and a deviation >= 0");
      break;
    case Kind::Exponential:
      require(p[0] > 0, "exponential wants a positive mean");
      break;
    case Kind::Weibull:
      require(p[0] > 0 && p[1] > 0, "weibull wants a positive scale and a positive shape");
      break;
    case Kind::Choice:
      require(!p.empty(), "choice wants at least one value");
      break;
    case Kind::Metalog:
    case Kind::MetalogShare:
    case Kind::MetalogGrowth:
      metalog_of(kind, p);
      break;
  }
}

double Distribution::draw(Stream& stream) const {
  const auto& p = parameters_;
  auto& engine = stream.engine();
  switch (kind_) {
    case Kind::Constant:
      return p[0];
    case Kind::Uniform:
      return p[0] + (p[1] - p[0]) * stream.uniform();
    case Kind::LogUniform:
      return p[0] * std::pow(p[1] / p[0], stream.uniform());
    case Kind::Triangular:
      return boost::random::triangle_distribution<double>{p[0], p[1], p[2]}(engine);
    case Kind::Normal:
      return boost::random::normal_distribution<double>{p[0], p[1]}(engine);
    case Kind::Lognormal:
      return boost::random::lognormal_distribution<double>{std::log(p[0]), p[1]}(engine);
    case Kind::Exponential:
      return std::max(lowest(), stream.exponential(p[0]));
    case Kind::Weibull:
      return std::max(lowest(), boost::random::weibull_distribution<double>{p[1], p[0]}(engine));
    case Kind::Choice:
      return p[static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(p.size())))];
    case Kind::Metalog:
    case Kind::MetalogShare:
    case Kind::MetalogGrowth:
      return quantile(stream.uniform());
  }
  throw std::logic_error("a distribution of no kind");
}

double Distribution::quantile(double u) const {
  assert(0 <= u && u < 1);
  const auto& p = parameters_;
  const auto unbounded = [&] {
    switch (kind_) {
      case Kind::Constant:
        return p[0];
      case Kind::Uniform:
        return p[0] + (p[1] - p[0]) * u;
      case Kind::LogUniform:
        return p[0] * std::pow(p[1] / p[0], u);
      case Kind::Triangular:
        return triangular_quantile(p[0], p[1], p[2], u);
      case Kind::Normal:
        return p[0] + p[1] * standard_normal_quantile(u);
      case Kind::Lognormal:
        return p[0] * std::exp(p[1] * standard_normal_quantile(u));
      case Kind::Exponential:
        return -p[0] * std::log1p(-u);
      case Kind::Weibull:
        return p[0] * std::pow(-std::log1p(-u), 1 / p[1]);
      case Kind::Choice:
        return p[static_cast<std::size_t>(u * static_cast<double>(p.size()))];
      case Kind::Metalog:
      case Kind::MetalogShare:
      case Kind::MetalogGrowth:
        return metalog_of(kind_, p).quantile(std::max(u, 0x1p-53));
    }
    throw std::logic_error("a distribution of no kind");
  };
  return std::clamp(unbounded(), lowest(), highest());  // rounding, and powers that underflow
}

double Distribution::mean() const {
  const auto& p = parameters_;
  switch (kind_) {
    case Kind::Uniform:
      return (p[0] + p[1]) / 2;
    case Kind::LogUniform:
      return p[0] == p[1] ? p[0] : (p[1] - p[0]) / std::log(p[1] / p[0]);
    case Kind::Triangular:
      return (p[0] + p[1] + p[2]) / 3;
    case Kind::Lognormal:
      return p[0] * std::exp(p[1] * p[1] / 2);
    case Kind::Weibull:
      return p[0] * std::tgamma(1 + 1 / p[1]);
    case Kind::Choice:
      return std::accumulate(p.begin(), p.end(), 0.0) / static_cast<double>(p.size());
    case Kind::Metalog:
    case Kind::MetalogShare:
    case Kind::MetalogGrowth:
      return metalog_of(kind_, p).mean();
    case Kind::Constant:
    case Kind::Normal:
    case Kind::Exponential:
      return p[0];
  }
  throw std::logic_error("a distribution of no kind");
}

double Distribution::lowest() const {
  switch (kind_) {
    case Kind::Normal:
      return parameters_[1] == 0 ? parameters_[0] : -std::numeric_limits<double>::infinity();
    case Kind::Lognormal:
      return parameters_[1] == 0 ? parameters_[0] : std::numeric_limits<double>::min();
    case Kind::Exponential:
    case Kind::Weibull:
    case Kind::Metalog:
    case Kind::MetalogShare:
      return std::numeric_limits<double>::min();
    case Kind::MetalogGrowth:
      return std::nextafter(1.0, 2.0);
    case Kind::Choice:
      return *std::min_element(parameters_.begin(), parameters_.end());
    case Kind::Constant:
    case Kind::Uniform:
    case Kind::LogUniform:
    case Kind::Triangular:
      return parameters_[0];
  }
  throw std::logic_error("a distribution of no kind");
}

double Distribution::highest() const {
  switch (kind_) {
    case Kind::Normal:
    case Kind::Lognormal:
      return parameters_[1] == 0 ? parameters_[0] : std::numeric_limits<double>::infinity();
    case Kind::Exponential:
    case Kind::Weibull:
    case Kind::Metalog:
    case Kind::MetalogGrowth:
      return std::numeric_limits<double>::infinity();
    case Kind::MetalogShare:
      return std::nextafter(1.0, 0.0);
    case Kind::Choice:
      return *std::max_element(parameters_.begin(), parameters_.end());
    case Kind::Constant:
    case Kind::Uniform:
    case Kind::LogUniform:
    case Kind::Triangular:
      return parameters_.back();
  }
  throw std::logic_error("a distribution of no kind");
}

}  // namespace longhaul::random
