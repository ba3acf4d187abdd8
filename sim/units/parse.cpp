#include "units/parse.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

namespace longhaul {

namespace {

struct UnitEntry {
  std::string_view symbol;
  double factor;  ///< base units in one
  Dimension dimension;
  enum Prefixes { None, Large, Small, Both } prefixes;
};

// A bit rate is a data rate: bits never go further than this table.
constexpr UnitEntry unit_table[] = {
    {"s", 1, dim::time, UnitEntry::Small},
    {"second", 1, dim::time, UnitEntry::None},
    {"seconds", 1, dim::time, UnitEntry::None},
    {"min", seconds_per_minute, dim::time, UnitEntry::None},
    {"minute", seconds_per_minute, dim::time, UnitEntry::None},
    {"minutes", seconds_per_minute, dim::time, UnitEntry::None},
    {"h", seconds_per_hour, dim::time, UnitEntry::None},
    {"hour", seconds_per_hour, dim::time, UnitEntry::None},
    {"hours", seconds_per_hour, dim::time, UnitEntry::None},
    {"day", seconds_per_day, dim::time, UnitEntry::None},
    {"days", seconds_per_day, dim::time, UnitEntry::None},
    {"week", 7 * seconds_per_day, dim::time, UnitEntry::None},
    {"weeks", 7 * seconds_per_day, dim::time, UnitEntry::None},
    {"month", seconds_per_month, dim::time, UnitEntry::None},
    {"months", seconds_per_month, dim::time, UnitEntry::None},
    {"year", seconds_per_year, dim::time, UnitEntry::None},
    {"years", seconds_per_year, dim::time, UnitEntry::None},
    {"B", 1, dim::data, UnitEntry::Large},
    {"byte", 1, dim::data, UnitEntry::None},
    {"bytes", 1, dim::data, UnitEntry::None},
    {"bit", 0.125, dim::data, UnitEntry::Large},
    {"bps", 0.125, dim::data / dim::time, UnitEntry::Large},
    {"FLOP", 1, dim::work, UnitEntry::Large},
    {"J", 1, dim::energy, UnitEntry::Both},
    {"Wh", 3600, dim::energy, UnitEntry::Large},
    {"W", 1, dim::energy / dim::time, UnitEntry::Both},
    {"token", 1, dim::text, UnitEntry::None},
    {"tokens", 1, dim::text, UnitEntry::None},
    {"USD", 1, dim::money, UnitEntry::None},
    {"$", 1, dim::money, UnitEntry::None},
    {"cent", 0.01, dim::money, UnitEntry::None},
    {"m", 1, dim::length, UnitEntry::Both},
};

struct Prefix {
  std::string_view symbol;
  double factor;
  bool large;
};
constexpr Prefix prefix_table[] = {
    {"Ki", 1024.0, true},
    {"Mi", 1048576.0, true},
    {"Gi", 1073741824.0, true},
    {"Ti", 1099511627776.0, true},
    {"Pi", 1125899906842624.0, true},
    {"k", 1e3, true},
    {"K", 1e3, true},
    {"M", 1e6, true},
    {"G", 1e9, true},
    {"T", 1e12, true},
    {"P", 1e15, true},
    {"E", 1e18, true},
    {"m", 1e-3, false},
    {"u", 1e-6, false},
    {"µ", 1e-6, false},
    {"n", 1e-9, false},
    {"p", 1e-12, false},
};

struct Known {
  std::string_view name;
  Dimension dimension;
  std::string_view first, second;  ///< units to offer
};
constexpr Known known_dimensions[] = {
    {"time", dim::time, "min", "s"},
    {"bytes", dim::data, "GB", "B"},
    {"FLOP", dim::work, "FLOP", "PFLOP"},
    {"energy", dim::energy, "MWh", "J"},
    {"tokens", dim::text, "tokens", ""},
    {"money", dim::money, "USD", ""},
    {"length", dim::length, "m", "km"},
    {"rate", dim::none / dim::time, "/day", "/s"},
    {"bytes a second", dim::data / dim::time, "GB/s", "Gbps"},
    {"FLOP a second", dim::work / dim::time, "TFLOP/s", "FLOP/s"},
    {"power", dim::energy / dim::time, "W", "MW"},
    {"ramp of power", dim::energy / dim::time / dim::time, "MW/min", "kW/s"},
    {"tokens a second", dim::text / dim::time, "tokens/s", ""},
    {"time per length", dim::time / dim::length, "ns/m", "s/m"},
    {"price of energy", dim::money / dim::energy, "USD/kWh", ""},
};

const Known* find_known(const Dimension& dimension) {
  for (const auto& known : known_dimensions)
    if (known.dimension == dimension) return &known;
  return nullptr;
}

struct UnitValue {
  double factor;
  Dimension dimension;
};

std::optional<UnitValue> find_unit(std::string_view symbol) {
  for (const auto& entry : unit_table)
    if (symbol == entry.symbol) return UnitValue{entry.factor, entry.dimension};
  for (const auto& prefix : prefix_table) {
    if (!symbol.starts_with(prefix.symbol)) continue;
    const auto rest = symbol.substr(prefix.symbol.size());
    for (const auto& entry : unit_table) {
      const bool takes = entry.prefixes == UnitEntry::Both ||
                         entry.prefixes == (prefix.large ? UnitEntry::Large : UnitEntry::Small);
      if (takes && rest == entry.symbol)
        return UnitValue{prefix.factor * entry.factor, entry.dimension};
    }
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

double count_suffix(char letter) {
  switch (letter) {
    case 'k':
    case 'K':
      return 1e3;
    case 'M':
      return 1e6;
    case 'B':
      return 1e9;
    case 'T':
      return 1e12;
    default:
      return 0;
  }
}

/// The product of `A/B/C`; an empty first part is 1, so that "/day" is a rate.
std::optional<UnitValue> parse_units(std::string_view text, std::string& problem) {
  UnitValue total{1, dim::none};
  bool first = true;
  while (true) {
    const auto slash = text.find('/');
    const auto symbol = trimmed(text.substr(0, slash));
    if (!(first && symbol.empty())) {
      const auto unit = find_unit(symbol);
      if (!unit) {
        problem = fmt::format("unknown unit \"{}\"", symbol);
        return std::nullopt;
      }
      total.factor = first ? unit->factor : total.factor / unit->factor;
      total.dimension = first ? unit->dimension : total.dimension / unit->dimension;
    }
    if (slash == std::string_view::npos) return total;
    text.remove_prefix(slash + 1);
    first = false;
  }
}

}  // namespace

std::string dimension_name(const Dimension& dimension) {
  if (dimension == dim::none) return "number";
  const auto* known = find_known(dimension);
  return known != nullptr ? std::string(known->name) : "quantity";
}

std::string unit_examples(std::string_view number, const Dimension& dimension) {
  const auto* known = find_known(dimension);
  if (known == nullptr) return fmt::format("{}", number);
  if (known->second.empty()) return fmt::format("\"{} {}\"", number, known->first);
  return fmt::format("\"{0} {1}\" or \"{0} {2}\"", number, known->first, known->second);
}

ParsedQuantity parse_quantity(std::string_view text, const Dimension& expected) {
  ParsedQuantity result;
  const auto whole = trimmed(text);
  auto rest = whole;
  if (rest.starts_with('+')) rest.remove_prefix(1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), result.value);
  if (error == std::errc::result_out_of_range) {
    result.problem = fmt::format("\"{}\" is too large or too small a number", whole);
    return result;
  }
  if (error != std::errc{} || !std::isfinite(result.value)) {
    result.problem = fmt::format("\"{}\" is not a {}; write for instance {}", whole,
                                 expected == dim::none ? "number" : "number with a unit",
                                 unit_examples("30", expected));
    return result;
  }
  const std::string number(rest.substr(0, static_cast<std::size_t>(end - rest.data())));
  rest.remove_prefix(number.size());

  // "16M tokens", "3B": a count suffix stands at the number and before a space, a unit or the end.
  std::string counted = number;
  if (!rest.empty() && count_suffix(rest.front()) > 0 &&
      (rest.size() == 1 || rest[1] == ' ' || rest[1] == '\t') &&
      (expected == dim::none || !find_unit(rest))) {
    result.value *= count_suffix(rest.front());
    counted += rest.front();
    rest.remove_prefix(1);
  }
  rest = trimmed(rest);
  if (rest.empty()) {
    if (expected != dim::none)
      result.problem =
          fmt::format("\"{}\" has no unit; write {}", whole, unit_examples(counted, expected));
    return result;
  }
  const auto unit = parse_units(rest, result.problem);
  if (!unit) {
    result.problem += fmt::format("; write {}", unit_examples(counted, expected));
    return result;
  }
  if (unit->dimension != expected) {
    result.problem = fmt::format("\"{}\" measures {}, but {} is wanted; write for instance {}",
                                 whole, dimension_name(unit->dimension), dimension_name(expected),
                                 unit_examples(counted, expected));
    return result;
  }
  result.value *= unit->factor;
  if (!std::isfinite(result.value))
    result.problem = fmt::format("\"{}\" is too large a number", whole);
  return result;
}

}  // namespace longhaul
