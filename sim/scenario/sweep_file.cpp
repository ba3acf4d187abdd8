#include "scenario/sweep_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>

#include "scenario/describe.hpp"

namespace longhaul::scenario {

namespace {

struct SweepOnly {
  LoadedSweep& loaded;
};
void describe(Fields& fields, SweepOnly& only) {
  fields("title", only.loaded.title, "the question, in a few words");
  fields("seed", only.loaded.seed, "root of all random streams", not_negative);
  fields.table("sweep", only.loaded.sweep, "what is varied");
}

/// The parts between commas that stand outside of quotes and brackets.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      parts.emplace_back();
      continue;
    }
    parts.back() += c;
  }
  return parts;
}

/// As TOML; what is none is taken as a text, as --set does.
Literal literal(const std::string& text, const Location& where) {
  try {
    if (toml::parse("x = " + text).size() == 1) return {text, where};
  } catch (const toml::parse_error&) {
    // A word or a quantity without quotes.
  }
  return {toml_text(text), where};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether a text ends in "/12" or "/12/log".
bool has_count(std::string_view text) {
  if (text.ends_with("/log")) text.remove_suffix(4);
  const auto slash = text.rfind('/');
  return slash != std::string_view::npos && slash + 1 < text.size() &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(slash) + 1, text.end(), is_digit);
}

/// "10 min..4 h/12" and, spaced by ratio, "10 min..4 h/12/log"; nothing where it is no range. A
/// path may go up by ".."; what starts as a number and has no count is a range with a mistake.
std::optional<std::pair<AxisRange, bool>> parse_range(std::string text, const Location& where,
                                                      Diagnostics& diagnostics) {
  const auto dots = text.find("..");
  if (dots == std::string::npos || dots == 0 || text.find_first_of("\"'/,") < dots)
    return std::nullopt;
  if (!has_count(text.substr(dots)) && !is_digit(text[0])) return std::nullopt;
  const bool log = text.ends_with("/log");
  if (log) text.resize(text.size() - 4);
  const auto slash = text.rfind('/');
  AxisRange range{literal(text.substr(0, dots), where), {}, 0};
  if (slash != std::string::npos && slash > dots) {
    const auto* begin = text.data() + slash + 1;
    const auto* end = text.data() + text.size();
    if (std::from_chars(begin, end, range.n).ptr != end) range.n = 0;
    range.to = literal(text.substr(dots + 2, slash - dots - 2), where);
  }
  if (range.n < 2 || range.n > 1'000'000)
    diagnostics.error(where,
                      "a range is from..to/n with n of 2 to 1,000,000 values, for instance "
                      "\"10 min..60 min/6\", or from..to/n/log");
  return std::pair{range, log};
}

SweepAxis parse_axis(const std::string& option, Diagnostics& diagnostics) {
  const Location where{"--sweep " + option, 0, 0};
  const auto equals = option.find('=');
  SweepAxis axis;
  if (equals == std::string::npos || equals == 0 || equals + 1 == option.size()) {
    diagnostics.error(where,
                      "write --sweep key.path=a,b,c, for instance --sweep "
                      "run.checkpoint.interval=young,daly,\"30 min\"");
    return axis;
  }
  axis.key = option.substr(0, equals);
  const auto text = option.substr(equals + 1);
  if (const auto range = parse_range(text, where, diagnostics))
    (range->second ? axis.log_range : axis.range) = range->first;
  else if (text.starts_with('{'))
    axis.sample = literal(text, where);
  else
    for (const auto& part : split(text)) axis.values.push_back(literal(part, where));
  return axis;
}

}  // namespace

LoadedSweep read_sweep(const std::string& path, const std::vector<std::string>& assignments,
                       const std::vector<std::string>& options) {
  Diagnostics diagnostics;
  TomlFiles files(diagnostics);
  for (const auto& assignment : assignments) files.set(assignment);
  const auto* root = files.load(path);
  diagnostics.throw_if_any();

  LoadedSweep loaded;
  loaded.title = std::filesystem::path(path).stem().string();
  Reader reader(files, diagnostics, 0);
  reader.allow_other_keys();
  SweepOnly only{loaded};
  reader.read(*root, path, only, true);
  loaded.places = reader.places();
  auto& axes = loaded.sweep.axes;
  for (const auto& option : options) {
    auto axis = parse_axis(option, diagnostics);
    const auto same = std::find_if(axes.begin(), axes.end(),
                                   [&](const SweepAxis& other) { return other.key == axis.key; });
    if (same == axes.end()) {
      axes.push_back(std::move(axis));
    } else {  // keeps its name, zip and condition
      axis.name = same->name;
      axis.zip = same->zip;
      axis.when = same->when;
      *same = std::move(axis);
    }
  }
  diagnostics.throw_if_any();
  return loaded;
}

}  // namespace longhaul::scenario
