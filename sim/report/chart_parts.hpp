// Parts that charts of Vega-Lite share; `Json` is a type of nlohmann's.
#pragma once

#include <string>

namespace longhaul::report {

/// Texts come from files: what is no UTF-8 in them becomes a replacement character.
template <class Json>
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// How ticks up to `largest` are written: "16,384", "2.5M", "0.05".
inline const char* tick_format(double largest) {
  constexpr double long_from = 1e6;
  constexpr double small_below = 1e-4;
  if (largest >= long_from) return ".4~s";
  return largest < small_below && largest > 0 ? ".4~g" : ",.6~r";
}

/// An axis of numbers up to `largest`.
template <class Json>
Json value_axis(const std::string& title, double largest) {
  return {{"title", title}, {"tickCount", 5}, {"format", tick_format(largest)}};
}

}  // namespace longhaul::report
