// Rows of a scenario for moments that its run did not live to see.
#include "report/not_reached.hpp"

#include <doctest/doctest.h>

using namespace longhaul;
using namespace longhaul::report;

namespace {

using Rows = std::vector<std::string>;

operations::Moment at(Seconds time) { return {{}, time}; }

template <class Row>
std::vector<Row> rows_at(const std::vector<operations::Moment>& moments) {
  std::vector<Row> rows(moments.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].at = moments[i];
  return rows;
}

TEST_CASE("rows on or after the end of a run are counted by what they are") {
  scenario::Scenario s;
  s.start = *parse_date("2026-01-01");
  s.arrivals =
      rows_at<scenario::Arrival>({at(days(1)), {*parse_date("2026-01-11"), {}}, at(days(30))});
  s.power.sites.resize(2);
  s.power.sites[0].cap_steps = {{at(days(9)), watts(1)}, {at(days(11)), watts(2)}};
  s.power.sites[1].cap_steps = {{at(days(40)), watts(3)}};
  s.power.sites[1].curtailments = {{at(days(12)), 0.5, {}, hours(1)}};
  s.recorded_stops.resize(3);
  s.recorded_stops[0].time = days(2);
  s.recorded_stops[1].time = days(9.9);
  s.recorded_stops[2].time = days(10);
  s.run.decisions = rows_at<scenario::Decision>({at(days(10)), at(days(20))});
  // 2026-01-11 is the tenth day, at which nothing is left to happen; the first decision made the
  // end.
  CHECK(not_reached(s, days(10)) == Rows{"2 of 3 arrivals", "2 of 3 power steps",
                                         "1 of 1 curtailment", "1 of 3 recorded stops",
                                         "1 of 2 decisions"});
  CHECK(not_reached_line(not_reached(s, days(25))) ==
        "1 of 3 arrivals, 1 of 3 power steps, on or after the end");
  CHECK(not_reached(s, days(41)).empty());
  CHECK(not_reached_line({}).empty());
}

}  // namespace
