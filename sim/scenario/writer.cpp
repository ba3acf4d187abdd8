#include "scenario/writer.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <type_traits>
#include <utility>

#include "scenario/describe.hpp"
#include "scenario/toml_files.hpp"
#include "units/format.hpp"

namespace longhaul::scenario {

namespace {

std::string number(double value, const Dimension& dimension) {
  if (dimension != dim::none) return toml_text(exact_quantity(value, dimension));
  auto text = fmt::format("{}", value);
  // TOML tells whole numbers from others by the point.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string distribution(const random::Distribution& d, const Dimension& dimension) {
  if (d.is_constant()) return number(d.parameters().front(), dimension);
  const auto& shape = random::Distribution::shape(d.kind());
  std::string values;
  for (std::size_t i = 0; i < d.parameters().size(); ++i) {
    const bool with_unit = shape.n_parameters == 0 || static_cast<int>(i) < shape.n_with_unit;
    if (i > 0) values += ", ";
    values += number(d.parameters()[i], with_unit ? dimension : dim::none);
  }
  return fmt::format("{{ {} = [{}] }}", shape.name, values);
}

/// Scalars of a table go before its sub-tables, as TOML wants it.
class Writer : public Fields {
 public:
  explicit Writer(std::string folder) : folder_(std::move(folder)) {
    open_.push_back({"", "", "", false});
  }
  std::string text() const { return open_.front().scalars + open_.front().tables; }
  /// Path and value of every scalar, in order.
  const std::vector<std::pair<std::string, std::string>>& values() const { return values_; }

 protected:
  bool visit(const Field& field) override {
    if (field.presence == Presence::Optional && !field.given) return false;
    const auto value = std::visit([this](const auto& ref) { return written(ref); }, field.value);
    open_.back().scalars += fmt::format("{} = {}  # {}\n", field.key, value, field.doc);
    values_.emplace_back(full(field.key), value);
    return true;
  }
  bool begin(const Group& group) override {
    if (group.presence == Presence::Optional && !group.given) return false;
    open_.push_back({full(group.key), "", "", false});
    return true;
  }
  void end() override {
    const auto inner = std::move(open_.back());
    open_.pop_back();
    const char* header = inner.item ? "\n[[{}]]\n{}" : "\n[{}]\n{}";
    if (!inner.scalars.empty())
      open_.back().tables += fmt::format(fmt::runtime(header), inner.path, inner.scalars);
    open_.back().tables += inner.tables;
  }
  std::size_t begin_list(const Group& group, std::size_t n_items) override {
    list_ = full(group.key);
    return n_items;
  }
  void begin_item(std::size_t) override { open_.push_back({list_, "", "", true}); }

 private:
  struct Open {
    std::string path;
    std::string scalars;
    std::string tables;
    bool item;
  };

  std::string full(std::string_view key) const {
    const auto& path = open_.back().path;
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
  }

  std::string written(const NumberRef& ref) { return number(*ref.value, ref.dimension); }
  std::string written(const RandomRef& ref) { return distribution(*ref.value, ref.dimension); }
  std::string written(const IntegerRef& ref) { return fmt::format("{}", *ref.value); }
  std::string written(const SwitchRef& ref) { return *ref.value ? "true" : "false"; }
  std::string written(const TextRef& ref) { return toml_text(*ref.value); }
  std::string written(const DateRef& ref) { return toml_text(format_date(*ref.value)); }
  std::string written(const PathRef& ref) {
    if (ref.value->starts_with(traces_prefix)) return toml_text(*ref.value);
    return toml_text(std::filesystem::proximate(*ref.value, folder_).generic_string());
  }
  std::string written(const WordRef& ref) {
    return toml_text(std::string(ref.words[static_cast<std::size_t>(*ref.index)]));
  }
  std::string written(const WordListRef& ref) {
    std::string text;
    for (const int index : *ref.indices)
      text += (text.empty() ? "" : ", ") +
              toml_text(std::string(ref.words[static_cast<std::size_t>(index)]));
    return "[" + text + "]";
  }
  std::string written(const IntegerListRef& ref) {
    return fmt::format("[{}]", fmt::join(*ref.values, ", "));
  }
  std::string written(const LiteralRef& ref) { return ref.value->toml; }
  std::string written(const LiteralListRef& ref) {
    std::string text;
    for (const auto& value : *ref.values) text += (text.empty() ? "" : ", ") + value.toml;
    return "[" + text + "]";
  }
  std::string written(const WordOrNumberRef& ref) {
    if (*ref.index == ref.number_word) return number(*ref.value, ref.dimension);
    return toml_text(std::string(ref.words[static_cast<std::size_t>(*ref.index)]));
  }

  std::string folder_;
  std::string list_;
  std::vector<std::pair<std::string, std::string>> values_;
  std::vector<Open> open_;
};

}  // namespace

std::string resolved_toml(const Scenario& scenario, const std::string& folder) {
  Writer writer(folder);
  auto copy = scenario;  // a visit may write, this one does not
  describe(writer, copy);
  return writer.text();
}

std::string resolved_forecast_toml(const Scenario& scenario) {
  Writer writer(".");
  auto copy = scenario;
  ForecastTables tables{copy};
  describe(writer, tables);
  return writer.text();
}

std::string sweep_toml(const Sweep& sweep) {
  Writer writer(".");
  auto copy = sweep;
  describe(writer, copy);
  return writer.text();
}

std::vector<std::pair<std::string, std::string>> plan_fields(const training::Plan& plan) {
  Writer writer(".");
  auto copy = plan;
  describe(writer, copy);
  auto fields = writer.values();
  for (auto& [key, value] : fields)
    if (value.front() == '"' || value.front() == '\'') value = value.substr(1, value.size() - 2);
  return fields;
}

}  // namespace longhaul::scenario
