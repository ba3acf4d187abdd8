// Recorded stops to replay, as a CSV file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "diagnostics/diagnostic.hpp"
#include "operations/failure.hpp"

namespace longhaul::scenario {

/// Columns, in any order, named in the first line; lines that start with # are comments:
///   time_s   since the start of the run [s], not before the row above
///   cause    a cause of the failure card
///   lost_s   the whole loss [s], the run then goes on where it stood; empty: the stop is
///            detected, recovered from and its work redone as any other
///   node     that it took, one of `n_nodes`; empty: any
/// Mistakes go to the diagnostics with file and line.
std::vector<operations::RecordedStop> read_replay(const std::string& path,
                                                  const operations::FailureCard& causes,
                                                  std::int64_t n_nodes, const Location& asked_at,
                                                  Diagnostics& diagnostics);

}  // namespace longhaul::scenario
