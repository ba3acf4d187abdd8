#include "scenario/checks_moment.hpp"

#include <fmt/format.h>

namespace longhaul::scenario {

bool check_moment(const operations::Moment& moment, const std::string& path,
                  std::string_view beside, const Reader& reader, Diagnostics& diagnostics) {
  if (moment.date && moment.after)
    diagnostics.error(reader.where(path + ".date"),
                      "`at` and `date` exclude each other; take one out");
  if (!moment.date && !moment.after)
    diagnostics.error(reader.where(path + std::string(beside)),
                      "nothing says when; give at = \"30 days\" or date = 2026-03-01 beside it");
  return moment.date.has_value() != moment.after.has_value();
}

bool check_moment_of_run(const operations::Moment& moment, const std::string& path,
                         std::string_view beside, std::string_view what, const Date& start,
                         const Reader& reader, Diagnostics& diagnostics) {
  if (!check_moment(moment, path, beside, reader, diagnostics)) return false;
  if (since(start, moment) >= Seconds()) return true;
  diagnostics.error(reader.where(path + ".date"),
                    fmt::format("{} before the start of the run, {}; give a later date", what,
                                format_date(start)));
  return false;
}

}  // namespace longhaul::scenario
