#include "scheduling/synthetic.hpp"

#include <algorithm>
#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <string>

#include "random/gamma.hpp"
#include "random/stream.hpp"
#include "scheduling/trace_draft.hpp"

namespace longhaul::scheduling {

namespace {

using random::Stream;

void require(bool right, const char* what) {
  if (!right) throw std::invalid_argument(what);
}

bool is_share(double x) { return x >= 0 && x <= 1; }

/// Submissions of a Poisson process whose rate goes up and down with the day, by thinning [Lewis,
/// Shedler, Naval Research Logistics Quarterly 26(3), 1979].
class PoissonArrivals {
 public:
  PoissonArrivals(const SyntheticLoad& load, std::uint64_t seed)
      : load_(load), stream_(seed, "scheduling/arrivals") {}

  double next_s() {
    const double highest_rate = 1 + load_.daily_swing;  // in units of the mean one
    do now_s_ += stream_.exponential(load_.mean_gap.value() / highest_rate);
    while (load_.daily_swing > 0 && stream_.uniform() * highest_rate >= rate());
    return now_s_;
  }

 private:
  double rate() const {
    const double days = (now_s_ - load_.daily_peak.value()) / seconds_per_day;
    return 1 + load_.daily_swing * std::cos(2 * std::numbers::pi * days);
  }

  const SyntheticLoad& load_;
  Stream stream_;
  double now_s_ = 0;
};

/// As the authors' program: a gap is drawn in seconds of an average half hour and then spent half
/// hour by half hour, each of which takes more or less of it by its share of the day's jobs.
class LublinArrivals {
 public:
  LublinArrivals(const LublinModel& model, std::uint64_t seed)
      : model_(model), stream_(seed, "scheduling/arrivals") {
    const auto below = [&](double x) { return boost::math::gamma_p(model.day_a, x / model.day_b); };
    double sum = 0;
    // The gamma is of a day that starts at 5 in the morning; half hours count from 1 there.
    for (int i = first_of_day; i < first_of_day + n_half_hours; ++i) {
      const double weight = below(i + 0.5) - below(i - 0.5);
      weights_[static_cast<std::size_t>((i - 1) % n_half_hours)] = weight;
      sum += weight;
    }
    require(std::all_of(weights_.begin(), weights_.end(),
                        [&](double weight) { return weight > 1e-6 * sum; }),
            "day_a and day_b leave half hours of a day without jobs; they should be near 8.17 and "
            "3.96");
    for (double& weight : weights_) weight *= n_half_hours / sum;
  }

  double next_s() {
    double log_gap_s = 0;
    do log_gap_s = random::gamma(stream_, model_.gap_a, model_.gap_b);
    while (log_gap_s > model_.longest_log_gap_s);
    double left = std::exp(log_gap_s) / half_hour_s;  // average half hours
    // What is left of the present half hour, then whole ones.
    while (left > (1 - into_) * weights_[half_hour_]) {
      left -= (1 - into_) * weights_[half_hour_];
      into_ = 0;
      half_hour_ = (half_hour_ + 1) % n_half_hours;
      passed_ += 1;
    }
    into_ += left / weights_[half_hour_];
    return (passed_ + into_) * half_hour_s;
  }

 private:
  static constexpr int n_half_hours = 48;
  static constexpr int first_of_day = 11;
  static constexpr double half_hour_s = 1800;

  const LublinModel& model_;
  Stream stream_;
  std::array<double, n_half_hours> weights_{};  ///< 1 on average
  std::size_t half_hour_ = 0;
  double passed_ = 0;  ///< half hours since the start
  double into_ = 0;    ///< share of the present one
};

/// Log-uniform in whole numbers: k comes with probability ln((k + 1)/k) / ln((max + 1)/min).
std::int64_t log_uniform(Stream& stream, std::int64_t min, std::int64_t max) {
  const double low = static_cast<double>(min), ratio = static_cast<double>(max + 1) / low;
  const auto drawn = static_cast<std::int64_t>(low * std::pow(ratio, stream.uniform()));
  return std::clamp(drawn, min, max);
}

class PlainSizes {
 public:
  explicit PlainSizes(const SyntheticLoad& load) : load_(load) {
    while ((std::int64_t{1} << first_) < load.min_slots) ++first_;
    while ((std::int64_t{1} << (last_ + 1)) <= load.max_slots) ++last_;
    require(load.share_power_of_two == 0 || first_ <= last_,
            "share_power_of_two above 0 wants a power of two from min_slots to max_slots");
  }
  std::int64_t next(Stream& stream) const {
    if (load_.min_slots == load_.max_slots) return load_.min_slots;
    if (stream.uniform() < load_.share_power_of_two)
      return std::int64_t{1} << (first_ + stream.below(last_ - first_ + 1));
    return log_uniform(stream, load_.min_slots, load_.max_slots);
  }

 private:
  const SyntheticLoad& load_;
  std::int64_t first_ = 0, last_ = 0;  ///< powers
};

std::int64_t lublin_size(const LublinModel& model, std::int64_t max_slots, Stream& stream) {
  const double u = stream.uniform();
  if (u <= model.share_serial) return 1;
  const double highest = std::log2(static_cast<double>(max_slots));
  const double middle = highest - model.log2_below_highest;
  const bool low_stage = stream.uniform() <= model.share_low_stage;
  const double from = low_stage ? model.log2_lowest : middle, to = low_stage ? middle : highest;
  double log2_size = from + stream.uniform() * (to - from);
  if (u <= model.share_serial + model.share_power_of_two) log2_size = std::round(log2_size);
  return std::clamp<std::int64_t>(std::llround(std::exp2(log2_size)), 1, max_slots);
}

double lublin_run_time_s(const LublinModel& model, std::int64_t slots, Stream& stream) {
  const double first =
      std::clamp(model.slope * static_cast<double>(slots) + model.intercept, 0.0, 1.0);
  double log_s = 0;
  do
    log_s = stream.uniform() <= first ? random::gamma(stream, model.first_a, model.first_b)
                                      : random::gamma(stream, model.second_a, model.second_b);
  while (log_s > model.longest_log_s);
  return std::exp(log_s);
}

void check_poisson(const SyntheticLoad& load) {
  require(load.mean_gap > seconds(0) && load.mean_gap <= seconds(longest_time_s),
          "mean_gap should be more than 0 s, and at most 1e12 s");
  require(is_share(load.daily_swing), "daily_swing should be from 0 to 1");
  require(std::isfinite(load.daily_peak.value()), "daily_peak should be a time of the day");
  require(load.min_slots >= 1 && load.min_slots <= load.max_slots,
          "min_slots should be from 1 to max_slots");
  require(is_share(load.share_power_of_two), "share_power_of_two should be from 0 to 1");
  require(load.run_time.distribution.lowest() >= 0,
          "run_time should be no distribution that can be negative");
}

/// A gamma that is cut has to have draws below the cut.
bool is_gamma_below(double a, double b, double cut) {
  return a > 0 && b > 0 && std::isfinite(a) && boost::math::gamma_p(a, cut / b) > 0.01;
}

void check_lublin(const SyntheticLoad& load) {
  const LublinModel& model = load.lublin;
  require(load.max_slots >= 8, "max_slots of Lublin's model should be at least 8");
  require(is_share(model.share_serial) && is_share(model.share_power_of_two) &&
              is_share(model.share_serial + model.share_power_of_two) &&
              is_share(model.share_low_stage),
          "shares of Lublin's model should be from 0 to 1, and those of serial jobs and powers of "
          "two at most 1 together");
  require(model.log2_lowest >= 0 && model.log2_below_highest >= 0 &&
              model.log2_lowest <=
                  std::log2(static_cast<double>(load.max_slots)) - model.log2_below_highest,
          "log2_lowest should be from 0 to log2(max_slots) - log2_below_highest");
  require(std::isfinite(model.slope) && std::isfinite(model.intercept),
          "slope and intercept should be numbers");
  require(model.longest_log_s > 0 && model.longest_log_s <= std::log(longest_time_s) &&
              is_gamma_below(model.first_a, model.first_b, model.longest_log_s) &&
              is_gamma_below(model.second_a, model.second_b, model.longest_log_s),
          "gammas of the run time should be positive, and mostly below longest_log_s, at most 27");
  require(
      model.longest_log_gap_s > 0 && model.longest_log_gap_s <= 18 &&
          is_gamma_below(model.gap_a, model.gap_b, model.longest_log_gap_s),
      "the gamma of the gaps should be positive, and mostly below longest_log_gap_s, at most 18");
  require(model.day_a > 0 && model.day_b > 0 && std::isfinite(model.day_a) &&
              std::isfinite(model.day_b),
          "day_a and day_b should be above 0");
}

void check(const SyntheticLoad& load) {
  require(load.n_jobs >= 1 && load.n_jobs <= most_synthetic_jobs,
          "n_jobs should be from 1 to 10 million");
  require(load.max_slots >= 1 && load.max_slots <= most_slots,
          "max_slots should be from 1 to 2^31");
  require(!load.estimate_factor || load.estimate_factor->distribution.lowest() >= 0,
          "estimate_factor should be no distribution that can be negative");
  if (load.model == SyntheticLoad::Model::Poisson)
    check_poisson(load);
  else
    check_lublin(load);
}

double slots_of(const Job& job, std::int64_t slots_per_node) {
  const auto slots = static_cast<double>(job.slots);
  if (job.nodes == 0) return slots;
  return static_cast<double>(job.nodes) *
         (job.slots == 0 ? static_cast<double>(slots_per_node) : slots);
}

double slot_seconds(const Trace& trace, std::int64_t slots_per_node) {
  double sum_s = 0;
  for (const auto& job : trace.jobs) sum_s += slots_of(job, slots_per_node) * job.run_time.value();
  return sum_s;
}

}  // namespace

Trace synthetic_trace(const SyntheticLoad& load, std::uint64_t root_seed) {
  check(load);
  const bool plain = load.model == SyntheticLoad::Model::Poisson;
  Stream sizes(root_seed, "scheduling/sizes"), run_times(root_seed, "scheduling/run_times"),
      estimates(root_seed, "scheduling/estimates");
  std::function<double()> next_submission_s;
  std::function<std::int64_t()> next_size;
  if (plain) {
    next_submission_s = [arrivals = PoissonArrivals(load, root_seed)]() mutable {
      return arrivals.next_s();
    };
    next_size = [&, plain_sizes = PlainSizes(load)] { return plain_sizes.next(sizes); };
  } else {
    next_submission_s = [arrivals = LublinArrivals(load.lublin, root_seed)]() mutable {
      return arrivals.next_s();
    };
    next_size = [&] { return lublin_size(load.lublin, load.max_slots, sizes); };
  }
  const auto cut = [](double time_s) { return seconds(std::min(time_s, longest_time_s)); };
  Trace trace;
  trace.jobs.resize(static_cast<std::size_t>(load.n_jobs));
  std::int64_t number = 0;
  for (Job& job : trace.jobs) {
    job.name = std::to_string(++number);
    job.submit = cut(next_submission_s());
    job.slots = next_size();
    job.run_time = cut(plain ? load.run_time.draw(run_times).value()
                             : lublin_run_time_s(load.lublin, job.slots, run_times));
    if (load.estimate_factor)
      job.estimate = cut((load.estimate_factor->draw(estimates) * job.run_time).value());
  }
  return trace;
}

double offered_load(const Trace& trace, std::int64_t n_slots, std::int64_t slots_per_node) {
  const double asked_s = slot_seconds(trace, slots_per_node);
  if (asked_s == 0) return 0;
  const double span_s = (trace.jobs.back().submit - trace.jobs.front().submit).value();
  if (span_s == 0) return std::numeric_limits<double>::infinity();
  return asked_s / (static_cast<double>(n_slots) * span_s);
}

void scale_to_load(Trace& trace, std::int64_t n_slots, double load, std::int64_t slots_per_node) {
  require(load > 0 && std::isfinite(load), "the load should be above 0");
  const double now = offered_load(trace, n_slots, slots_per_node);
  require(now > 0 && std::isfinite(now),
          "jobs that all come at once, or ask for nothing, can be moved to no load");
  const Seconds first = trace.jobs.front().submit;
  require((trace.jobs.back().submit - first).value() * (now / load) <= longest_time_s,
          "at so small a load the jobs would come over more than 1e12 s");
  for (Job& job : trace.jobs) {
    const Seconds moved = first + (job.submit - first) * (now / load);
    if (job.deadline) *job.deadline += moved - job.submit;
    job.submit = moved;
  }
}

}  // namespace longhaul::scheduling
