#include "experiment/sweep_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <stdexcept>
#include <utility>

#include "experiment/expression.hpp"
#include "experiment/sensitivity.hpp"
#include "random/designs.hpp"
#include "random/stream.hpp"

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

SqlValue sql_value(const std::optional<AxisValue>& value) {
  if (!value) return std::monostate{};
  return std::visit([](const auto& v) -> SqlValue { return v; }, value->value);
}

/// One at a time an axis goes to this quantile and to the one as far from the top; of a list to the
/// first and the last value.
constexpr double lowest_share = 0.05;

/// An axis ready to give values.
struct Axis {
  const SweepAxis* config = nullptr;
  Location where;
  AxisField field;
  std::vector<AxisValue> values;                     // of a listed axis
  std::optional<random::Distribution> distribution;  // of a sampled one
  std::optional<std::size_t> formula, when;          // expressions
  std::size_t group = 0;                             // of a listed axis, among those of the grid
};

}  // namespace

class SweepPlan::Impl {
 public:
  explicit Impl(const scenario::LoadedSweep& loaded) : loaded_(loaded), sweep_(loaded_.sweep) {
    check_size();
    for (std::size_t i = 0; i < sweep_.axes.size(); ++i) add_axis(i);
    check_repeats();
    diagnostics_.throw_if_any();
    add_expressions();
    group_axes();
    diagnostics_.throw_if_any();
    lay_design();
    diagnostics_.throw_if_any();
    n_raw_ = count();
    choose();
  }

  const scenario::Sweep& sweep() const { return sweep_; }

  std::int64_t n_combinations() const {
    return conditional() ? static_cast<std::int64_t>(kept_.size()) : n_raw_;
  }

  std::string unit(std::size_t axis) const { return axes_.at(axis).field.unit(); }

  Combination combination(std::int64_t number) const {
    if (number < 0 || number >= n_combinations()) throw std::out_of_range("no such combination");
    Combination values;
    const auto raw = conditional() ? kept_[static_cast<std::size_t>(number)] : number;
    if (!fill(raw, values)) throw std::logic_error("a combination that does not hold");
    return values;
  }

  std::int64_t seed(std::int64_t number, std::int64_t repeat) const {
    // JSON and spreadsheets keep whole numbers up to here exactly.
    constexpr std::uint64_t largest = (1ULL << 53) - 1;
    std::string name = "sweep/";
    if (sweep_.seeds == scenario::RepeatSeeds::Independent)
      for (const auto& [key, value] : written(number)) name += key + "=" + value + "/";
    name += fmt::format("repeat/{}", repeat);
    return static_cast<std::int64_t>(
        random::stream_seed(static_cast<std::uint64_t>(loaded_.seed), name) & largest);
  }

  /// Keys and values as they were given, wherever the scenario stands.
  std::vector<std::pair<std::string, std::string>> written(std::int64_t number) const {
    const auto values = combination(number);
    std::vector<std::pair<std::string, std::string>> given;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i]) given.emplace_back(axes_[i].config->key, values[i]->written);
    return given;
  }

  std::vector<std::string> values_of(std::int64_t number) const {
    const auto values = combination(number);
    std::vector<std::string> assignments;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i]) assignments.push_back(axes_[i].config->key + "=" + values[i]->toml);
    return assignments;
  }

 private:
  void error(const Location& where, std::string what) {
    diagnostics_.error(where, std::move(what));
  }

  /// Before the values of ranges are laid out.
  void check_size() const {
    if (varies_alone()) return;
    double n = 1;
    std::set<std::string> zips;
    for (const auto& axis : sweep_.axes) {
      const auto& range = axis.range ? axis.range : axis.log_range;
      const auto size = range ? range->n : static_cast<std::int64_t>(axis.values.size());
      if (size > 0 && (axis.zip.empty() || zips.insert(axis.zip).second))
        n *= static_cast<double>(size);
    }
    check_count(n);
  }

  void add_axis(std::size_t i) {
    auto& config = sweep_.axes[i];
    Axis axis;
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

  void read_values(Axis& axis) {
    const auto& config = *axis.config;
    for (const auto& literal : config.values)
      if (auto value = axis.field.read(literal, diagnostics_)) axis.values.push_back(*value);
    if (config.range) read_range(axis, *config.range, false);
    if (config.log_range) read_range(axis, *config.log_range, true);
    if (config.sample) axis.distribution = axis.field.distribution(*config.sample, diagnostics_);
  }

  void read_range(Axis& axis, const scenario::AxisRange& range, bool log) {
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

  std::optional<double> number_of(const Axis& axis, const scenario::Literal& literal) {
    const auto value = axis.field.read(literal, diagnostics_);
    if (!value) return std::nullopt;
    if (const auto* real = std::get_if<double>(&value->value)) return *real;
    if (const auto* whole = std::get_if<std::int64_t>(&value->value))
      return static_cast<double>(*whole);
    error(literal.where, fmt::format("{} = {}, but the end of a range is a number",
                                     axis.config->key, literal.toml));
    return std::nullopt;
  }

  void check_repeats() {
    const auto at = [this](const char* key) {
      return loaded_.places.where(std::string("sweep.") + key);
    };
    const bool sampled = std::any_of(axes_.begin(), axes_.end(),
                                     [](const Axis& a) { return a.config->sample.has_value(); });
    const auto design = sweep_.design;
    const bool draws =
        design == SweepDesign::Saltelli || (sampled && design != SweepDesign::OneAtATime);
    if (sampled && design == SweepDesign::Grid) sweep_.design = SweepDesign::LatinHypercube;
    if (draws && sweep_.samples < 1)
      error(at("samples"), "an axis is sampled; say how often: samples = 1000");
    if (!draws && sweep_.samples > 0)
      error(at("samples"),
            "no axis is sampled: give one a distribution, sample = { uniform = [a, b] }");
    if (sweep_.precision && sweep_.precision->at_most < sweep_.repeats)
      error(at("precision.at_most"), fmt::format("at most {} repeats, but sweep.repeats = {}",
                                                 sweep_.precision->at_most, sweep_.repeats));
    if (sweep_.precision && sweep_.repeats < 3)
      error(at("repeats"), "an interval wants repeats = 3 at the least; take 10");
    if (design == SweepDesign::OneAtATime || design == SweepDesign::Saltelli) {
      if (axes_.empty()) error(at("design"), "this design wants at least one axis");
      if (!sweep_.where.empty())
        error(at("where"), "this design wants all of its points; leave the condition out");
      for (const auto& axis : axes_)
        if (!axis.config->zip.empty() || !axis.config->when.empty())
          error(axis.where, "this design varies each axis by itself: no zip, no when");
        else if (design == SweepDesign::OneAtATime && !axis.config->formula.empty())
          error(axis.where,
                "no formula in this design: axes that stay as the scenario has them are not set");
    }
  }

  void add_expressions() {
    std::vector<std::string> names;
    for (const auto& axis : axes_) names.push_back(axis.config->name);
    expressions_ = std::make_unique<Expressions>(names);
    const auto add = [this](const std::string& text, const Location& where) {
      std::optional<std::size_t> number;
      if (text.empty()) return number;
      try {
        number = expressions_->add(text);
      } catch (const std::invalid_argument& problem) {
        std::string known;
        for (const auto& axis : axes_) known += (known.empty() ? "" : ", ") + axis.config->name;
        error(where, fmt::format("'{}' cannot be evaluated: {}; {}", text, problem.what(),
                                 known.empty() ? "there are no axes" : "it may name " + known));
      }
      return number;
    };
    for (auto& axis : axes_) {
      axis.formula = add(axis.config->formula, axis.where);
      axis.when = add(axis.config->when, axis.where);
    }
    where_ = add(sweep_.where, loaded_.places.where("sweep.where"));
  }

  bool varies_alone() const {
    return sweep_.design == SweepDesign::OneAtATime || sweep_.design == SweepDesign::Saltelli;
  }

  /// Axes of the grid: those of the same zip share a place.
  void group_axes() {
    if (varies_alone()) return;
    std::vector<std::string> zips;
    for (auto& axis : axes_) {
      if (axis.values.empty()) continue;
      const auto& zip = axis.config->zip;
      const auto same = zip.empty() ? zips.end() : std::find(zips.begin(), zips.end(), zip);
      axis.group = static_cast<std::size_t>(same - zips.begin());
      const auto n = static_cast<std::int64_t>(axis.values.size());
      if (same == zips.end()) {
        zips.push_back(zip);
        group_sizes_.push_back(n);
        group_axes_.push_back(0);
      } else if (group_sizes_[axis.group] != n) {
        error(axis.where, fmt::format("{} has {} values, but an axis zipped with it has {}",
                                      axis.config->key, n, group_sizes_[axis.group]));
      }
      ++group_axes_[axis.group];
    }
  }

  /// The rows over the axes that are no part of the grid.
  void lay_design() {
    for (std::size_t i = 0; i < axes_.size(); ++i)
      if (axes_[i].distribution || (varies_alone() && !axes_[i].formula)) inputs_.push_back(i);
    if (inputs_.empty()) return;
    if (sweep_.design == SweepDesign::OneAtATime) {
      n_rows_ = 1 + 2 * static_cast<std::int64_t>(inputs_.size());
      return;
    }
    const auto n_inputs = static_cast<int>(inputs_.size());
    const bool saltelli = sweep_.design == SweepDesign::Saltelli;
    using Kind = random::UnitDesign::Kind;
    const auto kind = sweep_.design == SweepDesign::Random           ? Kind::Random
                      : sweep_.design == SweepDesign::LatinHypercube ? Kind::LatinHypercube
                                                                     : Kind::Sobol;
    try {
      check_count(static_cast<double>(sweep_.samples) * (saltelli ? n_inputs + 2 : 1));
      design_.emplace(
          kind, sweep_.samples, saltelli ? 2 * n_inputs : n_inputs,
          random::stream_seed(static_cast<std::uint64_t>(loaded_.seed), "sweep/design"));
      if (saltelli) saltelli_.emplace(*design_);
      n_rows_ = saltelli ? saltelli_->n_rows() : sweep_.samples;
    } catch (const std::invalid_argument& problem) {
      error(loaded_.places.where("sweep.samples"), problem.what());
    }
  }

  void check_count(double n) const {
    if (n > static_cast<double>(most_combinations))
      throw InputError(loaded_.places.where("sweep"),
                       fmt::format("{:.3g} combinations are more than the 10 million that can be "
                                   "laid out; take fewer values",
                                   n));
  }

  std::int64_t count() const {
    double n = static_cast<double>(n_rows_);
    for (const auto size : group_sizes_) n *= static_cast<double>(size);
    check_count(n);
    return static_cast<std::int64_t>(n);
  }

  bool conditional() const {
    return where_ || std::any_of(axes_.begin(), axes_.end(), [](const Axis& a) { return a.when; });
  }

  /// Keeps the numbers of the combinations that hold, and finds formulas that cannot be evaluated.
  void choose() {
    Combination values;
    if (conditional()) {
      std::int64_t last_unsampled = -1;
      for (std::int64_t raw = 0; raw < n_raw_; ++raw) {
        if (!fill(raw, values)) continue;
        // Where all sampled axes are off, the rows mean the same: the first stands for all.
        if (!inputs_.empty() && !varies_alone() &&
            std::none_of(inputs_.begin(), inputs_.end(),
                         [&values](std::size_t i) { return values[i].has_value(); })) {
          if (last_unsampled == raw / n_rows_) continue;
          last_unsampled = raw / n_rows_;
        }
        kept_.push_back(raw);
      }
      if (kept_.empty())
        throw InputError(loaded_.places.where("sweep.where"),
                         fmt::format("none of {} combinations is left by the conditions", n_raw_));
      return;
    }
    const bool computes =
        std::any_of(axes_.begin(), axes_.end(), [](const Axis& a) { return a.formula; });
    for (std::int64_t raw = 0; computes && raw < n_raw_; ++raw) fill(raw, values);
  }

  /// "at run.gpus = 8", for mistakes in one combination.
  std::string place(const Combination& values) const {
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i])
        text += fmt::format("{}{} = {}", text.empty() ? "at " : ", ", axes_[i].config->key,
                            values[i]->written);
    return text.empty() ? "in a combination" : text;
  }

  /// The values of a raw combination; false when a condition takes it out.
  bool fill(std::int64_t raw, Combination& values) const {
    values.assign(axes_.size(), std::nullopt);
    std::int64_t grid = raw / n_rows_;
    std::vector<std::int64_t> places(group_sizes_.size());
    for (std::size_t g = group_sizes_.size(); g-- > 0;) {
      places[g] = grid % group_sizes_[g];
      grid /= group_sizes_[g];
    }
    if (!varies_alone())
      for (std::size_t i = 0; i < axes_.size(); ++i)
        if (!axes_[i].values.empty())
          values[i] = axes_[i].values[static_cast<std::size_t>(places[axes_[i].group])];
    if (sweep_.design == SweepDesign::OneAtATime)
      move_one(raw, values);
    else if (design_)
      draw(raw % n_rows_, values);
    return finish(values, places);
  }

  /// Row 0 leaves the scenario as it is; rows 1 + 2 i and 2 + 2 i put input i low and high.
  void move_one(std::int64_t row, Combination& values) const {
    if (row == 0) return;
    const auto input = inputs_[static_cast<std::size_t>((row - 1) / 2)];
    const double margin = axes_[input].distribution ? lowest_share : 0;
    values[input] = value_at(axes_[input], (row - 1) % 2 == 0 ? margin : 1 - margin);
  }

  void draw(std::int64_t row, Combination& values) const {
    const auto point = saltelli_ ? saltelli_->point(row) : design_->point(row);
    for (std::size_t k = 0; k < inputs_.size(); ++k)
      values[inputs_[k]] = value_at(axes_[inputs_[k]], point[k]);
  }

  /// The quantile of an axis; of listed values, each as likely as the others.
  static AxisValue value_at(const Axis& axis, double share) {
    if (axis.distribution) return axis.field.number(axis.distribution->quantile(share));
    const auto n = static_cast<double>(axis.values.size());
    return axis.values[static_cast<std::size_t>(std::min(share * n, n - 1))];
  }

  /// Conditional axes and formulas in the order of the axes, then the condition on the whole.
  bool finish(Combination& values, const std::vector<std::int64_t>& places) const {
    std::vector<SqlValue> known;
    known.reserve(values.size());
    for (const auto& value : values) known.push_back(sql_value(value));
    std::vector<std::size_t> n_off(group_sizes_.size());
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      const auto& axis = axes_[i];
      if (axis.when && !holds(*axis.when, known, axis.where, values)) {
        // Where all axes of a zip are off, its places mean the same: the first stands for all.
        if (!axis.values.empty() && ++n_off[axis.group] == group_axes_[axis.group] &&
            places[axis.group] != 0)
          return false;
        values[i].reset();
      } else if (axis.formula) {
        values[i] = computed(axis, known, values);
      }
      known[i] = sql_value(values[i]);
    }
    return !where_ || holds(*where_, known, loaded_.places.where("sweep.where"), values);
  }

  bool holds(std::size_t condition, const std::vector<SqlValue>& known, const Location& where,
             const Combination& values) const {
    try {
      return expressions_->holds(condition, known);
    } catch (const std::invalid_argument& problem) {
      throw InputError(where, fmt::format("a condition cannot be evaluated {}: {}", place(values),
                                          problem.what()));
    }
  }

  AxisValue computed(const Axis& axis, const std::vector<SqlValue>& known,
                     const Combination& values) const {
    SqlValue value;
    try {
      value = expressions_->evaluate(*axis.formula, known);
    } catch (const std::invalid_argument& problem) {
      throw InputError(axis.where,
                       fmt::format("{} cannot be evaluated {}: {}", axis.config->formula,
                                   place(values), problem.what()));
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
      Diagnostics mistakes;
      const auto read = axis.field.read({fmt::format("\"{}\"", *text), axis.where}, mistakes);
      if (!read)
        throw InputError(axis.where,
                         fmt::format("{}, {}", mistakes.all().front().what, place(values)));
      return *read;
    }
    double number = 0;
    if (const auto* whole = std::get_if<std::int64_t>(&value))
      number = static_cast<double>(*whole);
    else if (const auto* real = std::get_if<double>(&value))
      number = *real;
    else
      throw InputError(axis.where,
                       fmt::format("{} is nothing (NULL) {}; does it divide by zero, or name an "
                                   "axis that is not set there?",
                                   axis.config->formula, place(values)));
    if (!axis.field.numeric())
      throw InputError(axis.where, fmt::format("{} is no number, but its formula gives {} {}",
                                               axis.config->key, number, place(values)));
    if (!std::isfinite(number) ||
        (axis.field.whole() && (std::abs(number) > AxisField::largest_whole ||
                                std::abs(number - std::round(number)) > 1e-9 * std::abs(number))))
      throw InputError(
          axis.where,
          fmt::format("{} is {} {}, but {} is wanted", axis.config->formula, number, place(values),
                      axis.field.whole() ? "a whole number up to 9e15" : "a finite number"));
    return axis.field.number(number);
  }

  scenario::LoadedSweep loaded_;
  scenario::Sweep& sweep_;
  Diagnostics diagnostics_;
  std::vector<Axis> axes_;
  std::unique_ptr<Expressions> expressions_;
  std::optional<std::size_t> where_;
  std::vector<std::int64_t> group_sizes_;
  std::vector<std::size_t> group_axes_;  // how many axes share each place
  std::vector<std::size_t> inputs_;      // axes that the design varies
  std::optional<random::UnitDesign> design_;
  std::optional<SaltelliDesign> saltelli_;
  std::int64_t n_rows_ = 1;  // of the design, in each place of the grid
  std::int64_t n_raw_ = 1;
  std::vector<std::int64_t> kept_;  // raw numbers, where there are conditions
};

SweepPlan::SweepPlan(const scenario::LoadedSweep& loaded) : impl_(std::make_unique<Impl>(loaded)) {}
SweepPlan::~SweepPlan() = default;

const scenario::Sweep& SweepPlan::sweep() const { return impl_->sweep(); }
std::int64_t SweepPlan::n_combinations() const { return impl_->n_combinations(); }
std::string SweepPlan::unit(std::size_t axis) const { return impl_->unit(axis); }
Combination SweepPlan::combination(std::int64_t number) const { return impl_->combination(number); }
std::int64_t SweepPlan::seed(std::int64_t combination, std::int64_t repeat) const {
  return impl_->seed(combination, repeat);
}

std::vector<std::string> SweepPlan::assignments(std::int64_t combination,
                                                std::int64_t repeat) const {
  auto assignments = impl_->values_of(combination);
  assignments.push_back(fmt::format("seed={}", seed(combination, repeat)));
  return assignments;
}

std::string SweepPlan::name(std::int64_t combination) const {
  std::string name;
  for (const auto& [key, value] : impl_->written(combination))
    name += fmt::format("{}{} = {}", name.empty() ? "" : ", ", key, value);
  return name.empty() ? "the scenario as it is" : name;
}

}  // namespace longhaul::experiment
