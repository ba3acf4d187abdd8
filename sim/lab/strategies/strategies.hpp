// Each makes the strategy of the file of its name. Throws std::invalid_argument where the lab lacks
// one of its parameters.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <stdexcept>

#include "lab/strategy.hpp"

namespace longhaul::lab {

std::unique_ptr<Strategy> make_fixed_length(const LabConfig& config);
std::unique_ptr<Strategy> make_fixed_compute(const LabConfig& config);
std::unique_ptr<Strategy> make_optimal_length(const LabConfig& config);
std::unique_ptr<Strategy> make_start_at_phase(const LabConfig& config);
std::unique_ptr<Strategy> make_wait_for_next(const LabConfig& config);
std::unique_ptr<Strategy> make_restart(const LabConfig& config);
std::unique_ptr<Strategy> make_new_recipe(const LabConfig& config);
std::unique_ptr<Strategy> make_race(const LabConfig& config);

/// What an idle lab does that runs one length: a run where there are chips and it ends in time.
inline Choice start_if_it_fits(const Outlook& o, Seconds length) {
  const bool fits = o.now + o.queue + length <= o.deadline + seconds(1);
  return fits && o.sustained > flop_per_second(0) ? Choice{Choice::Kind::Start, length} : Choice{};
}

/// A parameter that a strategy cannot do without.
template <class T>
T needed(const std::optional<T>& parameter, const char* strategy, const char* example) {
  if (!parameter)
    throw std::invalid_argument(
        fmt::format("the strategy \"{}\" needs another parameter; give {}", strategy, example));
  return *parameter;
}

}  // namespace longhaul::lab
