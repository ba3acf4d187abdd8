// How the reader takes one value: numbers with units, distributions, words, paths.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "scenario/reader.hpp"
#include "units/format.hpp"
#include "units/parse.hpp"

namespace longhaul::scenario {

namespace {

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

/// The numbers of "4x4"; none of anything else.
std::vector<std::int64_t> sizes(const std::string& text) {
  std::vector<std::int64_t> found;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const auto [behind, problem] = std::from_chars(at, end, found.emplace_back());
    if (problem != std::errc()) return {};
    if (behind == end) return found;
    if (*behind != 'x') return {};
    at = behind + 1;
  }
}

}  // namespace

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

void Reader::read_integers(const Field& field, const Found& found,
                           std::vector<std::int64_t>& values) {
  constexpr std::size_t most_values = 1000;
  values.clear();
  const auto* array = found.node->as_array();
  // On the command line, which has no lines, a shell would take brackets for itself.
  if (found.node->is_string() && found.where.line == 0)
    values = sizes(*found.node->value<std::string>());
  std::string wrong;
  if (values.size() > most_values || (array != nullptr && array->size() > most_values)) {
    wrong = fmt::format(" has more than {} items", most_values);
  } else if (array != nullptr && !array->empty()) {
    for (const auto& item : *array)
      values.push_back(item.is_integer() ? *item.value<std::int64_t>() : -1);
  } else if (values.empty()) {
    wrong = " = " + shown(*found.node);
  }
  for (std::size_t i = 0; wrong.empty() && i < values.size(); ++i)
    if (!field.range.contains(static_cast<double>(values[i])))
      wrong = array != nullptr ? " holds " + shown(*array->get(i))
                               : fmt::format(" holds {}", values[i]);
  if (wrong.empty()) return;
  values.clear();
  error(full(field.key), found.where,
        fmt::format("{}{}, but a list of whole numbers from 1 to {:.0g} is wanted, "
                    "such as [4, 4]",
                    full(field.key), wrong, field.range.high));
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

}  // namespace longhaul::scenario
