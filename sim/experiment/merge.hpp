// Joins the stores of a sweep's shards into one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace longhaul::experiment {

/// What the joined store holds.
struct MergeOutcome {
  std::int64_t n_points = 0;
  std::int64_t n_failed = 0;    ///< of these
  std::int64_t n_expected = 0;  ///< combinations x repeats; sweep.precision may ask for more
  std::int64_t n_missing = 0;   ///< of the expected ones
  std::vector<std::pair<std::int64_t, std::int64_t>> missing;  ///< the first few
  std::vector<std::string> unfinished;  ///< stores whose sweeps stopped, or go on
  bool interrupted = false;             ///< then nothing was written
};

/// Joins `stores`, and what `out` holds already, into `out`. It is written aside and renamed when
/// it is whole: whatever goes wrong, `out` stays as it was. Stops when `go_on`, asked now and then
/// with the number of stores that are in, says false. Throws InputError when stores are of
/// different sweeps, hold different results for a point or are none; StoreError as StoreWriter
/// does.
MergeOutcome merge_stores(const std::string& out, const std::vector<std::string>& stores,
                          const std::function<bool(std::size_t n_joined)>& go_on = {});

}  // namespace longhaul::experiment
