#include "report/run_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "units/calendar.hpp"
#include "units/format.hpp"

namespace longhaul::report {
namespace {

using operations::Spending;

constexpr TracePlace states{1, 1};
constexpr TracePlace stops{1, 2};
constexpr double most_exact_ns = 0x1p53;
constexpr double last_shown_s = 9e9;  // below 2^63 ns

std::size_t index(Spending state) { return static_cast<std::size_t>(state); }

/// What a state is called in the trace; "compute" are steps that were kept.
std::string name_of(std::size_t state) {
  return state == index(Spending::Useful) ? "compute"
                                          : std::string(key_of(static_cast<Spending>(state)));
}

std::size_t state_of(std::string_view name) {
  if (name == "step") return index(Spending::Useful);
  for (std::size_t i = 0; i < operations::n_spendings; ++i)
    if (key_of(static_cast<Spending>(i)) == name) return i;
  throw std::logic_error("a run is in a state that its trace does not know");
}

RunSlice slice_of(std::size_t state, Seconds start, Seconds end) {
  RunSlice slice{start, end};
  slice.spent_s[state] = (end - start).value();
  slice.n[state] = 1;
  return slice;
}

/// Steps and checkpoints, and nothing else.
bool folds(const RunSlice& slice) {
  return slice.n[index(Spending::Useful)] + slice.n[index(Spending::Checkpoint)] ==
         std::accumulate(slice.n.begin(), slice.n.end(), std::int64_t{0});
}

void merge_into(RunSlice& into, const RunSlice& slice) {
  into.end = slice.end;
  into.n_merged += slice.n_merged;
  for (std::size_t i = 0; i < operations::n_spendings; ++i) {
    into.spent_s[i] += slice.spent_s[i];
    into.n[i] += slice.n[i];
  }
}

double cell_of(Seconds time, Seconds grid) { return std::floor(time / grid); }

/// At most `most` / 2 cells up to `end`, and at least twice as long as those before.
Seconds coarser(Seconds grid, Seconds end, std::size_t most) {
  return std::max(2.0 * grid, end / std::max(1.0, std::floor(static_cast<double>(most) / 2)));
}

void write_slice(TraceWriter& trace, const RunSlice& slice, std::int64_t start_ns,
                 std::int64_t end_ns) {
  const auto longest = static_cast<std::size_t>(
      std::max_element(slice.spent_s.begin(), slice.spent_s.end()) - slice.spent_s.begin());
  if (slice.n_merged == 1)
    return trace.slice(states, name_of(longest), name_of(longest), start_ns, end_ns, {});
  TraceFields arguments;
  for (std::size_t i = 0; i < operations::n_spendings; ++i)
    if (slice.n[i] > 0) {
      arguments.emplace_back(name_of(i) + "_s", slice.spent_s[i]);
      arguments.emplace_back(name_of(i) + "_slices", slice.n[i]);
    }
  trace.slice(states, fmt::format("{} and others ({} slices)", name_of(longest), slice.n_merged),
              name_of(longest), start_ns, end_ns, arguments);
}

}  // namespace

void MergedSlices::add(const RunSlice& slice) {
  ++n_added_;
  append(slice);
  while (slices_.size() > most_) {
    if (folds_) grid_ = coarser(grid_, slice.end, most_);
    folds_ = true;
    merge_all();
  }
}

bool MergedSlices::belong_together(const RunSlice& before, const RunSlice& slice) const {
  if (grid_ > Seconds()) return cell_of(before.start, grid_) == cell_of(slice.start, grid_);
  return folds_ && folds(before) && folds(slice);
}

void MergedSlices::append(const RunSlice& slice) {
  if (!slices_.empty() && belong_together(slices_.back(), slice))
    merge_into(slices_.back(), slice);
  else
    slices_.push_back(slice);
}

void MergedSlices::merge_all() {
  const auto before = std::exchange(slices_, {});
  for (const auto& slice : before) append(slice);
}

RunTrace::RunTrace(const scenario::Scenario& scenario, std::size_t most_events)
    : scenario_(scenario),
      most_stops_(most_events / 4),
      most_samples_(most_events / 8),  // two counters each
      slices_(most_events / 2) {}

void RunTrace::add(const operations::RunSpan& span) {
  const auto state = state_of(span.state);
  if (span.end > span.start) {
    unsettled_.push_back(slice_of(state, span.start, span.end));
    steps_unsettled_ |= state == index(Spending::Useful);
  }
  if (std::exchange(loses_, false))
    settle(Spending::Redone);
  else if (!steps_unsettled_)
    settle(Spending::Useful);
}

void RunTrace::add(const operations::RunEvent& event) {
  using operations::EventKind;
  if (event.kind == EventKind::Checkpoint) settle(Spending::Useful);
  if (event.kind != EventKind::Interruption) return;
  loses_ = event.lost > Seconds();
  add_stop({event.time, event.cause, event.node, event.lost});
}

void RunTrace::add(const operations::RunSample& sample) {
  last_sample_ = {sample.time, sample.steps, sample.energy};
  if (n_samples_++ % every_ == 0) samples_.push_back(last_sample_);
  if (samples_.size() < most_samples_) return;  // the last one is written besides
  every_ *= 2;
  for (std::size_t i = 0; 2 * i < samples_.size(); ++i) samples_[i] = samples_[2 * i];
  samples_.resize((samples_.size() + 1) / 2);
}

/// Steps since the last checkpoint were kept or lost.
void RunTrace::settle(Spending steps) {
  for (auto& slice : unsettled_) {
    if (slice.n[index(Spending::Useful)] > 0)
      slice = slice_of(index(steps), slice.start, slice.end);
    slices_.add(slice);
  }
  unsettled_.clear();
  steps_unsettled_ = false;
}

void RunTrace::end(const operations::RunTotals& totals) {
  simulated_ = totals.simulated;
  auto unfinished = totals.ledger.spent(Spending::Unfinished);
  for (auto i = unsettled_.size(); i-- > 0 && unfinished > Seconds();) {
    auto& slice = unsettled_[i];
    if (slice.n[index(Spending::Useful)] == 0) continue;
    const auto cut = std::max(slice.start, slice.end - unfinished);
    unfinished -= slice.end - cut;
    const auto rest = slice_of(index(Spending::Unfinished), cut, slice.end);
    if (cut > slice.start) {
      slice = slice_of(index(Spending::Useful), slice.start, cut);
      unsettled_.insert(unsettled_.begin() + static_cast<std::ptrdiff_t>(i) + 1, rest);
    } else {
      slice = rest;
    }
  }
  settle(Spending::Useful);
}

void RunTrace::add_stop(const Stop& stop) {
  const auto append = [this](const Stop& next) {
    const bool merges = !stops_.empty() && stops_grid_ > Seconds() &&
                        cell_of(stops_.back().time, stops_grid_) == cell_of(next.time, stops_grid_);
    if (!merges) return stops_.push_back(next);
    auto& last = stops_.back();
    if (last.cause != next.cause) last.cause = -1;
    last.node = -1;
    last.lost += next.lost;
    last.n += next.n;
  };
  ++n_stops_;
  append(stop);
  while (stops_.size() > most_stops_) {
    stops_grid_ = coarser(stops_grid_, stop.time, most_stops_);
    for (const auto& before : std::exchange(stops_, {})) append(before);
  }
}

std::string RunTrace::note() const {
  std::vector<std::string> parts;
  const auto written = static_cast<std::int64_t>(slices_.slices().size());
  if (written < slices_.n_added())
    parts.push_back(fmt::format(
        "{} slices stand for {}: {}", written, slices_.n_added(),
        slices_.grid() > Seconds()
            ? fmt::format("those that start in the same {:.6g} s are one", slices_.grid().value())
            : std::string("steps and the checkpoints between two stops are one")));
  if (std::ssize(stops_) < n_stops_)
    parts.push_back(fmt::format("{} instants stand for {} stops", stops_.size(), n_stops_));
  if (every_ > 1) parts.push_back(fmt::format("counters show one sample in {}", every_));
  if (simulated_.value() > last_shown_s)
    parts.push_back(fmt::format("nothing after {:.0e} s is shown", last_shown_s));
  return parts.empty() ? "" : fmt::format("thinned: {}", fmt::join(parts, "; "));
}

std::int64_t RunTrace::ticks(Seconds time) const {
  const double s = std::min(time.value(), last_shown_s);
  return simulated_.value() * 1e9 < most_exact_ns ? std::llround(s * 1e9)
                                                  : std::llround(s * 1e6) * 1000;
}

void RunTrace::write_stops(TraceWriter& trace) const {
  for (const auto& stop : stops_) {
    if (stop.time.value() > last_shown_s) break;
    std::string name = fmt::format("{} stops", stop.n);
    TraceFields arguments{{"lost_s", stop.lost.value()}};
    if (stop.cause >= 0) {
      const auto& cause = scenario_.failures.causes->causes[static_cast<std::size_t>(stop.cause)];
      name = stop.n == 1 ? cause.name : fmt::format("{} ({} stops)", cause.name, stop.n);
      if (stop.n == 1) arguments.emplace_back("planned", cause.planned ? "yes" : "no");
    }
    if (stop.node >= 0) arguments.emplace_back("node", stop.node);
    if (stop.n == 1)
      arguments.emplace_back("date", format_date(after(scenario_.start, stop.time)));
    else
      arguments.emplace_back("stops", stop.n);
    trace.instant(stops, name, "stop", ticks(stop.time), arguments);
  }
}

void RunTrace::write_counters(TraceWriter& trace) const {
  auto samples = samples_;
  if (!samples.empty() && samples.back().time < last_sample_.time) samples.push_back(last_sample_);
  for (std::size_t i = 0; i < samples.size() && samples[i].time.value() <= last_shown_s; ++i) {
    const auto& sample = samples[i];
    trace.counter(states, "kept steps", ticks(sample.time), static_cast<double>(sample.steps));
    if (i + 1 == samples.size()) break;
    const auto mean = (samples[i + 1].energy - sample.energy) / (samples[i + 1].time - sample.time);
    trace.counter(states, "mean power [W]", ticks(sample.time), mean.value());
  }
}

void RunTrace::write(std::ostream& stream, const Provenance& provenance) const {
  const auto start = format_date(scenario_.start);
  TraceFields other{{"title", scenario_.title},
                    {"start", start},
                    {"start_unix_s", scenario_.start.unix_s},
                    {"simulated_s", simulated_.value()},
                    {"gpus", scenario_.run.gpus},
                    {"slices", slices_.n_added()},
                    {"stops", n_stops_},
                    {"samples", n_samples_}};
  if (const auto text = note(); !text.empty()) other.emplace_back("note", text);
  TraceWriter trace(stream, provenance, other);
  trace.name_process(states, fmt::format("{}, from {} UTC", scenario_.title, start), 0);
  trace.name_thread(states, "state", 0);
  trace.name_thread(stops, "stops", 1);
  for (const auto& slice : slices_.slices()) {
    if (slice.start.value() > last_shown_s) break;
    write_slice(trace, slice, ticks(slice.start), ticks(slice.end));
  }
  write_stops(trace);
  write_counters(trace);
  trace.finish();
}

}  // namespace longhaul::report
