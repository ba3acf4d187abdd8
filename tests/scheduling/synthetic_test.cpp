// Synthetic loads against the moments and shares that their models state.
#include "scheduling/synthetic.hpp"

#include <doctest/doctest.h>

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <functional>
#include <numbers>
#include <stdexcept>
#include <string>

namespace longhaul::scheduling {
namespace {

using random::Distribution;
using Kind = Distribution::Kind;

/// Within a share of the value; doctest's own scale would make it coarse for small ones.
doctest::Approx near(double value, double share) {
  return doctest::Approx(value).scale(0).epsilon(share);
}

random::Random<Seconds> time(Kind kind, std::vector<double> parameters) {
  return random::Random<Seconds>{Distribution{kind, std::move(parameters)}};
}

double mean(const Trace& trace, const std::function<double(const Job&)>& value) {
  double sum = 0;
  for (const auto& job : trace.jobs) sum += value(job);
  return sum / static_cast<double>(trace.jobs.size());
}

double share(const Trace& trace, const std::function<bool(const Job&)>& holds) {
  return mean(trace, [&](const Job& job) { return holds(job) ? 1.0 : 0.0; });
}

bool is_power_of_two(const Job& job) { return (job.slots & (job.slots - 1)) == 0; }
double hour_of_day(const Job& job) { return std::fmod(job.submit.value(), 86'400) / 3600; }

TEST_CASE("a load of n jobs is sorted, named, and the same for the same seed") {
  SyntheticLoad load;
  for (const auto model : {SyntheticLoad::Model::Poisson, SyntheticLoad::Model::Lublin}) {
    load.model = model;
    load.max_slots = 64;
    load.n_jobs = 500;
    const auto trace = synthetic_trace(load, 1), same = synthetic_trace(load, 1),
               other = synthetic_trace(load, 2);
    REQUIRE(trace.jobs.size() == 500);
    for (std::size_t i = 0; i < 500; ++i) {
      CHECK(trace.jobs[i].name == std::to_string(i + 1));
      CHECK(trace.jobs[i].submit >= trace.jobs[i == 0 ? 0 : i - 1].submit);
      CHECK(trace.jobs[i].submit == same.jobs[i].submit);
      CHECK(trace.jobs[i].run_time == same.jobs[i].run_time);
      CHECK(trace.jobs[i].slots == same.jobs[i].slots);
      CHECK(trace.jobs[i].slots >= 1);
      CHECK(trace.jobs[i].slots <= 64);
      CHECK_FALSE(trace.jobs[i].estimate);
    }
    CHECK(trace.jobs[9].submit != other.jobs[9].submit);
  }
}

TEST_CASE("an M/M/c load has exponential gaps and run times, and jobs of one slot") {
  SyntheticLoad load;
  load.n_jobs = 200'000;
  load.mean_gap = seconds(10);
  load.run_time = time(Kind::Exponential, {80});
  const auto trace = synthetic_trace(load, 1);
  const double n = 200'000;
  // Means of exponentials: deviation mean / sqrt(n), 0.22 %; four of them.
  CHECK(trace.jobs.back().submit.value() / n == near(10, 0.009));
  CHECK(mean(trace, [](const Job& job) { return job.run_time.value(); }) == near(80, 0.009));
  // e^-1 of an exponential lies beyond its mean, e^-3 beyond three.
  CHECK(share(trace, [](const Job& job) { return job.run_time > seconds(80); }) ==
        near(std::exp(-1), 0.012));
  double before_s = 0;
  CHECK(share(trace, [&](const Job& job) {
          const double gap_s = job.submit.value() - before_s;
          before_s = job.submit.value();
          return gap_s > 30;
        }) == near(std::exp(-3), 0.04));
  CHECK(share(trace, [](const Job& job) { return job.slots == 1; }) == 1);
  // lambda / (c mu) = 0.1 x 80 / 10
  CHECK(offered_load(trace, 10) == near(0.8, 0.013));
}

TEST_CASE("arrivals swing with the day around their mean") {
  SyntheticLoad load;
  load.n_jobs = 200'000;
  load.mean_gap = seconds(60);  // 139 days
  load.daily_swing = 0.8;
  load.daily_peak = hours(15);
  const auto trace = synthetic_trace(load, 1);
  CHECK(trace.jobs.back().submit.value() / 200'000 == near(60, 0.01));
  // The share in the twelve hours around the peak: 1/2 + swing/pi = 0.7546; the deviation of a
  // share of so many jobs is 0.1 %.
  CHECK(share(trace, [](const Job& job) { return std::abs(hour_of_day(job) - 15) < 6; }) ==
        near(0.5 + 0.8 / std::numbers::pi, 0.005));
}

TEST_CASE("log-uniform sizes, and powers of two among them") {
  SyntheticLoad load;
  load.n_jobs = 100'000;
  load.max_slots = 127;
  const auto plain = synthetic_trace(load, 1);
  // k comes with ln((k + 1)/k) / ln 128: 1 with 1/7, 2 and 3 together with 1/7, ..., 64-127 with
  // 1/7.
  for (const std::int64_t low : {1, 2, 4, 8, 16, 32, 64})
    CHECK(share(plain, [&](const Job& job) { return job.slots >= low && job.slots < 2 * low; }) ==
          near(1.0 / 7, 0.035));
  CHECK(share(plain, [](const Job& job) { return job.slots == 5; }) ==
        near(std::log(6.0 / 5) / std::log(128), 0.08));

  // Of 1 and 2, 1 comes with ln 2 / ln 3.
  load.max_slots = 2;
  CHECK(share(synthetic_trace(load, 1), [](const Job& job) { return job.slots == 1; }) ==
        near(std::log(2) / std::log(3), 0.01));

  load.max_slots = 127;
  load.share_power_of_two = 1;
  load.min_slots = 3;
  const auto powers = synthetic_trace(load, 1);
  CHECK(share(powers, is_power_of_two) == 1);
  for (const std::int64_t size : {4, 8, 16, 32, 64})
    CHECK(share(powers, [&](const Job& job) { return job.slots == size; }) == near(1.0 / 5, 0.03));

  load.share_power_of_two = 0.5;
  load.min_slots = load.max_slots = 5;  // then there is nothing to choose
  CHECK_THROWS_AS(synthetic_trace(load, 1), std::invalid_argument);
  load.share_power_of_two = 0;
  CHECK(synthetic_trace(load, 1).jobs.back().slots == 5);
}

TEST_CASE("run times and estimates come from any distribution, each from its own stream") {
  SyntheticLoad load;
  load.n_jobs = 50'000;
  load.run_time = time(Kind::LogUniform, {10, 1000});
  const auto plain = synthetic_trace(load, 1);
  // The logarithm is uniform: half lies below the geometric mean.
  CHECK(share(plain, [](const Job& job) { return job.run_time < seconds(100); }) ==
        near(0.5, 0.02));
  load.estimate_factor = random::Random<Ratio>{Distribution{Kind::Uniform, {1, 3}}};
  load.max_slots = 9;
  const auto other = synthetic_trace(load, 1);
  for (const std::size_t i : {0U, 1U, 49'999U}) {
    CHECK(other.jobs[i].submit == plain.jobs[i].submit);
    CHECK(other.jobs[i].run_time == plain.jobs[i].run_time);
    REQUIRE(other.jobs[i].estimate);
    CHECK(*other.jobs[i].estimate >= other.jobs[i].run_time);
    CHECK(*other.jobs[i].estimate <= other.jobs[i].run_time * 3.0);
  }
  CHECK(mean(other, [](const Job& job) { return *job.estimate / job.run_time; }) == near(2, 0.01));
  load.run_time = time(Kind::Lognormal, {600, 1.5});
  CHECK(share(synthetic_trace(load, 1),
              [](const Job& job) { return job.run_time < seconds(600); }) == near(0.5, 0.02));
  load.run_time = seconds(10);
  CHECK(synthetic_trace(load, 1).jobs[7].run_time == seconds(10));
}

TEST_CASE("Lublin's sizes, run times and daily cycle are those of the model") {
  SyntheticLoad load;
  load.model = SyntheticLoad::Model::Lublin;
  load.n_jobs = 100'000;
  load.max_slots = 128;
  const auto trace = synthetic_trace(load, 1);
  const auto is_serial = [](const Job& job) { return job.slots == 1; };
  CHECK(share(trace, is_serial) == near(0.244, 0.025));
  // Of the others 0.576 are rounded to powers of two; some of the rest, 0.18, are by chance.
  CHECK(share(trace, is_power_of_two) > 0.244 + 0.576 - 0.006);
  CHECK(share(trace, is_power_of_two) < 0.95);
  // Beyond 2^4.5 = 22.6 lies the high stage alone: 0.14 of the parallel jobs that are not rounded,
  // and of the rounded ones those beyond 5 - 1/2: the same. 0.756 x 0.14 = 0.106.
  CHECK(share(trace, [](const Job& job) { return job.slots >= 23; }) == near(0.756 * 0.14, 0.05));

  // One slot: the first gamma at 0.78 - 0.0054 = 0.7746; means a b: 4.2 x 0.94 = 3.948 and
  // 312 x 0.03 = 9.36, together 0.7746 x 3.948 + 0.2254 x 9.36 = 5.168. The cut at 12 takes 0.2 %.
  double sum = 0, n = 0;
  for (const auto& job : trace.jobs)
    if (is_serial(job)) {
      sum += std::log(job.run_time.value());
      n += 1;
    }
  CHECK(sum / n == near(5.168, 0.02));
  CHECK(share(trace, [](const Job& job) { return job.run_time > seconds(std::exp(12.001)); }) == 0);

  // Half hours 11 to 58 of the gamma are a day from 5 o'clock: 5 to 9 are 11 to 18, 9 to 17 are 19
  // to 34.
  const auto between = [](double from, double to) {
    const auto below = [](double x) { return boost::math::gamma_p(8.1737, x / 3.9631); };
    return (below(to) - below(from)) / (below(58.5) - below(10.5));
  };
  const auto share_of_hours = [&](double from, double to) {
    return share(trace,
                 [&](const Job& job) { return hour_of_day(job) >= from && hour_of_day(job) < to; });
  };
  CHECK(share_of_hours(5, 9) == near(between(10.5, 18.5), 0.05));
  CHECK(share_of_hours(9, 17) == near(between(18.5, 34.5), 0.02));
  // The mean of e^x of a gamma (a, b) cut at c: (1 - b)^-a P(a, c (1 - b)/b) / P(a, c/b).
  const double a = 10.2303 * 1.0225, b = 0.4871;
  const double mean_gap_s = std::pow(1 - b, -a) * boost::math::gamma_p(a, 13 * (1 - b) / b) /
                            boost::math::gamma_p(a, 13 / b);
  CHECK(trace.jobs.back().submit.value() / 100'000 == near(mean_gap_s, 0.06));
}

TEST_CASE("the offered load is what jobs ask for over what there is") {
  Trace trace;
  CHECK(offered_load(trace, 4) == 0);
  trace.jobs.resize(3);
  trace.jobs[0].run_time = seconds(100);
  trace.jobs[0].slots = 4;
  trace.jobs[1].submit = seconds(50);
  trace.jobs[1].deadline = seconds(70);
  trace.jobs[1].run_time = seconds(10);
  trace.jobs[1].nodes = 3;  // of 2 slots each
  trace.jobs[1].slots = 2;
  trace.jobs[2].submit = seconds(200);
  trace.jobs[2].run_time = seconds(20);
  trace.jobs[2].nodes = 2;  // whole ones
  trace.jobs[2].slots = 0;
  // 400 + 60 + 40 slot-seconds of 5 x 200
  CHECK(offered_load(trace, 5) == 0.5);
  scale_to_load(trace, 5, 0.25);
  CHECK(trace.jobs[1].submit == seconds(100));
  CHECK(trace.jobs[1].deadline == seconds(120));
  CHECK(trace.jobs[2].submit == seconds(400));
  CHECK(offered_load(trace, 5) == 0.25);
  trace.jobs.resize(1);
  CHECK(std::isinf(offered_load(trace, 5)));
  CHECK_THROWS_AS(scale_to_load(trace, 5, 0.5), std::invalid_argument);
}

TEST_CASE("a load that cannot be drawn is refused with what would be right") {
  const auto refusal = [](const std::function<void(SyntheticLoad&)>& change) -> std::string {
    SyntheticLoad load;
    load.n_jobs = 1;
    load.max_slots = 16;
    change(load);
    try {
      synthetic_trace(load, 1);
    } catch (const std::invalid_argument& refused) {
      return refused.what();
    }
    return "";
  };
  using Load = SyntheticLoad;
  const auto lublin = [&](const std::function<void(Load&)>& change) {
    return refusal([&](Load& load) {
      load.model = Load::Model::Lublin;
      change(load);
    });
  };
  CHECK(refusal([](Load&) {}).empty());
  CHECK(lublin([](Load&) {}).empty());
  CHECK(refusal([](Load& load) { load.n_jobs = 0; }) == "n_jobs should be from 1 to 10 million");
  CHECK(refusal([](Load& load) { load.n_jobs = 20'000'000; }) ==
        "n_jobs should be from 1 to 10 million");
  CHECK(refusal([](Load& load) { load.max_slots = 0; }) == "max_slots should be from 1 to 2^31");
  CHECK(refusal([](Load& load) { load.min_slots = 17; }) ==
        "min_slots should be from 1 to max_slots");
  CHECK(refusal([](Load& load) { load.mean_gap = seconds(std::nan("")); }) ==
        "mean_gap should be more than 0 s, and at most 1e12 s");
  CHECK(refusal([](Load& load) { load.daily_swing = 1.5; }) == "daily_swing should be from 0 to 1");
  CHECK(refusal([](Load& load) { load.share_power_of_two = -1; }) ==
        "share_power_of_two should be from 0 to 1");
  CHECK(refusal([](Load& load) {
          load.run_time = time(Kind::Normal, {10, 1});
        }) == "run_time should be no distribution that can be negative");
  CHECK(refusal([](Load& load) { load.estimate_factor = Ratio(-1.0); }) ==
        "estimate_factor should be no distribution that can be negative");
  CHECK(lublin([](Load& load) { load.max_slots = 4; }) ==
        "max_slots of Lublin's model should be at least 8");
  CHECK(lublin([](Load& load) {
          load.lublin.share_serial = 0.9;
        }).starts_with("shares of Lublin's model"));
  CHECK(lublin([](Load& load) {
          load.lublin.longest_log_s = 1;
        }).starts_with("gammas of the run time"));
  CHECK(lublin([](Load& load) { load.lublin.gap_b = 0; }).starts_with("the gamma of the gaps"));
  CHECK(lublin([](Load& load) { load.lublin.day_b = 1e-3; }).starts_with("day_a and day_b leave"));
}

}  // namespace
}  // namespace longhaul::scheduling
