#include "experiment/sweep_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <utility>

#include "experiment/sensitivity.hpp"
#include "experiment/sweep_axes.hpp"
#include "formulas/expression.hpp"
#include "random/designs.hpp"
#include "random/stream.hpp"

namespace longhaul::experiment {

namespace {

using scenario::AxisField;
using scenario::AxisValue;
using scenario::SweepDesign;

formulas::SqlValue sql_value(const std::optional<AxisValue>& value) {
  if (!value) return std::monostate{};
  return std::visit([](const auto& v) -> formulas::SqlValue { return v; }, value->value);
}

/// One at a time an axis goes to this quantile and to the one as far from the top; of a list to the
/// first and the last value.
constexpr double lowest_share = 0.05;

}  // namespace

class SweepPlan::Impl {
 public:
  explicit Impl(const scenario::LoadedSweep& loaded) : loaded_(loaded), sweep_(loaded_.sweep) {
    check_size();
    axes_ = read_axes(loaded_, diagnostics_);
    check_design(loaded_, axes_, diagnostics_);
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

  void add_expressions() {
    std::vector<std::string> names;
    for (const auto& axis : axes_) names.push_back(axis.config->name);
    expressions_ = std::make_unique<formulas::Expressions>(names);
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
    return where_ ||
           std::any_of(axes_.begin(), axes_.end(), [](const LaidAxis& a) { return a.when; });
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
        std::any_of(axes_.begin(), axes_.end(), [](const LaidAxis& a) { return a.formula; });
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
  static AxisValue value_at(const LaidAxis& axis, double share) {
    if (axis.distribution) return axis.field.number(axis.distribution->quantile(share));
    const auto n = static_cast<double>(axis.values.size());
    return axis.values[static_cast<std::size_t>(std::min(share * n, n - 1))];
  }

  /// Conditional axes and formulas in the order of the axes, then the condition on the whole.
  bool finish(Combination& values, const std::vector<std::int64_t>& places) const {
    std::vector<formulas::SqlValue> known;
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

  bool holds(std::size_t condition, const std::vector<formulas::SqlValue>& known,
             const Location& where, const Combination& values) const {
    try {
      return expressions_->holds(condition, known);
    } catch (const std::invalid_argument& problem) {
      throw InputError(where, fmt::format("a condition cannot be evaluated {}: {}", place(values),
                                          problem.what()));
    }
  }

  AxisValue computed(const LaidAxis& axis, const std::vector<formulas::SqlValue>& known,
                     const Combination& values) const {
    formulas::SqlValue value;
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
  std::vector<LaidAxis> axes_;
  std::unique_ptr<formulas::Expressions> expressions_;
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
