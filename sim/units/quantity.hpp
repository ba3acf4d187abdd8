// Quantities with dimension: a `Seconds` cannot be handed over where `Bytes` are wanted.
//
// Base units are those the code computes in: second, byte, FLOP, joule, token, US dollar, metre.
// `Seconds::from_value(3.0)` makes one, `.value()` reads the number in base units, and the
// functions at the end (`minutes(5)`) are for constants and tests. Dimensionless results convert
// to `double` by themselves.
#pragma once

#include <boost/units/base_dimension.hpp>
#include <boost/units/base_unit.hpp>
#include <boost/units/cmath.hpp>
#include <boost/units/make_system.hpp>
#include <boost/units/quantity.hpp>

namespace longhaul {

namespace dimension {
struct Time : boost::units::base_dimension<Time, 1001> {};
struct Data : boost::units::base_dimension<Data, 1002> {};
struct Work : boost::units::base_dimension<Work, 1003> {};
struct Energy : boost::units::base_dimension<Energy, 1004> {};
struct Text : boost::units::base_dimension<Text, 1005> {};
struct Money : boost::units::base_dimension<Money, 1006> {};
struct Length : boost::units::base_dimension<Length, 1007> {};
}  // namespace dimension

namespace unit {
struct Second : boost::units::base_unit<Second, dimension::Time::dimension_type, 1001> {};
struct Byte : boost::units::base_unit<Byte, dimension::Data::dimension_type, 1002> {};
struct Flop : boost::units::base_unit<Flop, dimension::Work::dimension_type, 1003> {};
struct Joule : boost::units::base_unit<Joule, dimension::Energy::dimension_type, 1004> {};
struct Token : boost::units::base_unit<Token, dimension::Text::dimension_type, 1005> {};
struct Dollar : boost::units::base_unit<Dollar, dimension::Money::dimension_type, 1006> {};
struct Metre : boost::units::base_unit<Metre, dimension::Length::dimension_type, 1007> {};
using System = boost::units::make_system<Second, Byte, Flop, Joule, Token, Dollar, Metre>::type;
}  // namespace unit

template <class Base>
using QuantityOf =
    boost::units::quantity<boost::units::unit<typename Base::dimension_type, unit::System>>;
template <class A, class B>
using Per = typename boost::units::divide_typeof_helper<A, B>::type;

using Seconds = QuantityOf<dimension::Time>;
using Bytes = QuantityOf<dimension::Data>;
using Flop = QuantityOf<dimension::Work>;
using Joules = QuantityOf<dimension::Energy>;
using Tokens = QuantityOf<dimension::Text>;
using Dollars = QuantityOf<dimension::Money>;
using Metres = QuantityOf<dimension::Length>;

/// A plain number where a quantity is wanted, as in a distribution of shares.
using Ratio =
    boost::units::quantity<boost::units::unit<boost::units::dimensionless_type, unit::System>>;
using PerSecond = Per<Ratio, Seconds>;
using BytesPerSecond = Per<Bytes, Seconds>;
using FlopPerSecond = Per<Flop, Seconds>;
using Watts = Per<Joules, Seconds>;
using WattsPerSecond = Per<Watts, Seconds>;
using TokensPerSecond = Per<Tokens, Seconds>;
using SecondsPerMetre = Per<Seconds, Metres>;
using DollarsPerJoule = Per<Dollars, Joules>;

// The number of seconds in the field's calendar units: a year is 365.25 days, a month a twelfth.
inline constexpr double seconds_per_minute = 60.0;
inline constexpr double seconds_per_hour = 3600.0;
inline constexpr double seconds_per_day = 86'400.0;
inline constexpr double seconds_per_year = 365.25 * seconds_per_day;
inline constexpr double seconds_per_month = seconds_per_year / 12.0;

inline Seconds seconds(double n) { return Seconds::from_value(n); }
inline Seconds minutes(double n) { return Seconds::from_value(n * seconds_per_minute); }
inline Seconds hours(double n) { return Seconds::from_value(n * seconds_per_hour); }
inline Seconds days(double n) { return Seconds::from_value(n * seconds_per_day); }
inline Bytes bytes(double n) { return Bytes::from_value(n); }
inline Flop flop(double n) { return Flop::from_value(n); }
inline Joules joules(double n) { return Joules::from_value(n); }
inline Tokens tokens(double n) { return Tokens::from_value(n); }
inline Dollars dollars(double n) { return Dollars::from_value(n); }
inline Metres metres(double n) { return Metres::from_value(n); }
inline Watts watts(double n) { return Watts::from_value(n); }
inline WattsPerSecond watts_per_second(double n) { return WattsPerSecond::from_value(n); }
inline PerSecond per_second(double n) { return PerSecond::from_value(n); }
inline BytesPerSecond bytes_per_second(double n) { return BytesPerSecond::from_value(n); }
inline FlopPerSecond flop_per_second(double n) { return FlopPerSecond::from_value(n); }

}  // namespace longhaul
