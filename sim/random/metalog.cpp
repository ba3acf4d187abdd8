#include "random/metalog.hpp"

#include <fmt/format.h>

#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace longhaul::random {

namespace {

/// z rises with u wherever its slope, (terms[1] + terms[2] g(u))/(u (1 - u)), is positive, with
/// g(u) = u - 0.5 + u (1 - u) logit(u). |g| is greatest where x tanh(x/2) = 2, x = logit(u) =
/// 2.399357, so that |1 - 2r| may be 0.4/0.599839 at most.
constexpr double greatest_g = 0.59983932;
constexpr double least_r = 0.5 - 0.2 / greatest_g;  // 0.166577

const char* name_of(MetalogBounds bounds) {
  switch (bounds) {
    case MetalogBounds::Positive:
      return "metalog";
    case MetalogBounds::Share:
      return "metalog_share";
    case MetalogBounds::Growth:
      return "metalog_growth";
  }
  throw std::logic_error("a metalog without bounds");
}

const char* range_of(MetalogBounds bounds) {
  switch (bounds) {
    case MetalogBounds::Positive:
      return "above 0";
    case MetalogBounds::Share:
      return "between 0 and 1";
    case MetalogBounds::Growth:
      return "above 1";
  }
  throw std::logic_error("a metalog without bounds");
}

bool lies_within(MetalogBounds bounds, double x) {
  if (bounds == MetalogBounds::Growth) return x > 1;
  return x > 0 && (bounds == MetalogBounds::Positive || x < 1);
}

double transformed(MetalogBounds bounds, double x) {
  switch (bounds) {
    case MetalogBounds::Positive:
      return std::log(x);
    case MetalogBounds::Share:
      return std::log(x / (1 - x));
    case MetalogBounds::Growth:
      return std::log(x - 1);
  }
  throw std::logic_error("a metalog without bounds");
}

double back(MetalogBounds bounds, double z) {
  switch (bounds) {
    case MetalogBounds::Positive:
      return std::exp(z);
    case MetalogBounds::Share:
      return 1 / (1 + std::exp(-z));
    case MetalogBounds::Growth:
      return 1 + std::exp(z);
  }
  throw std::logic_error("a metalog without bounds");
}

}  // namespace

Metalog::Metalog(MetalogBounds bounds, const Percentiles& p) : bounds_(bounds) {
  for (const double x : {p.p10, p.p50, p.p90})
    if (!lies_within(bounds, x))
      throw std::invalid_argument(
          fmt::format("{} wants percentiles {}", name_of(bounds), range_of(bounds)));
  if (!(p.p10 < p.p50 && p.p50 < p.p90))
    throw std::invalid_argument(fmt::format(
        "{} wants its 10th, 50th and 90th percentile in rising order", name_of(bounds)));
  const double z10 = transformed(bounds, p.p10);
  const double z50 = transformed(bounds, p.p50);
  const double z90 = transformed(bounds, p.p90);
  const double width = z90 - z10;
  const double r = (z50 - z10) / width;
  if (!(r >= least_r && r <= 1 - least_r))
    throw std::invalid_argument(fmt::format(
        "no {} has these percentiles; between the same ends the median may be {:.4g} to {:.4g}",
        name_of(bounds), back(bounds, z10 + least_r * width), back(bounds, z90 - least_r * width)));
  const double k = std::log(9.0);
  terms_ = {z50, width / (2 * k), (1 - 2 * r) * width / (0.8 * k)};
}

double Metalog::quantile(double u, double rest) const {
  const double logit = std::log(u / rest);
  const double from_middle = u < 0.5 ? u - 0.5 : 0.5 - rest;
  return back(bounds_, terms_[0] + (terms_[1] + terms_[2] * from_middle) * logit);
}

double Metalog::mean() const {
  // Towards u = 1 the quantile goes as (1 - u)^-tail, which has an integral for tail < 1.
  const double tail = terms_[1] + terms_[2] / 2;
  if (bounds_ != MetalogBounds::Share && tail >= 1) return std::numeric_limits<double>::infinity();
  boost::math::quadrature::tanh_sinh<double> integrator;
  // The second argument is the distance to the nearer end, negative from the lower one.
  const auto value = [this](double u, double distance) {
    return distance < 0 ? quantile(-distance, 1 + distance) : quantile(u, distance);
  };
  return integrator.integrate(value, 0.0, 1.0);
}

}  // namespace longhaul::random
