// What holds for every value, tried on random ones.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "units/calendar.hpp"
#include "units/format.hpp"
#include "units/parse.hpp"

namespace longhaul {
namespace {

Dimension any_dimension() {
  return *rc::gen::element(dim::none, dim::time, dim::data, dim::work, dim::energy, dim::text,
                           dim::money, dim::length, dim::none / dim::time, dim::data / dim::time,
                           dim::work / dim::time, dim::energy / dim::time, dim::text / dim::time,
                           dim::time / dim::length, dim::money / dim::energy);
}

/// Of any magnitude a double has, some of them whole.
double any_finite() {
  const double mantissa = static_cast<double>(*rc::gen::inRange<std::int64_t>(-100'000, 100'000));
  const int digits = *rc::gen::inRange(0, 5);
  const int exponent = *rc::gen::weightedOneOf<int>(
      {{3, rc::gen::just(0)}, {2, rc::gen::inRange(-20, 30)}, {1, rc::gen::inRange(-300, 290)}});
  return mantissa * std::pow(10.0, exponent - digits) / *rc::gen::element(1.0, 3.0, 7.0);
}

TEST_CASE("property: what is written exactly reads back to the bit") {
  CHECK(rc::check([] {
    const auto dimension = any_dimension();
    const double value = any_finite();
    const auto text = exact_quantity(value, dimension);
    const auto read = parse_quantity(text, dimension);
    RC_LOG(text + "  " + read.problem);
    RC_ASSERT(read.ok());
    RC_ASSERT(read.value == value);
  }));
}

TEST_CASE("property: what is written for people reads back to four digits") {
  CHECK(rc::check([] {
    const auto dimension = any_dimension();
    RC_PRE(dimension != dim::none);
    const double value = any_finite();
    auto text = format_quantity(value, dimension);
    std::erase(text, ',');
    const auto read = parse_quantity(text, dimension);
    RC_LOG(text + "  " + read.problem);
    RC_ASSERT(read.ok());
    RC_ASSERT(std::abs(read.value - value) <= 1e-3 * std::abs(value));
  }));
}

TEST_CASE("property: any text is read as a finite quantity or says why not") {
  CHECK(rc::check([] {
    const auto dimension = any_dimension();
    const auto text = *rc::gen::oneOf(
        rc::gen::string<std::string>(),
        rc::gen::container<std::string>(rc::gen::elementOf(
            std::string("0123456789+-.eE kKMGTPBbsmhdayWJFLOPinfntokens/ \tµ$\0\xff"))));
    const auto read = parse_quantity(text, dimension);
    if (read.ok()) RC_ASSERT(std::isfinite(read.value));
  }));
}

TEST_CASE("property: every second of the calendar is written and read back") {
  constexpr std::int64_t first_s = -2'208'988'800;  // 1900-01-01
  constexpr std::int64_t last_s = 32'503'679'999;   // 2999-12-31T23:59:59
  CHECK(rc::check([] {
    const std::int64_t span = last_s - first_s + 1;
    const Date date{first_s +
                    static_cast<std::int64_t>(*rc::gen::arbitrary<std::uint32_t>()) * 9 % span};
    RC_ASSERT(parse_date(format_date(date)) == date);
  }));
  for (const auto s : {first_s, last_s, std::int64_t{0}})
    CHECK(parse_date(format_date({s})) == Date{s});
}

TEST_CASE("property: any text is a date that is written the same, or none") {
  CHECK(rc::check([] {
    auto text = format_date({static_cast<std::int64_t>(*rc::gen::arbitrary<std::uint32_t>()) * 7});
    for (int n = *rc::gen::inRange(0, 4); n > 0; --n)
      text[*rc::gen::inRange<std::size_t>(0, text.size())] =
          *rc::gen::elementOf(std::string("0123456789-T:Z x"));
    if (const auto date = parse_date(text)) RC_ASSERT(parse_date(format_date(*date)) == date);
  }));
}

}  // namespace
}  // namespace longhaul
