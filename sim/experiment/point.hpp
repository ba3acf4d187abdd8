// One point of a sweep: a scenario with its values and seed, simulated in a worker process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "experiment/summary.hpp"
#include "scenario/sweep.hpp"

namespace longhaul::experiment {

/// What a point came to. Either an error or numbers.
struct PointResult {
  std::string error;     ///< empty when it was simulated
  std::string resolved;  ///< the scenario, every default written out; empty: not readable
  std::vector<std::pair<std::string, std::variant<std::int64_t, double>>> metrics;  ///< by name
  double wall_s = 0;
};

/// A worker's side: answers points one by one in a process of its own. It keeps the platform it
/// built, and all that is ready before the months of the last scenario, and forks each run of
/// months off from there.
class PointServer {
 public:
  /// Of the scenario file at `path` with `assignments` on top.
  PointServer(std::string path, std::vector<std::string> assignments, scenario::Simulate simulate);
  ~PointServer();

  /// Takes a message of the point's own assignments and gives one of its result, to be read with
  /// point_result(). Empty when the point needs another platform than the one this process holds:
  /// a new process has to be asked.
  std::string answer(const std::string& request);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The message that asks for a point.
std::string point_request(const std::vector<std::string>& assignments);
/// Reads what a PointServer answered.
PointResult point_result(const std::string& answer);

}  // namespace longhaul::experiment
