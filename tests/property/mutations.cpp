#include "mutations.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace longhaul::scenario {

namespace {

constexpr std::array<std::string_view, 44> odd_values{"0",
                                                      "-1",
                                                      "1",
                                                      "3",
                                                      "7",
                                                      "1e300",
                                                      "-1e300",
                                                      "1e-300",
                                                      "9000000000000000000",
                                                      "-9223372036854775808",
                                                      "9223372036854775807",
                                                      "1000000000",
                                                      "1000000000000000",
                                                      "nan",
                                                      "inf",
                                                      "-inf",
                                                      "true",
                                                      "false",
                                                      "\"\"",
                                                      "\"daly\"",
                                                      "\"1 ns\"",
                                                      "\"1e300 s\"",
                                                      "\"1e-300 s\"",
                                                      "\"0 s\"",
                                                      "\"-5 min\"",
                                                      "\"30 GB\"",
                                                      "\"1e999 W\"",
                                                      "\"9e15 years\"",
                                                      "[]",
                                                      "{}",
                                                      "[[]]",
                                                      "[1, 2]",
                                                      "2024-06-31",
                                                      "2024-06-30",
                                                      "1979-05-27T07:32:00-08:00",
                                                      "07:32:00",
                                                      "{ uniform = [1, 2] }",
                                                      "{ uniform = [\"1 s\", \"1e300 s\"] }",
                                                      "{ lognormal = [\"1 s\", 1e300] }",
                                                      "{ choice = [] }",
                                                      "{ normal = [0, 1] }",
                                                      "{ weibull = [\"1 s\", 1e-300] }",
                                                      "\"../scenarios/renewal.toml\"",
                                                      "\"/dev/zero\""};

std::pair<std::size_t, std::size_t> line_at(const std::string& text, std::size_t at) {
  const auto before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const auto first = before == std::string::npos ? 0 : before + 1;
  const auto end = text.find('\n', at);
  return {first, end == std::string::npos ? text.size() : end + 1};
}

}  // namespace

std::string Mutator::mutate(std::string text, const std::string& other) {
  for (std::size_t n = 1 + below(8); n > 0; --n) mutate_once(text, other);
  return text;
}

void Mutator::mutate_once(std::string& text, const std::string& other) {
  if (text.empty()) text = other;
  switch (below(8)) {
    case 0:
    case 1:
      return change_byte(text);
    case 2:
    case 3:
      return change_line(text, other);
    default:
      return change_value(text);
  }
}

void Mutator::change_byte(std::string& text) {
  constexpr std::string_view favourites = "\"'[]{}=.,#\n\r\t \\0123456789eE-+_\xff";
  const auto at = below(text.size());
  const char byte =
      below(4) == 0 ? static_cast<char>(below(256)) : favourites[below(favourites.size())];
  switch (below(3)) {
    case 0:
      text[at] = byte;
      return;
    case 1:
      text.insert(at, 1, byte);
      return;
    default:
      text.erase(at, 1 + below(4));
  }
}

void Mutator::change_line(std::string& text, const std::string& other) {
  const auto [first, end] = line_at(text, below(text.size()));
  const auto line = text.substr(first, end - first);
  const auto [other_first, other_end] = line_at(other, below(other.size()));
  switch (below(4)) {
    case 0:
      text.insert(first, line);
      return;
    case 1:
      text.erase(first, line.size());
      return;
    case 2:
      text.erase(first, line.size());
      text.insert(line_at(text, below(text.size())).first, line);
      return;
    default:
      text.insert(first, other, other_first, other_end - other_first);
  }
}

void Mutator::change_value(std::string& text) {
  const auto equals = text.find('=', below(text.size()));
  if (equals == std::string::npos) return;
  const auto end = std::min(text.find('\n', equals), text.size());
  text.replace(equals + 1, end - equals - 1,
               " " + std::string(odd_values[below(odd_values.size())]));
}

}  // namespace longhaul::scenario
