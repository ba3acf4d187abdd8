#include "report/not_reached.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "units/format.hpp"

namespace longhaul::report {

namespace {

class Counter {
 public:
  Counter(const scenario::Scenario& scenario, Seconds simulated)
      : start_(scenario.start), end_(simulated) {}

  bool is_late(const operations::Moment& moment) const { return since(start_, moment) >= end_; }
  bool is_after(const operations::Moment& moment) const { return since(start_, moment) > end_; }

  void add(std::int64_t late, std::size_t all, const char* what) {
    if (late == 0) return;
    const auto n = static_cast<std::int64_t>(all);
    rows_.push_back(
        fmt::format("{} of {} {}{}", format_count(late), format_count(n), what, n == 1 ? "" : "s"));
  }
  std::vector<std::string> rows() { return std::move(rows_); }

 private:
  Date start_;
  Seconds end_;
  std::vector<std::string> rows_;
};

}  // namespace

std::vector<std::string> not_reached(const scenario::Scenario& s, Seconds simulated) {
  Counter counter(s, simulated);
  const auto late = [&](const auto& row) { return counter.is_late(row.at); };
  counter.add(std::ranges::count_if(s.arrivals, late), s.arrivals.size(), "arrival");
  std::int64_t late_steps = 0, late_calls = 0;
  std::size_t steps = 0, calls = 0;
  for (const auto& site : s.power.sites) {
    late_steps += std::ranges::count_if(site.cap_steps, late);
    steps += site.cap_steps.size();
    late_calls += std::ranges::count_if(site.curtailments, late);
    calls += site.curtailments.size();
  }
  counter.add(late_steps, steps, "power step");
  counter.add(late_calls, calls, "curtailment");
  counter.add(std::ranges::count_if(s.recorded_stops,
                                    [&](const auto& stop) { return stop.time >= simulated; }),
              s.recorded_stops.size(), "recorded stop");
  counter.add(std::ranges::count_if(s.run.decisions,
                                    [&](const auto& row) { return counter.is_after(row.at); }),
              s.run.decisions.size(), "decision");
  return counter.rows();
}

std::string not_reached_line(const std::vector<std::string>& rows) {
  return rows.empty() ? std::string()
                      : fmt::format("{}, on or after the end", fmt::join(rows, ", "));
}

}  // namespace longhaul::report
