// What moves the results of a sweep, as views of Vega-Lite.
#pragma once

#include <string>
#include <vector>

namespace longhaul::report {

/// Shares of variance with their intervals.
struct IndexBar {
  std::string axis;
  bool total = false;
  double value = 0, low = 0, high = 0;
};
std::string indices_spec(const std::vector<IndexBar>& bars);

/// Bars about a base line: outputs at the two ends of an axis; NaN where there is none.
struct SwingBar {
  std::string axis;
  double low = 0, high = 0;
  std::string low_at, high_at;  ///< the axis's values there
};
std::string tornado_spec(const std::string& metric, double baseline,
                         const std::vector<SwingBar>& bars);

}  // namespace longhaul::report
