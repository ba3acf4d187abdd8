#include "lab/strategy.hpp"

#include <algorithm>
#include <stdexcept>

#include "lab/strategies/strategies.hpp"

namespace longhaul::lab {

std::unique_ptr<Strategy> make_strategy(const LabConfig& config) {
  switch (config.strategy) {
    case StrategyKind::FixedLength:
      return make_fixed_length(config);
    case StrategyKind::FixedCompute:
      return make_fixed_compute(config);
    case StrategyKind::OptimalLength:
      return make_optimal_length(config);
    case StrategyKind::StartAtPhase:
      return make_start_at_phase(config);
    case StrategyKind::WaitForNext:
      return make_wait_for_next(config);
    case StrategyKind::Restart:
      return make_restart(config);
    case StrategyKind::NewRecipe:
      return make_new_recipe(config);
    case StrategyKind::Race:
      return make_race(config);
  }
  throw std::logic_error("a strategy without a file");
}

std::vector<std::string_view> unread_parameters(const LabConfig& config) {
  std::vector<std::string_view> given;
  if (config.length) given.emplace_back("length");
  if (config.compute) given.emplace_back("compute");
  if (config.reported) given.emplace_back("reported");
  if (config.threshold) given.emplace_back("threshold");
  if (config.patience) given.emplace_back("patience");
  if (config.adopting > Seconds()) given.emplace_back("adopting");
  const auto read = make_strategy(config)->reads();
  std::erase_if(given, [&](auto one) { return std::ranges::find(read, one) != read.end(); });
  return given;
}

Seconds optimal_length(const PerSecond& growth, Seconds deadline) {
  if (!(growth > per_second(0))) return deadline;
  return std::min<Seconds>(deadline, 1.0 / growth);
}

std::string_view key_of(Bound bound) {
  switch (bound) {
    case Bound::Power:
      return "power";
    case Bound::Chips:
      return "chips";
    case Bound::Data:
      return "data";
    case Bound::Latency:
      return "latency";
    case Bound::Money:
      return "money";
    case Bound::Time:
      return "time";
  }
  return "";
}

std::string_view key_of(Ending ending) {
  switch (ending) {
    case Ending::Released:
      return "released";
    case Ending::Abandoned:
      return "abandoned";
    case Ending::Cut:
      return "cut";
  }
  return "";
}

}  // namespace longhaul::lab
