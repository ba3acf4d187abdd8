// The end of a run on a terminal: one aligned screen, the question answered first.
#pragma once

#include <cstdint>
#include <string>

#include "experiment/simulation.hpp"
#include "experiment/summary.hpp"
#include "report/provenance.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::report {

/// What is run, on how many of what: the first line.
std::string title_line(const scenario::Scenario& scenario, const experiment::Setup& setup);

/// 0.895 as "89.5 %".
std::string percent(double ratio);

/// 2 and "run" as "2 runs".
std::string plural(std::int64_t n, const std::string& what);

/// What time was lost to and what stopped the run, the most first.
std::string lost_line(const experiment::Summary& summary);
std::string stops_line(const experiment::Summary& summary);
/// GPU-hours by use, in a sum that is all GPUs x time.
std::string gpu_hours_line(const experiment::Summary& summary);

/// `folder` is where the files are, `peak_memory` what the program took at most.
std::string screen(const scenario::Scenario& scenario, const experiment::Setup& setup,
                   const experiment::Summary& summary, const Provenance& provenance,
                   const std::string& folder, Bytes peak_memory);

/// One line while the run goes on: date, steps, goodput so far, wall time left.
std::string progress_line(const scenario::Scenario& scenario, const experiment::Setup& setup,
                          Seconds time, std::int64_t steps, double wall_s);

}  // namespace longhaul::report
