#include "scenario/reader.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "units/format.hpp"
#include "units/parse.hpp"

namespace longhaul::scenario {

namespace {

/// A value as the user wrote it, for messages; long ones are cut.
std::string shown(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (const auto* list = node.as_array()) return list->empty() ? "an empty list" : "a list";
  std::ostringstream text;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_value<decltype(value)>) text << value;
  });
  auto result = text.str();
  constexpr std::size_t longest = 60;
  if (result.size() > longest) result = result.substr(0, longest) + "...";
  return result;
}

std::string listed(std::span<const std::string_view> words) {
  std::string text;
  for (const auto word : words) text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", word);
  return text;
}

std::string range_text(const Range& range, const Dimension& dimension) {
  const bool has_low = std::isfinite(range.low);
  const bool has_high = std::isfinite(range.high);
  const auto low = format_quantity(range.low, dimension);
  const auto high = format_quantity(range.high, dimension);
  if (has_low && has_high)
    return fmt::format("{}{} to {}{}", range.without_low ? "more than " : "", low,
                       range.without_high ? "below " : "", high);
  if (has_low) return fmt::format("{} {}", range.without_low ? "more than" : "at least", low);
  return fmt::format("{} {}", range.without_high ? "less than" : "at most", high);
}

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace

Reader::Reader(TomlFiles& files, Diagnostics& diagnostics, std::uint64_t seed)
    : files_(files), diagnostics_(diagnostics), seed_(seed) {}

void Reader::open_root(const toml::table& root, const std::string& file, bool with_overrides) {
  open_.push_back({&root, {}, "", {file, 1, 1}, {}});
  if (with_overrides) open_.back().over = files_.overrides();
}

Location Places::where(std::string_view path) const {
  while (true) {
    if (const auto found = places_.find(path); found != places_.end()) return found->second;
    const auto dot = path.rfind('.');
    if (dot == std::string_view::npos) break;
    path = path.substr(0, dot);
  }
  const auto root = places_.find("");
  return root != places_.end() ? root->second : Location{};
}

std::string Reader::full(std::string_view key) const {
  const auto& path = open_.back().path;
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

Reader::Found Reader::find(std::string_view key) {
  auto& here = open_.back();
  here.known.push_back(key);
  const toml::node* node = nullptr;
  if (here.table != nullptr) node = here.table->get(key);
  for (const auto* over : here.over)
    if (const auto* value = over->get(key); value != nullptr) node = value;
  Location where = here.where;
  if (node != nullptr) where = location_of(*node);
  places_.put(full(key), where);
  return {node, where};
}

void Reader::error(std::string path, const Location& where, std::string what) {
  faulty_.insert(std::move(path));
  diagnostics_.error(where, std::move(what));
}

bool Reader::sound(std::string_view path) const {
  const auto holds = [](std::string_view outer, std::string_view inner) {
    return inner.starts_with(outer) && (inner.size() == outer.size() || outer.empty() ||
                                        inner[outer.size()] == '.' || inner[outer.size()] == '[');
  };
  return std::none_of(faulty_.begin(), faulty_.end(), [&](const std::string& faulty) {
    return holds(path, faulty) || holds(faulty, path);
  });
}

bool Reader::visit(const Field& field) {
  const auto found = find(field.key);
  if (found.node == nullptr) {
    const bool all = !required_.empty() && open_.back().path == required_;
    if (field.presence == Presence::Required || all)
      error(full(field.key), found.where,
            fmt::format("missing key '{}' ({})", full(field.key), field.doc));
    return field.presence != Presence::Optional;
  }
  const auto wants = [&](const char* what) {
    error(full(field.key), found.where,
          fmt::format("{} = {}, but {} is wanted", full(field.key), shown(*found.node), what));
  };
  std::visit(
      Overloaded{
          [&](const NumberRef& ref) { read_number(field, found, *ref.value, ref.dimension); },
          [&](const RandomRef& ref) {
            if (found.node->is_table()) {
              read_distribution(field, found, ref.dimension, *ref.value);
              return;
            }
            double value = 0;
            read_number(field, found, value, ref.dimension);
            *ref.value = random::Distribution(value);
          },
          [&](const IntegerRef& ref) { read_integer(field, found, *ref.value); },
          [&](const SwitchRef& ref) {
            if (const auto value = found.node->value<bool>(); found.node->is_boolean())
              *ref.value = *value;
            else
              wants("true or false");
          },
          [&](const TextRef& ref) {
            if (found.node->is_string())
              *ref.value = *found.node->value<std::string>();
            else
              wants("a text in quotes");
          },
          [&](const PathRef& ref) { read_path(field, found, *ref.value); },
          [&](const DateRef& ref) {
            std::optional<Date> date;
            if (found.node->is_string())
              date = parse_date(*found.node->value<std::string>());
            else if (found.node->is_date() || found.node->is_date_time())
              date = parse_date(shown(*found.node));
            if (date)
              *ref.value = *date;
            else
              wants(
                  "a date of 1900 to 2999 in UTC such as \"2024-07-23\" or "
                  "\"2024-07-23T06:30:00\"");
          },
          [&](const WordRef& ref) { read_word(field, found, ref); },
          [&](const WordListRef& ref) { read_words(field, found, ref); },
          [&](const WordOrNumberRef& ref) { read_word_or_number(field, found, ref); },
      },
      field.value);
  return true;
}

bool Reader::parse_scalar(const toml::node& node, const std::string& name,
                          const Dimension& dimension, double& value) {
  const auto where = location_of(node);
  if (node.is_number()) {
    value = *node.value<double>();
    if (!std::isfinite(value)) {
      error(name, where, fmt::format("{} = {}, but a finite number is wanted", name, shown(node)));
      return false;
    }
    if (dimension == dim::none) return true;
    error(name, where,
          fmt::format("{} = {} has no unit; write {}", name, shown(node),
                      unit_examples(shown(node), dimension)));
    return false;
  }
  if (!node.is_string()) {
    error(
        name, where,
        fmt::format("{} = {}, but {} is wanted, for instance {}", name, shown(node),
                    dimension == dim::none ? "a number" : dimension_name(dimension) + " in quotes",
                    unit_examples("30", dimension)));
    return false;
  }
  const auto parsed = parse_quantity(*node.value<std::string>(), dimension);
  value = parsed.value;
  if (!parsed.ok()) error(name, where, fmt::format("{}: {}", name, parsed.problem));
  return parsed.ok();
}

bool Reader::check_range(const Field& field, const Found& found, double value,
                         const Dimension& dimension) {
  if (field.range.contains(value)) return true;
  error(full(field.key), found.where,
        fmt::format("{} = {}, but {} is wanted", full(field.key), shown(*found.node),
                    range_text(field.range, dimension)));
  return false;
}

bool Reader::read_number(const Field& field, const Found& found, double& value,
                         const Dimension& dimension) {
  double read = 0;
  if (found.node->is_table()) {
    random::Distribution distribution;
    if (!read_distribution(field, found, dimension, distribution)) return false;
    random::Stream stream(seed_, "scenario/" + full(field.key));
    read = distribution.draw(stream);
    // A wide distribution may leave the doubles, or end on a bound that is not part of its range.
    if (!std::isfinite(read) || !field.range.contains(read)) {
      error(
          full(field.key), found.where,
          fmt::format("{}: the value drawn is {}, but {} is wanted; take a narrower distribution",
                      full(field.key), format_quantity(read, dimension),
                      field.range == any ? "a finite number" : range_text(field.range, dimension)));
      return false;
    }
  } else if (!parse_scalar(*found.node, full(field.key), dimension, read) ||
             !check_range(field, found, read, dimension)) {
    return false;
  }
  value = read;
  return true;
}

void Reader::read_integer(const Field& field, const Found& found, std::int64_t& value) {
  double read = 0;
  if (found.node->is_table()) {
    if (!read_number(field, found, read, dim::none)) return;
    read = std::round(read);
  } else if (const auto integer = found.node->value_exact<std::int64_t>()) {
    if (check_range(field, found, static_cast<double>(*integer), dim::none)) value = *integer;
    return;
  } else if (!found.node->is_string() && !found.node->is_floating_point()) {
    error(
        full(field.key), found.where,
        fmt::format("{} = {}, but a whole number is wanted", full(field.key), shown(*found.node)));
    return;
  } else if (!parse_scalar(*found.node, full(field.key), dim::none, read)) {
    return;
  }
  constexpr double largest = 9e15;  // whole numbers up to here are exact in a double
  if (read != std::round(read) || std::abs(read) > largest)
    error(
        full(field.key), found.where,
        fmt::format("{} = {}, but a whole number is wanted", full(field.key), shown(*found.node)));
  else if (check_range(field, found, read, dim::none))
    value = static_cast<std::int64_t>(read);
}

bool Reader::read_distribution(const Field& field, const Found& found, const Dimension& dimension,
                               random::Distribution& distribution) {
  const auto name = full(field.key);
  const auto& table = *found.node->as_table();
  std::vector<std::string_view> names;
  for (const auto& shape : random::Distribution::shapes()) names.push_back(shape.name);
  if (table.size() != 1) {
    error(full(field.key), found.where,
          fmt::format("{} wants one distribution in its braces: {}", name, listed(names)));
    return false;
  }
  const auto& key = table.begin()->first;
  const auto& node = table.begin()->second;
  const auto shapes = random::Distribution::shapes();
  const auto shape = std::find_if(shapes.begin(), shapes.end(),
                                  [&](const auto& s) { return s.name == key.str(); });
  if (shape == shapes.end()) {
    error(
        name, location_of(key),
        fmt::format("{}: unknown distribution '{}'; there are {}", name, key.str(), listed(names)));
    return false;
  }
  std::vector<const toml::node*> nodes;
  if (const auto* array = node.as_array())
    for (const auto& item : *array) nodes.push_back(&item);
  else
    nodes.push_back(&node);

  std::vector<double> values;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool with_unit = shape->n_parameters == 0 || static_cast<int>(i) < shape->n_with_unit;
    double value = 0;
    if (!parse_scalar(*nodes[i], fmt::format("{}.{}", name, shape->name),
                      with_unit ? dimension : dim::none, value))
      return false;
    values.push_back(value);
  }
  try {
    distribution = random::Distribution(shape->kind, std::move(values));
  } catch (const std::invalid_argument& problem) {
    error(name, location_of(node), fmt::format("{}: {}", name, problem.what()));
    return false;
  }
  if (!field.range.contains(distribution.lowest()) ||
      !field.range.contains(distribution.highest())) {
    error(name, location_of(node),
          fmt::format("{}: this {} distribution can give other values, but {} is wanted; take one "
                      "that stays inside",
                      name, shape->name, range_text(field.range, dimension)));
    return false;
  }
  return true;
}

void Reader::read_path(const Field& field, const Found& found, std::string& value) {
  if (!found.node->is_string()) {
    error(full(field.key), found.where,
          fmt::format("{} = {}, but the path of a file is wanted", full(field.key),
                      shown(*found.node)));
    return;
  }
  value = beside(found.where.file, *found.node->value<std::string>()).string();
}

void Reader::read_word(const Field& field, const Found& found, const WordRef& ref) {
  const auto text = found.node->is_string() ? *found.node->value<std::string>() : std::string();
  const auto word = std::find(ref.words.begin(), ref.words.end(), text);
  if (word != ref.words.end()) {
    *ref.index = static_cast<int>(word - ref.words.begin());
    return;
  }
  error(full(field.key), found.where,
        fmt::format("{} = {}, but one of {} is wanted", full(field.key), shown(*found.node),
                    listed(ref.words)));
}

void Reader::read_words(const Field& field, const Found& found, const WordListRef& ref) {
  const auto* array = found.node->as_array();
  ref.indices->clear();
  bool good = array != nullptr && !array->empty();
  if (good)
    for (const auto& item : *array) {
      const auto text = item.is_string() ? *item.value<std::string>() : std::string();
      const auto word = std::find(ref.words.begin(), ref.words.end(), text);
      good = good && word != ref.words.end();
      ref.indices->push_back(static_cast<int>(word - ref.words.begin()));
    }
  if (!good)
    error(full(field.key), found.where,
          fmt::format("{} = {}, but a list of {} is wanted", full(field.key), shown(*found.node),
                      listed(ref.words)));
}

void Reader::read_word_or_number(const Field& field, const Found& found,
                                 const WordOrNumberRef& ref) {
  const auto text = found.node->is_string() ? *found.node->value<std::string>() : std::string();
  const auto word = std::find(ref.words.begin(), ref.words.end(), text);
  const auto index = static_cast<int>(word - ref.words.begin());
  if (word != ref.words.end() && index != ref.number_word) {
    *ref.index = index;
    return;
  }
  *ref.index = ref.number_word;
  const bool looks_like_a_word =
      !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
  if (!looks_like_a_word) {
    read_number(field, found, *ref.value, ref.dimension);
    return;
  }
  std::vector<std::string_view> words;
  for (int i = 0; i < static_cast<int>(ref.words.size()); ++i)
    if (i != ref.number_word) words.push_back(ref.words[static_cast<std::size_t>(i)]);
  error(full(field.key), found.where,
        fmt::format("{} = {}, but one of {} or {} is wanted, for instance {}", full(field.key),
                    shown(*found.node), listed(words), dimension_name(ref.dimension),
                    unit_examples("30", ref.dimension)));
}

bool Reader::begin(const Group& group) {
  const auto path = full(group.key);
  auto& here = open_.back();
  const toml::node* node = here.table != nullptr ? here.table->get(group.key) : nullptr;
  here.known.push_back(group.key);
  Open inner{nullptr, {}, path, here.where, {}};
  for (const auto* over : here.over) {
    const auto* value = over->get(group.key);
    if (value == nullptr) continue;
    if (value->is_table())
      inner.over.push_back(value->as_table());
    else
      node = value;
  }
  if (node == nullptr) {
    if (inner.over.empty() && group.presence != Presence::Defaulted) {
      if (group.presence == Presence::Required)
        error(path, here.where,
              fmt::format("missing {} '{}' ({})", group.card ? "card" : "table", path, group.doc));
      return false;
    }
    if (!inner.over.empty()) inner.where = location_of(*inner.over.back());
  } else if (const auto* table = node->as_table()) {
    inner.table = table;
    inner.where = location_of(*node);
  } else if (group.card && node->is_string()) {
    const auto where = location_of(*node);
    const auto file = beside(where.file, *node->value<std::string>());
    inner.table = files_.load(file, where);
    if (inner.table == nullptr) {
      faulty_.insert(path);
      return false;
    }
    inner.where = {file.string(), 1, 1};
  } else {
    error(path, location_of(*node),
          fmt::format("{} = {}, but {} is wanted", path, shown(*node),
                      group.card ? "a table or the path of a file that holds it" : "a table"));
    return false;
  }
  places_.put(path, inner.where);
  open_.push_back(std::move(inner));
  return true;
}

void Reader::unknown_keys(const toml::table& table, const Open& open) {
  for (const auto& [key, node] : table) {
    if (std::find(open.known.begin(), open.known.end(), key.str()) != open.known.end()) continue;
    const auto meant = closest(key.str(), open.known);
    std::string hint;
    if (!meant.empty()) {
      hint = fmt::format("did you mean '{}'?", meant);
    } else {
      hint = "known here:";
      for (const auto known : open.known) hint += fmt::format(" {}", known);
    }
    const auto path =
        open.path.empty() ? std::string(key.str()) : fmt::format("{}.{}", open.path, key.str());
    if (!meant.empty())
      faulty_.insert(open.path.empty() ? std::string(meant)
                                       : fmt::format("{}.{}", open.path, meant));
    error(path, location_of(key), fmt::format("unknown key '{}'; {}", path, hint));
  }
}

void Reader::end() {
  const auto open = std::move(open_.back());
  open_.pop_back();
  if (open_.empty()) places_.put("", open.where);
  if (open.table != nullptr) unknown_keys(*open.table, open);
  for (const auto* over : open.over) unknown_keys(*over, open);
}

std::size_t Reader::begin_list(const Group& group, std::size_t) {
  const auto found = find(group.key);
  if (found.node == nullptr) {
    error(full(group.key), found.where,
          fmt::format("missing [[{}]] ({})", full(group.key), group.doc));
    lists_.push_back(nullptr);
    return 0;
  }
  const auto* list = found.node->as_array();
  const bool tables =
      list != nullptr && !list->empty() &&
      std::all_of(list->begin(), list->end(), [](const auto& item) { return item.is_table(); });
  lists_.push_back(tables ? list : nullptr);
  if (!tables) {
    error(full(group.key), found.where,
          fmt::format("{} = {}, but at least one table [[{}]] is wanted", full(group.key),
                      shown(*found.node), full(group.key)));
    return 0;
  }
  open_.push_back({nullptr, {}, full(group.key), found.where, {}});
  return list->size();
}

void Reader::begin_item(std::size_t index) {
  const auto& table = *lists_.back()->get(index)->as_table();
  open_.push_back(
      {&table, {}, fmt::format("{}[{}]", open_.back().path, index), location_of(table), {}});
}

void Reader::end_list() {
  if (lists_.back() != nullptr) open_.pop_back();
  lists_.pop_back();
}

}  // namespace longhaul::scenario
