#include "units/calendar.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>

namespace longhaul {

namespace {

/// Reads a number of exactly the width of `text`; empty when there is anything but digits.
std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (const char c : text)
    if (c < '0' || c > '9') return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() == 20 && text.back() == 'Z') text.remove_suffix(1);
  if (text.size() != 10 && text.size() != 19) return std::nullopt;
  if (text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  const auto day = digits(text.substr(8, 2));
  if (!year || !month || !day || *year < 1900 || *year > 2999) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  std::int64_t unix_s =
      std::chrono::sys_days{date}.time_since_epoch().count() * static_cast<std::int64_t>(86'400);
  if (text.size() == 19) {
    if ((text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
      return std::nullopt;
    const auto hour = digits(text.substr(11, 2));
    const auto minute = digits(text.substr(14, 2));
    const auto second = digits(text.substr(17, 2));
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59)
      return std::nullopt;
    unix_s += *hour * 3600 + *minute * 60 + *second;
  }
  return Date{unix_s};
}

std::string format_date(const Date& date) {
  namespace chrono = std::chrono;
  const chrono::sys_seconds moment{chrono::seconds{date.unix_s}};
  const auto midnight = chrono::floor<chrono::days>(moment);
  const chrono::year_month_day day{midnight};
  auto text = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                          static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  const chrono::hh_mm_ss clock{moment - midnight};
  if (moment != midnight)
    text += fmt::format("T{:02}:{:02}:{:02}", clock.hours().count(), clock.minutes().count(),
                        clock.seconds().count());
  return text;
}

Date after(const Date& start, const Seconds& elapsed) {
  constexpr std::int64_t last_s = 253'402'300'799;  // 9999-12-31T23:59:59
  const double left_s = static_cast<double>(last_s - start.unix_s);
  if (!(elapsed.value() < left_s)) return {last_s};
  return {start.unix_s + static_cast<std::int64_t>(std::floor(elapsed.value()))};
}

}  // namespace longhaul
