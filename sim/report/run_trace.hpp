// The months of a run as a Chrome trace, which ui.perfetto.dev and chrome://tracing open.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "operations/run.hpp"
#include "report/provenance.hpp"
#include "report/trace_format.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::report {

/// A stretch of the run, or several of them as one.
struct RunSlice {
  Seconds start, end;
  std::array<double, operations::n_spendings> spent_s{};  ///< [s] by state
  std::array<std::int64_t, operations::n_spendings> n{};  ///< stretches by state
  std::int64_t n_merged = 1;
};

/// Slices in the order of time that are merged when they become more than `most`: first steps with
/// the checkpoints between them, from stop to stop; then all that start in the same stretch of
/// time, ever longer ones. Sums by state stay as they are.
class MergedSlices {
 public:
  explicit MergedSlices(std::size_t most) : most_(most) {}
  void add(const RunSlice& slice);

  const std::vector<RunSlice>& slices() const { return slices_; }
  std::int64_t n_added() const { return n_added_; }
  Seconds grid() const { return grid_; }  ///< 0: nothing but steps and checkpoints is merged

 private:
  bool belong_together(const RunSlice& before, const RunSlice& slice) const;
  void append(const RunSlice& slice);
  void merge_all();

  std::size_t most_;
  std::vector<RunSlice> slices_;
  bool folds_ = false;
  Seconds grid_;
  std::int64_t n_added_ = 0;
};

/// Listens to a run and writes its trace: a slice a stretch in one state, an instant a stop, named
/// by its cause, and counters of power and of kept steps, from the samples of the timeline. Steps
/// that a failure took are `redone`. Neither memory nor file grows beyond `most_events` events:
/// slices take half of them, stops a quarter, counters the rest.
class RunTrace {
 public:
  /// `scenario` must outlive it; `most_events` is 8 or more.
  explicit RunTrace(const scenario::Scenario& scenario,
                    std::size_t most_events = most_trace_events);

  void add(const operations::RunSpan& span);
  void add(const operations::RunEvent& event);
  void add(const operations::RunSample& sample);
  /// Once, when the run has ended: what was done since the last checkpoint is kept, but for the
  /// step under way.
  void end(const operations::RunTotals& totals);

  /// What was thinned out, in a sentence; empty where the trace is whole.
  std::string note() const;
  /// Times are rounded to nanoseconds, from 2^53 of them (104 days) on to microseconds; what lies
  /// beyond 285 years, which viewers cannot count, is left out.
  void write(std::ostream& stream, const Provenance& provenance) const;

 private:
  struct Stop {
    Seconds time;
    std::int64_t cause = -1;  ///< -1: of several
    std::int64_t node = -1;
    Seconds lost;
    std::int64_t n = 1;
  };
  struct Sample {
    Seconds time;
    std::int64_t steps = 0;
    Joules energy;
  };
  void settle(operations::Spending steps);
  void add_stop(const Stop& stop);
  std::int64_t ticks(Seconds time) const;
  void write_stops(TraceWriter& trace) const;
  void write_counters(TraceWriter& trace) const;

  const scenario::Scenario& scenario_;
  std::size_t most_stops_, most_samples_;
  MergedSlices slices_;
  std::vector<RunSlice> unsettled_;  // from steps on that may still be lost
  bool steps_unsettled_ = false;
  bool loses_ = false;  // an interruption takes them with the stretch that it ends
  std::vector<Stop> stops_;
  std::int64_t n_stops_ = 0;
  Seconds stops_grid_;
  std::vector<Sample> samples_;  // every `every_`-th
  Sample last_sample_;
  std::int64_t n_samples_ = 0;
  std::int64_t every_ = 1;
  Seconds simulated_;
};

}  // namespace longhaul::report
