// A schedule as a Chrome trace, which ui.perfetto.dev and chrome://tracing open: a Gantt chart.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "experiment/schedule.hpp"
#include "report/job_stretches.hpp"
#include "report/provenance.hpp"
#include "report/trace_format.hpp"

namespace longhaul::report {

/// Listens to schedules, one policy after the other, and writes a slice a stretch of a job on each
/// node that it had, under a process a policy and a thread a node. The
/// first `most_trace_events` slices are kept.
class ScheduleTrace {
 public:
  explicit ScheduleTrace(const scenario::Scenario& scenario) : scenario_(scenario) {}

  void begin(const std::string& policy);
  void add(const scheduling::JobEvent& event, const scheduling::Cluster& cluster);
  /// What was left out, in a sentence; empty where the trace is whole.
  std::string note() const;
  void write(std::ostream& stream, const Provenance& provenance) const;

 private:
  struct Stretch {
    std::size_t policy;
    scheduling::JobId job;
    std::int64_t node;
    std::int64_t slots;
    Seconds start, end;
  };

  const scenario::Scenario& scenario_;
  std::vector<std::string> policies_;
  JobStretches running_;
  std::vector<Stretch> stretches_;
  std::int64_t n_left_out_ = 0;
};

}  // namespace longhaul::report
