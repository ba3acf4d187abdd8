// Calendar dates, UTC, to the second.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "units/quantity.hpp"

namespace longhaul {

/// A moment; counts seconds from 1970-01-01 00:00 UTC without leap seconds.
struct Date {
  std::int64_t unix_s = 0;
  friend bool operator==(const Date&, const Date&) = default;
};

/// Reads "YYYY-MM-DD" or "YYYY-MM-DDTHH:MM:SS" (a space for the T and a Z at the end will do,
/// years 1900 to 2999); empty when the text is no date or the day does not exist.
std::optional<Date> parse_date(std::string_view text);

/// "2024-07-23", with "T06:30:00" behind it when it is not midnight.
std::string format_date(const Date& date);

/// The date `elapsed` later, rounded down to the second; what would lie after the year 9999 is its
/// last second.
Date after(const Date& start, const Seconds& elapsed);

}  // namespace longhaul
