// A smooth world without frictions, and labs in it.
#pragma once

#include <boost/math/tools/minima.hpp>
#include <cmath>

#include "engine/lab_actor.hpp"
#include "training/laws/scaling.hpp"

namespace longhaul::test {

/// Natural growth a year of what 1e9 dollars buy, of algorithms and of money.
struct Growth {
  double hardware = 0, software = 0, investment = 0;
  double sum() const { return hardware + software + investment; }
};

/// One lab with 1e9 dollars for chips of 1e15 FLOP/s at 25,000 dollars, that sustain 40 %.
inline lab::YearsInputs smooth_world(const Growth& g, Seconds duration) {
  lab::YearsInputs in;
  in.duration = duration;
  in.scaling = *training::find_scaling_law("hoffmann-2022");
  in.world.algorithms.growth = std::exp(g.software);
  world::Trend trend;
  trend.chip.flops = flop_per_second(1e15);
  trend.chip.utilisation = 0.4;
  trend.chip.price = dollars(25'000);
  trend.flops_growth = std::exp(g.hardware);
  in.world.trend = trend;
  in.world.money.budget = dollars(1e9);
  in.world.money.growth = std::exp(g.investment);
  in.labs.emplace_back();
  in.labs.front().length = days(90);
  return in;
}

inline lab::LabTotals only_lab(const lab::YearsInputs& in) {
  return engine::simulate_years(in, {}).labs.front();
}

/// The length of runs back to back, the last up to the deadline, whose best model is the best: to
/// 1e-4 of it, by what simulations of single lengths give.
inline Seconds best_length(lab::YearsInputs in, Seconds shortest, Seconds longest) {
  const auto worse = [&](double log_length) {
    in.labs.front().length = seconds(std::exp(log_length));
    return -std::log(only_lab(in).best_effective.value());
  };
  const auto found = boost::math::tools::brent_find_minima(worse, std::log(shortest.value()),
                                                           std::log(longest.value()), 14);
  return seconds(std::exp(found.first));
}

}  // namespace longhaul::test
