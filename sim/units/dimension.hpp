// Dimensions at run time: what a text such as "400 Gbps" measures.
#pragma once

#include <array>
#include <cstdint>

#include "units/quantity.hpp"

namespace longhaul {

/// Powers of second, byte, FLOP, joule, token, US dollar, metre, in this order.
struct Dimension {
  std::array<std::int8_t, 7> powers{};
  friend bool operator==(const Dimension&, const Dimension&) = default;
};

constexpr Dimension operator*(Dimension a, const Dimension& b) {
  for (std::size_t i = 0; i < a.powers.size(); ++i)
    a.powers[i] = static_cast<std::int8_t>(a.powers[i] + b.powers[i]);
  return a;
}
constexpr Dimension operator/(Dimension a, const Dimension& b) {
  for (std::size_t i = 0; i < a.powers.size(); ++i)
    a.powers[i] = static_cast<std::int8_t>(a.powers[i] - b.powers[i]);
  return a;
}

namespace dim {
inline constexpr Dimension none{};
inline constexpr Dimension time{{1, 0, 0, 0, 0, 0, 0}};
inline constexpr Dimension data{{0, 1, 0, 0, 0, 0, 0}};
inline constexpr Dimension work{{0, 0, 1, 0, 0, 0, 0}};
inline constexpr Dimension energy{{0, 0, 0, 1, 0, 0, 0}};
inline constexpr Dimension text{{0, 0, 0, 0, 1, 0, 0}};
inline constexpr Dimension money{{0, 0, 0, 0, 0, 1, 0}};
inline constexpr Dimension length{{0, 0, 0, 0, 0, 0, 1}};
}  // namespace dim

/// The run-time dimension of a quantity type: `dimension_of<Watts>` is energy / time.
template <class Quantity>
inline constexpr Dimension dimension_of = Quantity::has_no_run_time_dimension;
template <>
inline constexpr Dimension dimension_of<double> = dim::none;
template <>
inline constexpr Dimension dimension_of<Ratio> = dim::none;
template <>
inline constexpr Dimension dimension_of<Seconds> = dim::time;
template <>
inline constexpr Dimension dimension_of<Bytes> = dim::data;
template <>
inline constexpr Dimension dimension_of<Flop> = dim::work;
template <>
inline constexpr Dimension dimension_of<Joules> = dim::energy;
template <>
inline constexpr Dimension dimension_of<Tokens> = dim::text;
template <>
inline constexpr Dimension dimension_of<Dollars> = dim::money;
template <>
inline constexpr Dimension dimension_of<Metres> = dim::length;
template <>
inline constexpr Dimension dimension_of<PerSecond> = dim::none / dim::time;
template <>
inline constexpr Dimension dimension_of<BytesPerSecond> = dim::data / dim::time;
template <>
inline constexpr Dimension dimension_of<FlopPerSecond> = dim::work / dim::time;
template <>
inline constexpr Dimension dimension_of<Watts> = dim::energy / dim::time;
template <>
inline constexpr Dimension dimension_of<WattsPerSecond> = dim::energy / dim::time / dim::time;
template <>
inline constexpr Dimension dimension_of<TokensPerSecond> = dim::text / dim::time;
template <>
inline constexpr Dimension dimension_of<SecondsPerMetre> = dim::time / dim::length;
template <>
inline constexpr Dimension dimension_of<DollarsPerJoule> = dim::money / dim::energy;

}  // namespace longhaul
