// What must hold between fields of a scenario, beyond each field's own range.
#pragma once

#include "diagnostics/diagnostic.hpp"
#include "scenario/reader.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::scenario {

/// What a scenario is read for, and so what it must hold.
enum class Purpose {
  Months,    ///< a run from its first step to its last
  Step,      ///< one step of its model under its plan: nothing that only months need
  Plan,      ///< to look for a plan: as Step, and the degrees of a given one may be wrong
  Forecast,  ///< of the constraints of a later year: nothing of a run
  Wall,      ///< of the latency wall: a platform, and nothing of one run
};

/// Reports every mistake at the place of the field that would have to change.
/// What depends on a value that was not read well is left out.
void check(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics,
           Purpose purpose);

/// How fast a run goes, known once its platform is built.
struct RunPace {
  Seconds step;
  std::int64_t checkpoint_steps = 1;
  Seconds checkpoint_write, checkpoint_read;
  operations::Units units;  ///< what causes of failure strike
};

/// Lines of events.csv and timeline.csv together: about 10 GB and minutes of computing.
inline constexpr double most_lines = 1e8;

/// Throws InputError when the run would not end within 10,000 years, or would write more than a
/// hundred million lines.
void check_length(const Scenario& scenario, const Places& places, const RunPace& pace);

}  // namespace longhaul::scenario
