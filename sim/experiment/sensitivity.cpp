#include "experiment/sensitivity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include "random/stream.hpp"

namespace longhaul::experiment {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// What the indices are means of, for each base sample: two terms of the variance, three an input.
class Terms {
 public:
  Terms(std::span<const double> outputs, int n_inputs)
      : n_inputs_(static_cast<std::size_t>(n_inputs)) {
    const std::size_t n_outputs = n_inputs_ + 2;
    for (std::size_t at = 0; at < outputs.size(); at += n_outputs) {
      const auto sample = outputs.subspan(at, n_outputs);
      if (std::all_of(sample.begin(), sample.end(), [](double y) { return std::isfinite(y); }))
        samples_.push_back(sample);
    }
    find_mean();
    for (const auto& sample : samples_) add(sample);
  }

  std::size_t n() const { return samples_.size(); }
  double mean() const { return mean_; }
  double variance() const { return variance_; }

  /// First orders, then total orders, with each base sample counted so many times, n in all. Empty
  /// where these samples do not vary.
  std::optional<std::vector<double>> indices(std::span<const int> counts) const {
    std::vector<double> sums(width());
    for (std::size_t i = 0; i < n(); ++i)
      for (std::size_t k = 0; k < width(); ++k) sums[k] += counts[i] * terms_[i * width() + k];
    for (double& sum : sums) sum /= static_cast<double>(n());
    const double mean = sums[0] / 2;
    const double variance = sums[1] / 2 - mean * mean;
    if (!(variance > 1e-12 * variance_)) return std::nullopt;  // what rounding leaves of nothing
    std::vector<double> result(2 * n_inputs_);
    for (std::size_t j = 0; j < n_inputs_; ++j) {
      const double* input = &sums[2 + 3 * j];
      result[j] = (input[0] - mean * input[1]) / variance;
      result[n_inputs_ + j] = input[2] / (2 * variance);
    }
    return result;
  }

 private:
  std::size_t width() const { return 2 + 3 * n_inputs_; }

  void find_mean() {
    if (samples_.empty()) return;
    std::vector<double> both;
    for (const auto& sample : samples_) both.insert(both.end(), {sample[0], sample[1]});
    const auto summary = statistics(both);
    mean_ = summary.mean;
    variance_ = summary.standard_deviation * summary.standard_deviation;
  }

  void add(std::span<const double> sample) {
    const double a = sample[0] - mean_;
    const double b = sample[1] - mean_;
    terms_.insert(terms_.end(), {a + b, a * a + b * b});
    for (const double y : sample.subspan(2)) {
      const double change = y - sample[0];
      terms_.insert(terms_.end(), {b * change, change, change * change});
    }
  }

  std::size_t n_inputs_;
  std::vector<std::span<const double>> samples_;
  std::vector<double> terms_;
  double mean_ = nan;
  double variance_ = nan;
};

/// Each index of each resample that varies: one list an index.
std::vector<std::vector<double>> resampled(const Terms& terms, const Bootstrap& bootstrap) {
  random::Stream stream(bootstrap.seed, "sensitivity/bootstrap");
  const auto n = static_cast<std::int64_t>(terms.n());
  std::vector<std::vector<double>> lists;
  for (int k = 0; k < bootstrap.n_resamples; ++k) {
    std::vector<int> counts(terms.n());
    for (std::int64_t i = 0; i < n; ++i) ++counts[static_cast<std::size_t>(stream.below(n))];
    const auto indices = terms.indices(counts);
    if (!indices) continue;
    lists.resize(indices->size());
    for (std::size_t j = 0; j < indices->size(); ++j) lists[j].push_back((*indices)[j]);
  }
  return lists;
}

Interval middle(const std::vector<double>& list, double confidence) {
  const double tail = (1 - confidence) / 2;
  const auto ends = percentiles(list, std::vector<double>{tail, 1 - tail});
  return {ends[0], ends[1]};
}

void check(std::span<const double> outputs, int n_inputs, const Bootstrap& bootstrap) {
  if (n_inputs < 1)
    throw std::invalid_argument(fmt::format("indices want an input at least, not {}", n_inputs));
  if (outputs.size() % (static_cast<std::size_t>(n_inputs) + 2) != 0)
    throw std::invalid_argument(
        fmt::format("indices of {} inputs want {} outputs a base sample, {} "
                    "are not whole samples",
                    n_inputs, n_inputs + 2, outputs.size()));
  check_confidence(bootstrap.confidence);
  if (bootstrap.n_resamples < 2)
    throw std::invalid_argument(
        fmt::format("a bootstrap wants 2 resamples at least, not {}", bootstrap.n_resamples));
}

}  // namespace

SaltelliDesign::SaltelliDesign(random::UnitDesign samples) : samples_(std::move(samples)) {
  if (samples_.dims() % 2 != 0)
    throw std::invalid_argument(fmt::format(
        "a Saltelli design wants twice as many dimensions as inputs, not {}", samples_.dims()));
}

SaltelliDesign::Row SaltelliDesign::row(std::int64_t r) const {
  assert(0 <= r && r < n_rows());
  const std::int64_t base = r / (n_inputs() + 2);
  const int at = static_cast<int>(r % (n_inputs() + 2));
  if (at == 0) return {base, Block::A, -1};
  if (at == 1) return {base, Block::B, -1};
  return {base, Block::Exchanged, at - 2};
}

std::vector<double> SaltelliDesign::point(std::int64_t r) const {
  const auto [base, block, input] = row(r);
  const auto both = samples_.point(base);
  const auto half = both.begin() + n_inputs();
  if (block == Block::B) return {half, both.end()};
  std::vector<double> point(both.begin(), half);
  if (block == Block::Exchanged) point[static_cast<std::size_t>(input)] = half[input];
  return point;
}

VarianceShares sobol_indices(std::span<const double> outputs, int n_inputs,
                             const Bootstrap& bootstrap) {
  check(outputs, n_inputs, bootstrap);
  const Terms terms(outputs, n_inputs);
  const Interval none{nan, nan};
  VarianceShares shares{static_cast<std::int64_t>(terms.n()), terms.mean(), terms.variance(), {}};
  shares.inputs.assign(static_cast<std::size_t>(n_inputs), {nan, nan, none, none});
  const auto indices = terms.indices(std::vector<int>(terms.n(), 1));
  if (terms.n() < 2 || !indices) return shares;
  const auto lists = resampled(terms, bootstrap);
  for (std::size_t first = 0; first < shares.inputs.size(); ++first) {
    const std::size_t total = first + shares.inputs.size();
    shares.inputs[first] = {(*indices)[first], (*indices)[total],
                            lists.empty() ? none : middle(lists[first], bootstrap.confidence),
                            lists.empty() ? none : middle(lists[total], bootstrap.confidence)};
  }
  return shares;
}

OneAtATime::OneAtATime(std::vector<double> baseline, std::vector<double> low,
                       std::vector<double> high)
    : baseline_(std::move(baseline)), low_(std::move(low)), high_(std::move(high)) {
  if (low_.size() != baseline_.size() || high_.size() != baseline_.size())
    throw std::invalid_argument(fmt::format(
        "each input wants a baseline, a low and a high value, not {}, {} and {} of them",
        baseline_.size(), low_.size(), high_.size()));
}

OneAtATime::Row OneAtATime::row(int r) const {
  assert(0 <= r && r < n_rows());
  if (r == 0) return {-1, Side::Baseline};
  return {(r - 1) / 2, r % 2 == 1 ? Side::Low : Side::High};
}

std::vector<double> OneAtATime::point(int r) const {
  const auto [input, side] = row(r);
  auto point = baseline_;
  if (side == Side::Baseline) return point;
  const auto at = static_cast<std::size_t>(input);
  point[at] = side == Side::Low ? low_[at] : high_[at];
  return point;
}

double Swing::size() const { return std::abs(high - low); }

Tornado tornado(std::span<const double> outputs) {
  if (outputs.size() % 2 == 0)
    throw std::invalid_argument(fmt::format(
        "one input at a time wants a baseline and two outputs an input, not {}", outputs.size()));
  Tornado tornado{outputs[0], {}};
  for (std::size_t r = 1; r < outputs.size(); r += 2)
    tornado.swings.push_back({static_cast<int>(r / 2), outputs[r], outputs[r + 1]});
  const auto order = [](const Swing& swing) {
    return std::isnan(swing.size()) ? -1.0 : swing.size();
  };
  std::stable_sort(tornado.swings.begin(), tornado.swings.end(),
                   [&](const Swing& a, const Swing& b) { return order(a) > order(b); });
  return tornado;
}

}  // namespace longhaul::experiment
