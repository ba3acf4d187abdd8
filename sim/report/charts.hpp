// Kinds of charts on a page, as views of Vega-Lite.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace longhaul::report {

struct Bar {
  std::string name;
  double value = 0;
  std::string label;     ///< what stands behind the bar
  std::size_t kind = 0;  ///< index into `kinds`
};

/// Bars one below the other, their labels in a column at the right.
struct Bars {
  std::string what;                ///< the names are: "cause"
  std::vector<std::string> kinds;  ///< one or two, told apart by colour; a legend when two
  std::vector<Bar> rows;           ///< from the top
  std::string only;                ///< a box to tick that leaves the second kind: "losses only"
};
std::string bar_spec(const Bars& bars);

/// Charts over time share these; all times in ms since 1970, UTC, beside what they are for people.
struct Span {
  double from_ms = 0, to_ms = 0;
};

struct Mark {
  double time_ms = 0;
  std::string date, cause;
  bool planned = false;
  double down_min = 0;
  double redone = 0;  ///< steps
};

/// A value that holds from here to the next.
struct Stair {
  double from_ms = 0, to_ms = 0;
  std::string date;
  double value = 0;
};

struct Point {
  double time_ms = 0;
  double value = 0;
};

/// The mean line through many stairs takes in one of so many parts of them at each point.
inline constexpr std::size_t parts_of_mean = 60;
bool has_mean(std::size_t n_stairs);

/// Shares between 0 and 1, with a tick for each mark at the foot.
std::string share_spec(const Span& span, const std::string& name, const std::vector<Stair>& stairs,
                       const std::vector<Mark>& marks);

/// Values from 0 on.
std::string stair_spec(const Span& span, const std::string& name, const std::vector<Stair>& stairs);

/// Two lines, the second dashed.
struct Line {
  std::string name;
  std::vector<Point> points;
};
std::string lines_spec(const Span& span, const std::string& name, const Line& first,
                       const Line& second);

/// One of at most two lines over time, told apart by colour, dash and shape.
struct Curve {
  struct At {
    double time_ms = 0;
    std::string date;
    double value = 0;
  };
  std::string name;
  std::vector<At> points;
};
struct Curves {
  std::string axis;  ///< its name, with the unit
  std::string what;  ///< the names are: "lab"
  std::vector<Curve> curves;
  bool log = false;     ///< values of 0 and below are left out then
  bool stairs = false;  ///< each value holds until the next, the last to the end
  bool dots = false;    ///< at each point; they can be pointed at anyway
};
/// Whether the largest value is at least ten times the least above zero.
bool spans_decades(const std::vector<Curve>& curves);
std::string curves_spec(const Span& span, const Curves& curves);

/// Stretches of time in rows. Kinds are told apart by fill and dash: the first is filled, the
/// second hollow, the third hollow and dashed.
struct Stretch {
  double from_ms = 0, to_ms = 0;
  std::string row;
  std::size_t kind = 0;            ///< index into `kinds`
  std::vector<std::string> facts;  ///< by `facts`
};
struct Stretches {
  std::vector<std::string> rows;   ///< from the top
  std::vector<std::string> kinds;  ///< at most three, with a legend
  std::vector<std::string> facts;  ///< names of what pointing at one tells
  bool second = false;             ///< in the second colour
  std::vector<Stretch> stretches;
};
std::string stretches_spec(const Span& span, const Stretches& stretches);

/// Minutes down of each mark.
std::string marks_spec(const Span& span, const std::vector<Mark>& marks);

}  // namespace longhaul::report
