// Charts of a sweep, as views of Vega-Lite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace longhaul::report {

/// Curves that are told apart by colour, dash and shape.
inline constexpr std::size_t most_curves = 8;

/// An axis of numbers.
struct NumberAxis {
  std::string title;  ///< "interval [h]"
  bool log = false;
  std::vector<double> ticks;  ///< empty: chosen as it is drawn
};

/// Where the numbers lie: logarithmic when all are above zero, the greatest is several times the
/// least, and gaps between their logarithms are more alike than gaps between themselves.
NumberAxis number_axis(const std::string& title, std::vector<double> values);

/// A mean of repeats, with its interval: NaN where there is none.
struct MeanMark {
  double x = 0;
  std::string word;                  ///< in place of x where the axis has words
  std::size_t curve = 0;             ///< index into `curves`
  std::vector<std::size_t> choices;  ///< index into the values of each choice
  double mean = 0, low = 0, high = 0;
  std::int64_t n = 0;  ///< repeats
};

/// A box that leaves the marks of one value.
struct Choice {
  std::string name;
  std::vector<std::string> values;
  std::size_t first = 0;  ///< what it shows at first
};

struct MeanMarks {
  std::string metric;
  NumberAxis x;
  std::string curve_name;
  std::vector<std::string> curves;  ///< at most `most_curves`; fewer than two: no legend
  std::vector<Choice> choices;
  std::vector<MeanMark> marks;
};

/// Lines through the means, with bars for their intervals; a band where there is one line.
std::string mean_lines_spec(const MeanMarks& marks);
/// Points at the means beside words, from the top.
std::string mean_words_spec(const MeanMarks& marks);
/// Points alone.
std::string scatter_spec(const MeanMarks& marks);

struct Bin {
  double from = 0, to = 0;
  std::int64_t n = 0;
};
/// Bins of one round width that hold all of `values`, of which there is at least one.
std::vector<Bin> bins_of(const std::vector<double>& values);
/// With a line at the mean.
std::string histogram_spec(const std::string& metric, const std::vector<Bin>& bins, double mean);

}  // namespace longhaul::report
