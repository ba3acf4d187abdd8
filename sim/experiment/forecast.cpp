#include "experiment/forecast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "experiment/statistics.hpp"
#include "random/copula.hpp"
#include "random/stream.hpp"
#include "scenario/constraint_fields.hpp"

namespace longhaul::experiment {

namespace {

using world::BatchGrowth;
using world::ConstraintBounds;
using world::ConstraintDraw;
using world::LatencyForm;

/// Draws the inputs, one sample after the other.
class InputDraws {
 public:
  InputDraws(const world::Constraints& constraints, std::int64_t seed)
      : fields_(scenario::constraint_fields(constraints.inputs, draw_)),
        copula_(fields_.size(), by_index(constraints.correlations)),
        uniforms_(fields_.size()) {
    streams_.reserve(fields_.size());
    for (const auto& field : fields_)
      streams_.emplace_back(static_cast<std::uint64_t>(seed), "forecast/" + field.key);
  }
  InputDraws(const InputDraws&) = delete;  // fields point into the draw
  InputDraws& operator=(const InputDraws&) = delete;

  const ConstraintDraw& next() {
    for (std::size_t i = 0; i < fields_.size(); ++i)
      if (!fields_[i].distribution.is_constant()) uniforms_[i] = streams_[i].uniform();
    copula_.tie(uniforms_);
    for (std::size_t i = 0; i < fields_.size(); ++i)
      *fields_[i].value = fields_[i].distribution.quantile(uniforms_[i]);
    return draw_;
  }

 private:
  std::vector<random::RankCorrelation> by_index(
      const std::vector<world::TiedInputs>& correlations) const {
    const auto index_of = [this](const std::string& key) {
      const auto found = std::find_if(fields_.begin(), fields_.end(),
                                      [&](const auto& field) { return field.key == key; });
      if (found == fields_.end())
        throw std::invalid_argument(
            fmt::format("a correlation names '{}', which is no input", key));
      return static_cast<std::size_t>(found - fields_.begin());
    };
    std::vector<random::RankCorrelation> pairs;
    pairs.reserve(correlations.size());
    for (const auto& tie : correlations)
      pairs.push_back({index_of(tie.input), index_of(tie.with), tie.rank});
    return pairs;
  }

  ConstraintDraw draw_;
  std::vector<scenario::ConstraintField> fields_;
  random::GaussianCopula copula_;
  std::vector<random::Stream> streams_;
  std::vector<double> uniforms_;
};

/// One number of every draw that is told beside the bounds.
struct Detail {
  const char* key;
  const char* what;
  std::function<double(const ConstraintDraw&, const ConstraintBounds&)> value;
};

ConstraintDraw with(ConstraintDraw draw, LatencyForm form, BatchGrowth growth) {
  draw.latency_form = form;
  draw.batch_growth = growth;
  return draw;
}

/// Serial time of a layer of the run at its latency wall.
double layer_latency_s(const ConstraintDraw& draw) {
  const Flop wall = world::latency_bound(draw);
  if (!std::isfinite(wall.value())) return wall.value();
  const training::TokensPerParameter rule{draw.tokens_per_parameter};
  return world::layer_latency(draw, training::compute_optimal(rule, wall).n_parameters).value();
}

const std::vector<Detail>& details() {
  constexpr auto appendix = LatencyForm::Appendix;
  constexpr auto text = LatencyForm::Text;
  constexpr auto fixed = BatchGrowth::Fixed;
  constexpr auto grows = BatchGrowth::WithParameters;
  const auto wall = [](LatencyForm form, BatchGrowth growth) {
    return [form, growth](const ConstraintDraw& draw, const ConstraintBounds&) {
      return world::latency_bound(with(draw, form, growth)).value();
    };
  };
  const auto layer = [](LatencyForm form) {
    return [form](const ConstraintDraw& draw, const ConstraintBounds&) {
      return layer_latency_s(with(draw, form, fixed));
    };
  };
  static const std::vector<Detail> all{
      {"campus_flop", "one campus", [](const auto&, const auto& b) { return b.campus.value(); }},
      {"distributed_power_w", "power for a run over many sites",
       [](const auto&, const auto& b) { return b.distributed_power.value(); }},
      {"bandwidth_flop", "bandwidth between sites",
       [](const auto&, const auto& b) { return b.bandwidth.value(); }},
      {"run_chips_h100e", "H100-equivalents of the run",
       [](const auto&, const auto& b) { return b.run_chips; }},
      {"run_data_tokens", "tokens, repeats counted",
       [](const auto&, const auto& b) { return b.tokens.value(); }},
      {"latency_appendix_fixed_flop", "latency, appendix, fixed batch", wall(appendix, fixed)},
      {"latency_appendix_grows_flop", "latency, appendix, batch grows", wall(appendix, grows)},
      {"latency_text_fixed_flop", "latency, text, fixed batch", wall(text, fixed)},
      {"latency_text_grows_flop", "latency, text, batch grows", wall(text, grows)},
      {"layer_latency_appendix_s", "a layer at the wall, appendix", layer(appendix)},
      {"layer_latency_text_s", "a layer at the wall, text", layer(text)},
  };
  return all;
}

Spread spread(const std::vector<double>& values) {
  constexpr std::array<double, 3> shares{0.1, 0.5, 0.9};
  const auto at = percentiles(values, shares);
  return {at[0], at[1], at[2]};
}

Spread finite_spread(const std::vector<double>& values, const std::string& what) {
  const auto result = spread(values);
  if (!std::isfinite(result.p10) || !std::isfinite(result.p50) || !std::isfinite(result.p90))
    throw std::invalid_argument(fmt::format(
        "the forecast of {} leaves what a double can hold; look for an input that cannot be right",
        what));
  return result;
}

std::array<double, n_constraints> by_constraint(const ConstraintBounds& bounds) {
  return {bounds.power.value(), bounds.chips.value(), bounds.data.value(), bounds.latency.value()};
}

}  // namespace

std::string constraint_name(Constraint constraint) {
  switch (constraint) {
    case Constraint::Power:
      return "power";
    case Constraint::Chips:
      return "chips";
    case Constraint::Data:
      return "data";
    case Constraint::Latency:
      return "latency";
  }
  throw std::logic_error("a constraint without a name");
}

ConstraintForecast forecast(const world::Constraints& constraints, std::int64_t n_samples,
                            std::int64_t seed) {
  if (n_samples < 1) throw std::invalid_argument("a forecast wants at least one sample");
  const auto n = static_cast<std::size_t>(n_samples);
  InputDraws inputs(constraints, seed);
  std::array<std::vector<double>, n_constraints> bounds;
  for (auto& values : bounds) values.reserve(n);
  std::vector<double> least;
  least.reserve(n);
  std::array<std::int64_t, n_constraints> n_binding{};
  std::vector<std::vector<double>> more(details().size());
  for (auto& values : more) values.reserve(n);

  for (std::size_t sample = 0; sample < n; ++sample) {
    const auto& draw = inputs.next();
    const auto drawn = world::constraint_bounds(draw);
    const auto values = by_constraint(drawn);
    if (std::any_of(values.begin(), values.end(), [](double x) { return std::isnan(x); }))
      throw std::invalid_argument(
          "a draw is no number; look for an input so large or small that it cannot be right");
    for (std::size_t i = 0; i < n_constraints; ++i) bounds[i].push_back(values[i]);
    const auto binding = std::min_element(values.begin(), values.end());
    least.push_back(*binding);
    ++n_binding[static_cast<std::size_t>(binding - values.begin())];
    for (std::size_t i = 0; i < more.size(); ++i)
      more[i].push_back(details()[i].value(draw, drawn));
  }

  ConstraintForecast result;
  result.n_samples = n_samples;
  result.seed = seed;
  result.gpt4_compute = constraints.inputs.gpt4_compute;
  for (std::size_t i = 0; i < n_constraints; ++i)
    result.bounds[i] = {finite_spread(bounds[i], constraint_name(static_cast<Constraint>(i))),
                        static_cast<double>(n_binding[i]) / static_cast<double>(n_samples)};
  result.least_flop = finite_spread(least, "the least of the four");
  for (std::size_t i = 0; i < more.size(); ++i)
    result.details.push_back({details()[i].key, details()[i].what, spread(more[i])});
  return result;
}

}  // namespace longhaul::experiment
