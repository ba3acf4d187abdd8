#include "units/format.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>

#include "units/parse.hpp"

namespace longhaul {

namespace {

struct Step {
  double at_least;  ///< in base units
  double factor;
  const char* unit;
};

// Largest first; the first whose `at_least` is reached is taken, else the last.
constexpr Step time_steps[] = {{2 * 365.25 * 86400, seconds_per_year, "years"},
                               {2 * 86400, 86400, "days"},
                               {2 * 3600, 3600, "h"},
                               {120, 60, "min"},
                               {1, 1, "s"},
                               {1e-3, 1e-3, "ms"},
                               {1e-6, 1e-6, "us"},
                               {0, 1e-9, "ns"}};
constexpr Step data_steps[] = {{1e15, 1e15, "PB"}, {1e12, 1e12, "TB"}, {1e9, 1e9, "GB"},
                               {1e6, 1e6, "MB"},   {1e3, 1e3, "kB"},   {0, 1, "B"}};
constexpr Step work_steps[] = {{0, 1, "FLOP"}};
constexpr Step energy_steps[] = {
    {3.6e12, 3.6e12, "GWh"}, {3.6e9, 3.6e9, "MWh"}, {3.6e6, 3.6e6, "kWh"}, {0, 1, "J"}};
constexpr Step token_steps[] = {{0, 1, "tokens"}};
constexpr Step money_steps[] = {{0, 1, "USD"}};
constexpr Step length_steps[] = {{1e3, 1e3, "km"}, {0, 1, "m"}};
constexpr Step rate_steps[] = {{1, 1, "/s"}, {0, 1 / 86400.0, "/day"}};
constexpr Step bandwidth_steps[] = {{1e12, 1e12, "TB/s"},
                                    {1e9, 1e9, "GB/s"},
                                    {1e6, 1e6, "MB/s"},
                                    {1e3, 1e3, "kB/s"},
                                    {0, 1, "B/s"}};
constexpr Step speed_steps[] = {{1e18, 1e18, "EFLOP/s"},
                                {1e15, 1e15, "PFLOP/s"},
                                {1e12, 1e12, "TFLOP/s"},
                                {1e9, 1e9, "GFLOP/s"},
                                {0, 1, "FLOP/s"}};
constexpr Step power_steps[] = {{1e9, 1e9, "GW"}, {1e6, 1e6, "MW"}, {1e3, 1e3, "kW"}, {0, 1, "W"}};
constexpr Step ramp_steps[] = {{1e6, 1e6, "MW/s"}, {1e3, 1e3, "kW/s"}, {0, 1, "W/s"}};
constexpr Step token_rate_steps[] = {{0, 1, "tokens/s"}};
constexpr Step pace_steps[] = {{1e-6, 1e-6, "us/m"}, {0, 1e-9, "ns/m"}};
constexpr Step price_steps[] = {{0, 1 / 3.6e6, "USD/kWh"}};

struct Scale {
  Dimension dimension;
  std::span<const Step> steps;
  const char* base;
};
const std::array<Scale, 15> scales{{
    {dim::time, time_steps, "s"},
    {dim::data, data_steps, "B"},
    {dim::work, work_steps, "FLOP"},
    {dim::energy, energy_steps, "J"},
    {dim::text, token_steps, "tokens"},
    {dim::money, money_steps, "USD"},
    {dim::length, length_steps, "m"},
    {dim::none / dim::time, rate_steps, "/s"},
    {dim::data / dim::time, bandwidth_steps, "B/s"},
    {dim::work / dim::time, speed_steps, "FLOP/s"},
    {dim::energy / dim::time, power_steps, "W"},
    {dim::energy / dim::time / dim::time, ramp_steps, "W/s"},
    {dim::text / dim::time, token_rate_steps, "tokens/s"},
    {dim::time / dim::length, pace_steps, "s/m"},
    {dim::money / dim::energy, price_steps, "USD/J"},
}};

const Scale* find_scale(const Dimension& dimension) {
  for (const auto& scale : scales)
    if (scale.dimension == dimension) return &scale;
  return nullptr;
}

const Step& fitting(const Scale& scale, double value) {
  for (const auto& step : scale.steps)
    if (std::abs(value) >= step.at_least && value != 0) return step;
  return scale.steps.back();
}

}  // namespace

std::string format_quantity(double value, const Dimension& dimension) {
  const auto* scale = find_scale(dimension);
  if (scale == nullptr) return fmt::format("{:.4g}", value);
  if (value == 0) return fmt::format("0 {}", scale->base);
  const auto& step = fitting(*scale, value);
  const double n = value / step.factor;
  if (std::abs(n) >= 9999.5 && std::abs(n) < 1e6) {
    const double tens = std::abs(n) < 99995 ? 10 : 100;
    return fmt::format("{} {}", format_count(std::llround(n / tens) * std::llround(tens)),
                       step.unit);
  }
  return fmt::format("{:.4g} {}", n, step.unit);
}

std::string exact_quantity(double value, const Dimension& dimension) {
  if (dimension == dim::none) return fmt::format("{}", value);
  const auto* scale = find_scale(dimension);
  if (scale == nullptr) return fmt::format("{}", value);
  std::string best = fmt::format("{} {}", value, scale->base);
  if (value == 0) return best;
  const auto& step = fitting(*scale, value);
  auto text = fmt::format("{} {}", value / step.factor, step.unit);
  const auto read = parse_quantity(text, dimension);
  const bool exact = read.ok() && read.value == value;
  return exact && text.size() <= best.size() ? text : best;
}

FittingUnit fitting_unit(const std::string& base, double largest) {
  for (const auto& scale : scales)
    if (scale.base == base && largest != 0) {
      const auto& step = fitting(scale, largest);
      return {step.unit, step.factor};
    }
  return {base, 1};
}

std::string format_count(std::int64_t count) {
  auto digits = fmt::format("{}", count);
  const std::size_t first = digits.front() == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string format_large(double count) {
  struct Suffix {
    double factor;
    char letter;
  };
  for (const auto& [factor, letter] : {Suffix{1e12, 'T'}, Suffix{1e9, 'B'}, Suffix{1e6, 'M'}})
    if (count >= factor && count < 1e3 * factor)
      return fmt::format("{:.3g}{}", count / factor, letter);
  return count < 1e6 ? format_count(static_cast<std::int64_t>(std::llround(count)))
                     : fmt::format("{:.3g}", count);
}

}  // namespace longhaul
