#include "scenario/reader.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace longhaul::scenario {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

/// Inside a list everything is printed on one line, tables too.
Literal literal_of(const toml::node& node) {
  toml::array list;
  list.push_back(node);
  std::ostringstream text;
  text << list;
  auto toml = text.str();
  const auto first = toml.find_first_not_of(" \n", 1);
  const auto last = toml.find_last_not_of(" \n", toml.size() - 2);
  toml = toml.substr(first, last - first + 1);
  std::replace(toml.begin(), toml.end(), '\n', ' ');
  return {toml, location_of(node)};
}

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
    const bool required = field.presence == Presence::Required && full(field.key) != waived_;
    if (required || all)
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
          [&](const IntegerListRef& ref) { read_integers(field, found, *ref.values); },
          [&](const WordOrNumberRef& ref) { read_word_or_number(field, found, ref); },
          [&](const LiteralRef& ref) { *ref.value = literal_of(*found.node); },
          [&](const LiteralListRef& ref) {
            ref.values->clear();
            if (const auto* list = found.node->as_array(); list != nullptr && !list->empty())
              for (const auto& item : *list) ref.values->push_back(literal_of(item));
            else
              wants("a list of values");
          },
      },
      field.value);
  return true;
}

bool Reader::begin(const Group& group) {
  const auto path = full(group.key);
  auto& here = open_.back();
  if (!passed_over_.empty() && path == passed_over_) {
    here.known.push_back(group.key);
    return false;
  }
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
  if (open_.empty() && other_keys_) return;
  if (open.table != nullptr) unknown_keys(*open.table, open);
  for (const auto* over : open.over) unknown_keys(*over, open);
}

std::size_t Reader::begin_list(const Group& group, std::size_t) {
  const auto found = find(group.key);
  if (found.node == nullptr) {
    if (group.presence == Presence::Required)
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
