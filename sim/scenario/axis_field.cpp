#include "scenario/axis_field.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "scenario/describe.hpp"
#include "scenario/reader.hpp"
#include "units/format.hpp"

namespace longhaul::scenario {

namespace {

/// Calls back at the field of one path, while it stands in a scratch scenario.
class Finder : public Fields {
 public:
  using Act = std::function<void(const Field&)>;
  Finder(std::string path, Act act) : path_(std::move(path)), act_(std::move(act)) {}

  bool found_field = false;
  bool found_table = false;
  bool found_card = false;
  std::vector<std::string> keys;

 protected:
  bool visit(const Field& field) override {
    if (!in_list_) keys.push_back(full(field.key));
    if (!in_list_ && full(field.key) == path_) {
      found_field = true;
      act_(field);
    }
    return field.given;
  }
  bool begin(const Group& group) override {
    const auto path = full(group.key);
    if (!in_list_ && group.card) keys.push_back(path);
    if (!in_list_ && path == path_) (group.card ? found_card : found_table) = true;
    open_.push_back(path);
    return true;
  }
  void end() override { open_.pop_back(); }
  std::size_t begin_list(const Group& group, std::size_t) override {
    if (path_.starts_with(full(group.key))) found_table = true;
    in_list_ = true;
    return 0;
  }
  void begin_item(std::size_t) override { open_.emplace_back(); }
  void end_list() override { in_list_ = false; }

 private:
  std::string full(std::string_view key) const {
    return open_.empty() ? std::string(key) : fmt::format("{}.{}", open_.back(), key);
  }
  std::string path_;
  Act act_;
  std::vector<std::string> open_;
  bool in_list_ = false;
};

/// One field by itself, to be read from an override of its whole path.
struct Alone {
  const Field& field;
  std::string path;
};
void describe(Fields& fields, Alone& alone) {
  Field field = alone.field;
  field.key = alone.path;
  field.presence = Presence::Required;
  fields.single(field);
}

/// Reads the literal into where `field` points; false after a report.
bool read_alone(const Field& field, const std::string& path, const Literal& literal,
                Diagnostics& diagnostics) {
  Diagnostics own;
  TomlFiles files(own);
  files.set(fmt::format("\"{}\"={}", path, literal.toml));
  toml::table nothing;
  Alone alone{field, path};
  Reader(files, own, 0).read(nothing, literal.where.file, alone, true);
  for (const auto& mistake : own.all()) diagnostics.error(literal.where, mistake.what);
  return own.empty();
}

using Value = std::variant<std::int64_t, double, std::string>;

/// What was read, or nothing where a number was drawn from a distribution.
Value value_of(const ValueRef& ref, const std::string& toml) {
  const auto word = [](const auto& words, int index) {
    return std::string(words[static_cast<std::size_t>(index)]);
  };
  if (toml.starts_with('{')) return toml;
  if (const auto* number = std::get_if<NumberRef>(&ref)) return *number->value;
  if (const auto* random = std::get_if<RandomRef>(&ref)) return random->value->parameters().front();
  if (const auto* integer = std::get_if<IntegerRef>(&ref)) return *integer->value;
  if (const auto* on = std::get_if<SwitchRef>(&ref)) return std::int64_t{*on->value ? 1 : 0};
  if (const auto* text = std::get_if<TextRef>(&ref)) return *text->value;
  if (const auto* path = std::get_if<PathRef>(&ref)) return *path->value;
  if (const auto* date = std::get_if<DateRef>(&ref)) return format_date(*date->value);
  if (const auto* one = std::get_if<WordRef>(&ref)) return word(one->words, *one->index);
  if (const auto* either = std::get_if<WordOrNumberRef>(&ref)) {
    if (*either->index == either->number_word) return *either->value;
    return word(either->words, *either->index);
  }
  return toml;
}

std::string text_in(const Literal& literal) {
  try {
    const auto table = toml::parse("x = " + literal.toml);
    return table["x"].value_or(std::string());
  } catch (const toml::parse_error&) {
    return literal.toml;
  }
}

}  // namespace

std::optional<AxisField> AxisField::find(const std::string& key, const Location& where,
                                         Diagnostics& diagnostics) {
  AxisField result;
  result.key_ = key;
  Finder finder(key, [&result](const Field& field) {
    if (const auto* number = std::get_if<NumberRef>(&field.value)) {
      result.kind_ = Kind::Number;
      result.dimension_ = number->dimension;
    } else if (const auto* random = std::get_if<RandomRef>(&field.value)) {
      result.kind_ = Kind::Number;
      result.dimension_ = random->dimension;
    } else if (const auto* either = std::get_if<WordOrNumberRef>(&field.value)) {
      result.kind_ = Kind::Number;
      result.dimension_ = either->dimension;
    } else if (std::holds_alternative<IntegerRef>(field.value)) {
      result.kind_ = Kind::Whole;
    } else if (std::holds_alternative<PathRef>(field.value)) {
      result.kind_ = Kind::Path;
    }
  });
  Scenario scratch;
  describe(finder, scratch);
  result.card_ = finder.found_card;
  if (key == "seed") {
    diagnostics.error(where, "the seed is no axis; set sweep.repeats, each repeat has its own");
    return std::nullopt;
  }
  if (key.starts_with("sweep.") || key == "sweep") {
    diagnostics.error(where, "a sweep cannot vary itself");
    return std::nullopt;
  }
  if (finder.found_field || finder.found_card) return result;
  if (finder.found_table) {
    diagnostics.error(where, fmt::format("'{}' is a table or stands in a list; an axis varies one "
                                         "field, or a card that is named by its path",
                                         key));
    return std::nullopt;
  }
  const auto meant = closest(key, {finder.keys.begin(), finder.keys.end()});
  diagnostics.error(
      where, meant.empty() ? fmt::format("there is no field '{}'; `longhaul schema "
                                         "--markdown` lists them",
                                         key)
                           : fmt::format("there is no field '{}'; did you mean '{}'?", key, meant));
  return std::nullopt;
}

std::optional<AxisValue> AxisField::read(const Literal& literal, Diagnostics& diagnostics) const {
  if (card_) {
    const auto text = text_in(literal);
    if (text.empty()) {
      diagnostics.error(literal.where, fmt::format("{} = {}, but the path of a card is wanted",
                                                   key_, literal.toml));
      return std::nullopt;
    }
    return AxisValue{toml_text(beside(literal.where.file, text).string()), text, toml_text(text)};
  }
  std::optional<AxisValue> result;
  Finder finder(key_, [&](const Field& field) {
    if (!read_alone(field, key_, literal, diagnostics)) return;
    if (std::holds_alternative<PathRef>(field.value)) {
      const auto text = text_in(literal);
      result =
          AxisValue{toml_text(beside(literal.where.file, text).string()), text, toml_text(text)};
    } else {
      result = AxisValue{literal.toml, value_of(field.value, literal.toml), literal.toml};
    }
  });
  Scenario scratch;
  describe(finder, scratch);
  return result;
}

std::optional<random::Distribution> AxisField::distribution(const Literal& literal,
                                                            Diagnostics& diagnostics) const {
  if (!numeric()) {
    diagnostics.error(literal.where, fmt::format("{} is no number; give its axis values", key_));
    return std::nullopt;
  }
  std::optional<random::Distribution> result;
  Finder finder(key_, [&](const Field& field) {
    random::Distribution distribution;
    Field as_random = field;
    as_random.value = RandomRef{&distribution, dimension_};
    if (read_alone(as_random, key_, literal, diagnostics)) result = distribution;
  });
  Scenario scratch;
  describe(finder, scratch);
  return result;
}

std::string AxisField::unit() const {
  const auto one = exact_quantity(1, dimension_);
  const auto space = one.find(' ');
  return space == std::string::npos ? std::string() : one.substr(space + 1);
}

AxisValue AxisField::number(double value) const {
  if (kind_ == Kind::Whole) {
    const auto whole =
        static_cast<std::int64_t>(std::llround(std::clamp(value, -largest_whole, largest_whole)));
    const auto text = fmt::format("{}", whole);
    return {text, whole, text};
  }
  const auto text = dimension_ == dim::none
                        ? fmt::format("{}", value)
                        : fmt::format("\"{}\"", exact_quantity(value, dimension_));
  return {text, value, text};
}

}  // namespace longhaul::scenario
