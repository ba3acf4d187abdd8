// One description of every field of a scenario, for all who need it.
//
// describe.cpp says once, for each struct, its fields: key, where the value goes, what it means,
// whether it must be given and which values will do. The reader fills the structs through that
// description, the writer prints them back, and the reference and the JSON Schema are lists of it.
// Defaults are the structs' own; dimensions follow from the C++ types.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "random/distribution.hpp"
#include "scenario/sweep.hpp"
#include "units/calendar.hpp"
#include "units/dimension.hpp"

namespace longhaul::scenario {

/// Values that will do, in base units. A bound may be left out itself.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool without_low = false;
  bool without_high = false;
  friend bool operator==(const Range&, const Range&) = default;
  bool contains(double x) const {
    return (without_low ? x > low : x >= low) && (without_high ? x < high : x <= high);
  }
};
inline constexpr Range any{};
inline constexpr Range positive{0, std::numeric_limits<double>::infinity(), true};
inline constexpr Range not_negative{0};
inline constexpr Range ratio{0, 1};
inline constexpr Range at_least_one{1};
/// Products of two of them still fit 64 bits.
inline constexpr Range count{1, 1e9};
inline constexpr Range count_or_none{0, 1e9};
/// Bandwidths, FLOP rates and sizes that flows can be simulated with, in base units.
inline constexpr Range rate{1, 1e24};

/// The words of an enum, in the order of its values; specialised in describe.cpp.
template <class Enum>
struct Words;

// Where a value lives. Numbers are in base units.
struct NumberRef {
  double* value;
  Dimension dimension;
};
struct RandomRef {
  random::Distribution* value;
  Dimension dimension;
};
struct IntegerRef {
  std::int64_t* value;
};
struct IntegerListRef {  ///< each from 1 to 1e9
  std::vector<std::int64_t>* values;
};
struct SwitchRef {
  bool* value;
};
struct TextRef {
  std::string* value;
};
struct PathRef {  ///< a file, relative to the file that names it
  std::string* value;
};
struct DateRef {
  Date* value;
};
struct WordRef {
  int* index;
  std::span<const std::string_view> words;
};
struct WordListRef {
  std::vector<int>* indices;
  std::span<const std::string_view> words;
};
/// Either a word or, for the word of index `number_word`, the quantity itself.
struct WordOrNumberRef {
  int* index;
  std::span<const std::string_view> words;
  int number_word;
  double* value;
  Dimension dimension;
};
/// A value of any kind, and a list of them, kept as the user wrote them.
struct LiteralRef {
  Literal* value;
};
struct LiteralListRef {
  std::vector<Literal>* values;
};
using ValueRef =
    std::variant<NumberRef, RandomRef, IntegerRef, IntegerListRef, SwitchRef, TextRef, PathRef,
                 DateRef, WordRef, WordListRef, WordOrNumberRef, LiteralRef, LiteralListRef>;

enum class Presence { Defaulted, Required, Optional };

struct Field {
  std::string_view key;
  ValueRef value;
  std::string_view doc;
  Presence presence = Presence::Defaulted;
  Range range = any;
  bool given = true;  ///< of an optional field, before the visit
};

struct Group {
  std::string_view key;
  std::string_view doc;
  Presence presence = Presence::Defaulted;
  bool card = false;  ///< may be the path of a file that holds the table
  bool given = true;
};

class Fields;

/// Item `i` of an array of tables; overloaded where an item depends on those before it.
template <class T>
void describe_item(Fields& fields, std::vector<T>& items, std::size_t i) {
  describe(fields, items[i]);
}

/// What is done to every field. `describe(fields, config)` calls it for each member in order.
class Fields {
 public:
  virtual ~Fields() = default;

  template <class T>
  void operator()(std::string_view key, T& value, std::string_view doc, Range range = any) {
    member(key, value, doc, range, Presence::Defaulted);
  }
  template <class T>
  void required(std::string_view key, T& value, std::string_view doc, Range range = any) {
    member(key, value, doc, range, Presence::Required);
  }
  template <class T>
  void operator()(std::string_view key, std::optional<T>& value, std::string_view doc,
                  Range range = any) {
    T inner = value.value_or(T{});
    const bool given = member(key, inner, doc, range, Presence::Optional, value.has_value());
    value = given ? std::optional<T>(inner) : std::nullopt;
  }
  /// The name of a file, relative to the file that names it.
  void path(std::string_view key, std::optional<std::string>& value, std::string_view doc) {
    std::string inner = value.value_or("");
    const bool given =
        visit({key, PathRef{&inner}, doc, Presence::Optional, any, value.has_value()});
    value = given ? std::optional<std::string>(inner) : std::nullopt;
  }
  /// A list of words.
  template <class Enum>
  void words(std::string_view key, std::vector<Enum>& values, std::string_view doc) {
    std::vector<int> indices;
    indices.reserve(values.size());
    for (const auto value : values) indices.push_back(static_cast<int>(value));
    visit({key, WordListRef{&indices, Words<Enum>::words}, doc, Presence::Required});
    values.clear();
    for (const auto index : indices) values.push_back(static_cast<Enum>(index));
  }
  /// Any values at all; an empty list is one that was not given.
  void literals(std::string_view key, std::vector<Literal>& values, std::string_view doc) {
    visit({key, LiteralListRef{&values}, doc, Presence::Optional, any, !values.empty()});
  }
  /// Counts; an empty list is one that was not given.
  void integers(std::string_view key, std::vector<std::int64_t>& values, std::string_view doc) {
    visit({key, IntegerListRef{&values}, doc, Presence::Optional, count, !values.empty()});
  }
  /// A field that was described elsewhere.
  void single(const Field& field) { visit(field); }
  /// A policy word, or a quantity where the policy is `number_word`.
  template <class Enum, class Quantity>
  void word_or_number(std::string_view key, Enum& word, Enum number_word, Quantity& number,
                      std::string_view doc, Range range = any) {
    int index = static_cast<int>(word);
    Field field{
        key,
        WordOrNumberRef{&index, Words<Enum>::words, static_cast<int>(number_word),
                        &boost::units::quantity_cast<double&>(number), dimension_of<Quantity>},
        doc, Presence::Defaulted, range};
    visit(field);
    word = static_cast<Enum>(index);
  }

  /// A table of its own; `card` when a file may hold it.
  template <class T>
  void table(std::string_view key, T& config, std::string_view doc,
             Presence presence = Presence::Defaulted) {
    nest({key, doc, presence}, config);
  }
  template <class T>
  void card(std::string_view key, T& config, std::string_view doc) {
    nest({key, doc, Presence::Required, true}, config);
  }
  template <class T>
  void table(std::string_view key, std::optional<T>& config, std::string_view doc) {
    nest_optional({key, doc, Presence::Optional, false, config.has_value()}, config);
  }
  template <class T>
  void card(std::string_view key, std::optional<T>& config, std::string_view doc) {
    nest_optional({key, doc, Presence::Optional, true, config.has_value()}, config);
  }
  /// An array of tables.
  template <class T>
  void list(std::string_view key, std::vector<T>& items, std::string_view doc,
            Presence presence = Presence::Required) {
    const std::size_t n = begin_list({key, doc, presence}, items.size());
    items.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      begin_item(i);
      describe_item(*this, items, i);
      end();
    }
    end_list();
  }

 protected:
  /// Returns whether the field has a value after the visit.
  virtual bool visit(const Field& field) = 0;
  /// Returns whether to describe what is inside; end() follows if so.
  virtual bool begin(const Group& group) = 0;
  virtual void end() = 0;
  /// Returns how many items to describe.
  virtual std::size_t begin_list(const Group& group, std::size_t n_items) = 0;
  virtual void begin_item(std::size_t index) = 0;
  virtual void end_list() {}

 private:
  template <class T>
  void nest(const Group& group, T& config) {
    if (!begin(group)) return;
    describe(*this, config);
    end();
  }
  template <class T>
  void nest_optional(const Group& group, std::optional<T>& config) {
    T inner = config.value_or(T{});
    if (!begin(group)) {
      config.reset();
      return;
    }
    describe(*this, inner);
    end();
    config = std::move(inner);
  }

  template <class T>
  bool member(std::string_view key, T& value, std::string_view doc, Range range, Presence presence,
              bool given = true) {
    if constexpr (std::is_enum_v<T>) {
      int index = static_cast<int>(value);
      const bool has = visit({key, WordRef{&index, Words<T>::words}, doc, presence, range, given});
      value = static_cast<T>(index);
      return has;
    } else if constexpr (std::is_same_v<T, int>) {
      std::int64_t wide = value;
      const bool has = visit({key, IntegerRef{&wide}, doc, presence, range, given});
      value = static_cast<int>(wide);
      return has;
    } else {
      return visit({key, ref(value), doc, presence, range, given});
    }
  }

  static ValueRef ref(bool& value) { return SwitchRef{&value}; }
  static ValueRef ref(std::int64_t& value) { return IntegerRef{&value}; }
  static ValueRef ref(double& value) { return NumberRef{&value, dim::none}; }
  static ValueRef ref(std::string& value) { return TextRef{&value}; }
  static ValueRef ref(Literal& value) { return LiteralRef{&value}; }
  static ValueRef ref(Date& value) { return DateRef{&value}; }
  template <class Unit>
  static ValueRef ref(boost::units::quantity<Unit>& value) {
    return NumberRef{&boost::units::quantity_cast<double&>(value),
                     dimension_of<boost::units::quantity<Unit>>};
  }
  template <class Quantity>
  static ValueRef ref(random::Random<Quantity>& value) {
    return RandomRef{&value.distribution, dimension_of<Quantity>};
  }
};

}  // namespace longhaul::scenario
