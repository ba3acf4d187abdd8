#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "units/calendar.hpp"
#include "units/format.hpp"
#include "units/parse.hpp"

namespace longhaul {
namespace {

double read(const char* text, const Dimension& dimension) {
  const auto parsed = parse_quantity(text, dimension);
  INFO(text << ": " << parsed.problem);
  REQUIRE(parsed.ok());
  return parsed.value;
}

TEST_CASE("quantities are read as people write them") {
  const Dimension rate = dim::data / dim::time;
  CHECK(read("400 Gbps", rate) == 50e9);  // 400e9 bit/s / 8
  CHECK(read("400 Gbit/s", rate) == 50e9);
  CHECK(read("2 TB/s", rate) == 2e12);
  CHECK(read("3.35TB/s", rate) == 3.35e12);
  CHECK(read("54 days", dim::time) == 54 * 86400.0);
  CHECK(read("16M tokens", dim::text) == 16e6);
  CHECK(read("3.8e25 FLOP", dim::work) == 3.8e25);
  CHECK(read("989.5 TFLOP/s", dim::work / dim::time) == 989.5e12);
  CHECK(read("150 MW", dim::energy / dim::time) == 150e6);
  CHECK(read("6 MW/min", dim::energy / dim::time / dim::time) == 1e5);  // 6e6 W / 60 s a second
  CHECK(read("700 W", dim::energy / dim::time) == 700);
  CHECK(read("80 GB", dim::data) == 80e9);
  CHECK(read("80 GiB", dim::data) == 80 * 1073741824.0);
  CHECK(read("1 month", dim::time) == 365.25 / 12 * 86400);
  CHECK(read("4.9 ns/m", dim::time / dim::length) == doctest::Approx(4.9e-9).epsilon(1e-15));
  CHECK(read("0.01 /day", dim::none / dim::time) == 0.01 / 86400);
  CHECK(read("8.7 cent/kWh", dim::money / dim::energy) == doctest::Approx(0.087 / 3.6e6));
  CHECK(read("8B", dim::none) == 8e9);  // a count
  CHECK(read("8 B", dim::data) == 8);   // bytes
  CHECK(read("8B", dim::data) == 8);    // bytes as well: that is what is wanted here
  CHECK(read("0.5", dim::none) == 0.5);
  CHECK(read("-3 min", dim::time) == -180);
}

TEST_CASE("a quantity that cannot be read says what would be right") {
  struct Case {
    const char* text;
    Dimension dimension;
    const char* says;
  };
  const std::vector<Case> cases{
      {"30", dim::time, R"(has no unit; write "30 min" or "30 s")"},
      {"30 GB", dim::time,
       R"("30 GB" measures bytes, but time is wanted; write for instance "30 min" or "30 s")"},
      {"30 parsecs", dim::length, R"(unknown unit "parsecs"; write "30 m" or "30 km")"},
      {"fast", dim::data / dim::time, R"("fast" is not a number with a unit)"},
      {"", dim::time, R"("" is not a number with a unit)"},
      {"nan s", dim::time, "is not a number with a unit"},
      {"inf s", dim::time, "is not a number with a unit"},
      {"1e999 s", dim::time, "too large or too small"},
      {"1e308 years", dim::time, "too large"},
      {"3 s/", dim::time, R"(unknown unit "")"},
      {"16M", dim::text, R"(has no unit; write "16M tokens")"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_quantity(c.text, c.dimension);
    INFO(c.text << " -> " << parsed.problem);
    CHECK_FALSE(parsed.ok());
    CHECK(parsed.problem.find(c.says) != std::string::npos);
  }
}

TEST_CASE("what is written exactly reads back to the bit") {
  const std::vector<Dimension> dimensions{dim::time,
                                          dim::data,
                                          dim::data / dim::time,
                                          dim::energy / dim::time,
                                          dim::energy / dim::time / dim::time,
                                          dim::work,
                                          dim::time / dim::length,
                                          dim::money / dim::energy,
                                          dim::none / dim::time};
  for (const auto& dimension : dimensions) {
    for (double value = 1.0 / 3.0 * 1e-12; value < 1e30; value *= 7.3) {
      const auto text = exact_quantity(value, dimension);
      INFO(text);
      CHECK(parse_quantity(text, dimension).value == value);
    }
  }
  CHECK(exact_quantity(54 * 86400.0, dim::time) == "54 days");
  CHECK(exact_quantity(50e9, dim::data / dim::time) == "50 GB/s");
  CHECK(exact_quantity(0, dim::time) == "0 s");
}

TEST_CASE("quantities are written for people in a fitting unit") {
  CHECK(format_quantity(seconds(11'135.0)) == "3.093 h");
  CHECK(format_quantity(watts(27.2e6)) == "27.2 MW");
  CHECK(format_quantity(bytes_per_second(2e12)) == "2 TB/s");
  CHECK(format_quantity(watts_per_second(1e5)) == "100 kW/s");
  CHECK(format_quantity(days(10'000 * 365.25)) == "10,000 years");
  CHECK(format_quantity(dollars(16'384)) == "16,380 USD");
  CHECK(format_count(16384) == "16,384");
  CHECK(format_count(-1234567) == "-1,234,567");
  CHECK(format_count(999) == "999");
  CHECK(format_large(1.1e13) == "11T");
  CHECK(format_large(2.7e25) == "2.7e+25");
}

TEST_CASE("one unit fits values up to the largest of them") {
  CHECK(fitting_unit("s", 8 * 3600).name == "h");
  CHECK(fitting_unit("s", 8 * 3600).factor == 3600);
  CHECK(fitting_unit("B/s", 4e11).name == "GB/s");
  CHECK(fitting_unit("", 8192).factor == 1);
  CHECK(fitting_unit("furlongs", 3).name == "furlongs");
  CHECK(fitting_unit("s", 0).name == "s");
}

TEST_CASE("dates are read and written, and days that do not exist are refused") {
  // 2024-07-23 is 19,927 days after 1970-01-01: 54 x 365 + 14 leap days (1972 .. 2024) + 203 + 0
  const auto date = parse_date("2024-07-23");
  REQUIRE(date);
  CHECK(date->unix_s == 19'927LL * 86'400);
  CHECK(format_date(*date) == "2024-07-23");
  CHECK(format_date(after(*date, hours(6.5))) == "2024-07-23T06:30:00");
  CHECK(parse_date("2024-07-23T06:30:00") == after(*date, hours(6.5)));
  CHECK(parse_date("2024-07-23T06:30:00Z") == after(*date, hours(6.5)));
  for (const char* bad :
       {"2023-02-29", "2024-13-01", "2024-7-23", "23.07.2024", "", "2024-07-23T25:00:00"})
    CHECK_FALSE(parse_date(bad));
}

TEST_CASE("time ends with the year 9999, however long a run") {
  const Date start{0};
  CHECK(format_date(after(start, days(146'097))) == "2370-01-01");  // 400 Gregorian years
  CHECK(format_date(after(start, days(365.25 * 20'000))) == "9999-12-31T23:59:59");
  CHECK(format_date(after(start, seconds(1e300))) == "9999-12-31T23:59:59");
}

}  // namespace
}  // namespace longhaul
