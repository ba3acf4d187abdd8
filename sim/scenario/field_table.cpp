#include "scenario/field_table.hpp"

#include <fmt/format.h>

#include <cmath>

#include "scenario/describe.hpp"
#include "units/format.hpp"
#include "units/parse.hpp"

namespace longhaul::scenario {

namespace {

std::string quoted_quantity(double value, const Dimension& dimension) {
  if (dimension == dim::none) return fmt::format("{}", value);
  return fmt::format("\"{}\"", exact_quantity(value, dimension));
}

class Lister : public Fields {
 public:
  std::vector<FieldRow> rows;

 protected:
  bool visit(const Field& field) override {
    auto row = row_of(field.key, field.presence, field.doc);
    row.low = field.range.low;
    row.high = field.range.high;
    row.without_low = field.range.without_low;
    row.without_high = field.range.without_high;
    std::visit([&](const auto& ref) { fill(row, ref); }, field.value);
    if (field.presence != Presence::Defaulted) row.fallback.clear();
    rows.push_back(std::move(row));
    return field.given;
  }
  bool begin(const Group& group) override {
    auto row = row_of(group.key, group.presence, group.doc);
    row.kind = RowKind::Table;
    row.card = group.card;
    path_.push_back(row.path);
    rows.push_back(std::move(row));
    return true;
  }
  void end() override { path_.pop_back(); }
  std::size_t begin_list(const Group& group, std::size_t) override {
    auto row = row_of(group.key, group.presence, group.doc);
    row.kind = RowKind::List;
    list_ = row.path + "[]";
    rows.push_back(std::move(row));
    return 1;
  }
  void begin_item(std::size_t) override { path_.push_back(list_); }

 private:
  FieldRow row_of(std::string_view key, Presence presence, std::string_view doc) const {
    FieldRow row;
    row.path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_.back(), key);
    row.required = presence == Presence::Required;
    row.optional = presence == Presence::Optional;
    row.doc = doc;
    row.low = any.low;
    row.high = any.high;
    return row;
  }

  static void with_dimension(FieldRow& row, const Dimension& dimension) {
    row.dimension = dimension_name(dimension);
    if (dimension != dim::none) {
      const auto examples = unit_examples("30", dimension);
      row.example = examples.substr(0, examples.find(" or "));
    }
  }
  static void fill(FieldRow& row, const NumberRef& ref) {
    row.kind = RowKind::Number;
    with_dimension(row, ref.dimension);
    row.fallback = quoted_quantity(*ref.value, ref.dimension);
  }
  static void fill(FieldRow& row, const RandomRef& ref) {
    row.kind = RowKind::Random;
    with_dimension(row, ref.dimension);
    const auto& p = ref.value->parameters();
    std::string values;
    for (const double value : p)
      values += (values.empty() ? "" : ", ") + quoted_quantity(value, ref.dimension);
    row.fallback = ref.value->is_constant()
                       ? values
                       : fmt::format("{{ {} = [{}] }}",
                                     random::Distribution::shape(ref.value->kind()).name, values);
  }
  static void fill(FieldRow& row, const IntegerRef& ref) {
    row.kind = RowKind::Integer;
    row.fallback = fmt::format("{}", *ref.value);
  }
  static void fill(FieldRow& row, const SwitchRef& ref) {
    row.kind = RowKind::Switch;
    row.fallback = *ref.value ? "true" : "false";
  }
  static void fill(FieldRow& row, const TextRef& ref) {
    row.kind = RowKind::Text;
    row.fallback = fmt::format("\"{}\"", *ref.value);
  }
  static void fill(FieldRow& row, const PathRef&) { row.kind = RowKind::Path; }
  static void fill(FieldRow& row, const DateRef& ref) {
    row.kind = RowKind::Date;
    row.fallback = fmt::format("\"{}\"", format_date(*ref.value));
  }
  static void fill(FieldRow& row, const WordRef& ref) {
    row.kind = RowKind::Word;
    row.words.assign(ref.words.begin(), ref.words.end());
    row.fallback = fmt::format("\"{}\"", ref.words[static_cast<std::size_t>(*ref.index)]);
  }
  static void fill(FieldRow& row, const WordListRef& ref) {
    row.kind = RowKind::Words;
    row.words.assign(ref.words.begin(), ref.words.end());
  }
  static void fill(FieldRow& row, const IntegerListRef&) { row.kind = RowKind::Integers; }
  static void fill(FieldRow& row, const LiteralRef&) { row.kind = RowKind::Any; }
  static void fill(FieldRow& row, const LiteralListRef&) { row.kind = RowKind::AnyList; }
  static void fill(FieldRow& row, const WordOrNumberRef& ref) {
    row.kind = RowKind::WordOrNumber;
    with_dimension(row, ref.dimension);
    for (int i = 0; i < static_cast<int>(ref.words.size()); ++i)
      if (i != ref.number_word) row.words.emplace_back(ref.words[static_cast<std::size_t>(i)]);
    row.fallback = *ref.index == ref.number_word
                       ? quoted_quantity(*ref.value, ref.dimension)
                       : fmt::format("\"{}\"", ref.words[static_cast<std::size_t>(*ref.index)]);
  }

  std::vector<std::string> path_;
  std::string list_;
};

}  // namespace

std::vector<FieldRow> field_rows() {
  Lister lister;
  Scenario scenario;
  describe(lister, scenario);
  return lister.rows;
}

}  // namespace longhaul::scenario
