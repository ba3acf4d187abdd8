#include "scenario/checks_constraints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "random/copula.hpp"
#include "scenario/constraint_fields.hpp"

namespace longhaul::scenario {

namespace {

class ConstraintChecker {
 public:
  ConstraintChecker(const world::Constraints& constraints, const Reader& reader,
                    Diagnostics& diagnostics)
      : constraints_(constraints),
        reader_(reader),
        diagnostics_(diagnostics),
        fields_(constraint_fields(constraints.inputs, draw_)) {}

  void check_all() {
    std::vector<random::RankCorrelation> correlations;
    for (std::size_t i = 0; i < constraints_.correlations.size(); ++i) {
      const auto path = fmt::format("constraints.correlation[{}]", i);
      const auto& tie = constraints_.correlations[i];
      const auto input = input_of(tie.input, path + ".input");
      const auto with = input_of(tie.with, path + ".with");
      if (!(std::abs(tie.rank) < 1))
        error(path + ".rank", fmt::format("a rank correlation lies between -1 and 1, without the "
                                          "ends; {} is not",
                                          tie.rank));
      else if (input && with)
        check_pair({*input, *with, tie.rank}, path, correlations);
    }
    if (correlations.size() < constraints_.correlations.size()) return;
    try {
      random::GaussianCopula(fields_.size(), correlations);
    } catch (const std::invalid_argument& problem) {
      error("constraints.correlation", problem.what());
    }
  }

 private:
  void error(const std::string& path, std::string what) {
    diagnostics_.error(reader_.where(path), std::move(what));
  }

  /// The number of the input of this key; reports when there is none. A tie to an input of one
  /// value says nothing, so that any input can be set to one.
  std::optional<std::size_t> input_of(const std::string& key, const std::string& path) {
    if (!reader_.sound(path)) return std::nullopt;
    const auto found = std::find_if(fields_.begin(), fields_.end(),
                                    [&](const auto& field) { return field.key == key; });
    if (found == fields_.end()) {
      std::vector<std::string_view> known;
      for (const auto& field : fields_) known.emplace_back(field.key);
      const auto meant = closest(key, known);
      error(path, meant.empty() ? fmt::format("[constraints] has no input '{}'; there are {}", key,
                                              fmt::join(known, ", "))
                                : fmt::format("[constraints] has no input '{}'; did you mean '{}'?",
                                              key, meant));
      return std::nullopt;
    }
    return static_cast<std::size_t>(found - fields_.begin());
  }

  /// Adds the pair to those that make sense.
  void check_pair(const random::RankCorrelation& pair, const std::string& path,
                  std::vector<random::RankCorrelation>& correlations) {
    const bool known = std::any_of(
        correlations.begin(), correlations.end(), [&](const random::RankCorrelation& other) {
          return std::minmax(other.first, other.second) == std::minmax(pair.first, pair.second);
        });
    if (pair.first == pair.second)
      error(path + ".with", "an input cannot be tied to itself; name another one");
    else if (known)
      error(path + ".with", fmt::format("{} and {} are tied above already; take one of the two out",
                                        fields_[pair.first].key, fields_[pair.second].key));
    else
      correlations.push_back(pair);
  }

  const world::Constraints& constraints_;
  const Reader& reader_;
  Diagnostics& diagnostics_;
  world::ConstraintDraw draw_;  // that the fields point into
  std::vector<ConstraintField> fields_;
};

}  // namespace

void check_constraints(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics) {
  if (scenario.constraints) {
    ConstraintChecker(*scenario.constraints, reader, diagnostics).check_all();
    return;
  }
  if (reader.sound("constraints"))
    diagnostics.error(reader.where(""),
                      "there is nothing to forecast; give [constraints], for instance as in "
                      "scenarios/figures/constraints_2030/scenario.toml");
}

}  // namespace longhaul::scenario
