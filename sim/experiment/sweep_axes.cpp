#include "experiment/sweep_axes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string>
#include <utility>

namespace longhaul::experiment {

namespace {

using scenario::AxisField;
using scenario::AxisValue;
using scenario::SweepAxis;
using scenario::SweepDesign;

std::string last_part(const std::string& key) { return key.substr(key.rfind('.') + 1); }

bool is_name(const std::string& name) {
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

class AxisReader {
 public:
  AxisReader(scenario::LoadedSweep& loaded, Diagnostics& diagnostics)
      : loaded_(loaded), diagnostics_(diagnostics) {}

  std::vector<LaidAxis> read() {
    for (std::size_t i = 0; i < loaded_.sweep.axes.size(); ++i) add_axis(i);
    return std::move(axes_);
  }

 private:
  void error(const Location& where, std::string what) {
    diagnostics_.error(where, std::move(what));
  }

  void add_axis(std::size_t i) {
    auto& config = loaded_.sweep.axes[i];
    LaidAxis axis;
    axis.config = &config;
    axis.where = where_of(config, fmt::format("sweep.axis[{}]", i));
    const int n_kinds = (config.values.empty() ? 0 : 1) + (config.range ? 1 : 0) +
                        (config.log_range ? 1 : 0) + (config.sample ? 1 : 0) +
                        (config.formula.empty() ? 0 : 1);
    if (n_kinds != 1)
      error(axis.where, fmt::format("axis {} wants exactly one of values, range, log_range, sample "
                                    "and formula",
                                    config.key));
    if (config.name.empty()) config.name = last_part(config.key);
    if (!is_name(config.name))
      error(axis.where, fmt::format("'{}' is no name for conditions and formulas; use letters, "
                                    "digits and _",
                                    config.name));
    for (const auto& other : axes_)
      if (other.config->key == config.key)
        error(axis.where, fmt::format("a second axis for {}", config.key));
      else if (other.config->name == config.name)
        error(axis.where, fmt::format("axes {} and {} are both called '{}'; give one a name",
                                      other.config->key, config.key, config.name));
    if (!config.zip.empty() && (config.sample || !config.formula.empty()))
      error(axis.where, "only axes with values, range or log_range can be zipped");
    const auto field = AxisField::find(config.key, axis.where, diagnostics_);
    if (field) {
      axis.field = *field;
      read_values(axis);
    }
    axes_.push_back(std::move(axis));
  }

  /// Axes from the command line have no place in the file.
  Location where_of(const SweepAxis& config, const std::string& path) const {
    if (!config.values.empty() && config.values.front().where.line == 0)
      return config.values.front().where;
    for (const auto& range : {config.range, config.log_range})
      if (range && range->from.where.line == 0) return range->from.where;
    if (config.sample && config.sample->where.line == 0) return config.sample->where;
    return loaded_.places.where(path + ".key");
  }

  void read_values(LaidAxis& axis) {
    const auto& config = *axis.config;
    for (const auto& literal : config.values)
      if (auto value = axis.field.read(literal, diagnostics_)) axis.values.push_back(*value);
    if (config.range) read_range(axis, *config.range, false);
    if (config.log_range) read_range(axis, *config.log_range, true);
    if (config.sample) axis.distribution = axis.field.distribution(*config.sample, diagnostics_);
  }

  void read_range(LaidAxis& axis, const scenario::AxisRange& range, bool log) {
    if (!axis.field.numeric()) {
      error(range.from.where,
            fmt::format("{} is no number; give its axis values", axis.config->key));
      return;
    }
    const auto from = number_of(axis, range.from);
    const auto to = number_of(axis, range.to);
    if (!from || !to) return;
    if (log && (*from <= 0 || *to <= 0)) {
      error(range.from.where,
            fmt::format("{}: a range by ratio wants positive ends", axis.config->key));
      return;
    }
    constexpr double largest = AxisField::largest_whole;
    if (axis.field.whole() && std::max(std::abs(*from), std::abs(*to)) > largest) {
      error(range.from.where,
            fmt::format("{}: a range of whole numbers ends at 9e15", axis.config->key));
      return;
    }
    for (std::int64_t i = 0; i < range.n; ++i) {
      const double part = static_cast<double>(i) / static_cast<double>(range.n - 1);
      double value = log ? *from * std::pow(*to / *from, part) : *from + (*to - *from) * part;
      if (i + 1 == range.n) value = *to;
      axis.values.push_back(axis.field.number(value));
    }
    const bool repeated = std::adjacent_find(axis.values.begin(), axis.values.end(),
                                             [](const AxisValue& a, const AxisValue& b) {
                                               return a.value == b.value;
                                             }) != axis.values.end();
    if (!axis.field.whole() || !axis.config->zip.empty() || !repeated) return;
    const double most = std::abs(*to - *from) + 1;
    error(range.from.where,
          fmt::format("{}: {} values from {} to {} are rounded to the same whole number more than "
                      "once; {}",
                      axis.config->key, range.n, *from, *to,
                      most < 2 ? "give it values"
                      : log    ? "take fewer, or list them as values"
                               : fmt::format("n = {} gives each once", most)));
  }

  std::optional<double> number_of(const LaidAxis& axis, const scenario::Literal& literal) {
    const auto value = axis.field.read(literal, diagnostics_);
    if (!value) return std::nullopt;
    if (const auto* real = std::get_if<double>(&value->value)) return *real;
    if (const auto* whole = std::get_if<std::int64_t>(&value->value))
      return static_cast<double>(*whole);
    error(literal.where, fmt::format("{} = {}, but the end of a range is a number",
                                     axis.config->key, literal.toml));
    return std::nullopt;
  }

  scenario::LoadedSweep& loaded_;
  Diagnostics& diagnostics_;
  std::vector<LaidAxis> axes_;
};

}  // namespace

std::vector<LaidAxis> read_axes(scenario::LoadedSweep& loaded, Diagnostics& diagnostics) {
  return AxisReader(loaded, diagnostics).read();
}

void check_design(scenario::LoadedSweep& loaded, const std::vector<LaidAxis>& axes,
                  Diagnostics& diagnostics) {
  auto& sweep = loaded.sweep;
  const auto error = [&](const Location& where, std::string what) {
    diagnostics.error(where, std::move(what));
  };
  const auto at = [&loaded](const char* key) {
    return loaded.places.where(std::string("sweep.") + key);
  };
  const bool sampled = std::any_of(axes.begin(), axes.end(),
                                   [](const LaidAxis& a) { return a.config->sample.has_value(); });
  const auto design = sweep.design;
  const bool draws =
      design == SweepDesign::Saltelli || (sampled && design != SweepDesign::OneAtATime);
  if (sampled && design == SweepDesign::Grid) sweep.design = SweepDesign::LatinHypercube;
  if (draws && sweep.samples < 1)
    error(at("samples"), "an axis is sampled; say how often: samples = 1000");
  if (!draws && sweep.samples > 0)
    error(at("samples"),
          "no axis is sampled: give one a distribution, sample = { uniform = [a, b] }");
  if (sweep.precision && sweep.precision->at_most < sweep.repeats)
    error(at("precision.at_most"), fmt::format("at most {} repeats, but sweep.repeats = {}",
                                               sweep.precision->at_most, sweep.repeats));
  if (sweep.precision && sweep.repeats < 3)
    error(at("repeats"), "an interval wants repeats = 3 at the least; take 10");
  if (design == SweepDesign::OneAtATime || design == SweepDesign::Saltelli) {
    if (axes.empty()) error(at("design"), "this design wants at least one axis");
    if (!sweep.where.empty())
      error(at("where"), "this design wants all of its points; leave the condition out");
    for (const auto& axis : axes)
      if (!axis.config->zip.empty() || !axis.config->when.empty())
        error(axis.where, "this design varies each axis by itself: no zip, no when");
      else if (design == SweepDesign::OneAtATime && !axis.config->formula.empty())
        error(axis.where,
              "no formula in this design: axes that stay as the scenario has them are not set");
  }
}

}  // namespace longhaul::experiment
