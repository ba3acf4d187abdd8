#include "scheduling/readers/json_events.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace longhaul::scheduling {

namespace {

/// Bytes of a stream that count the lines they have passed.
class CountingBytes {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  CountingBytes() = default;  // the end
  CountingBytes(std::istream& stream, int& line) : bytes_(stream), line_(&line) {}

  char operator*() const { return *bytes_; }
  CountingBytes& operator++() {
    if (*bytes_ == '\n') ++*line_;
    ++bytes_;
    return *this;
  }
  CountingBytes operator++(int) {
    auto old = *this;
    ++*this;
    return old;
  }
  friend bool operator==(const CountingBytes& a, const CountingBytes& b) {
    return a.bytes_ == b.bytes_;
  }

 private:
  std::istreambuf_iterator<char> bytes_;
  int* line_ = nullptr;
};

/// Hands what nlohmann's parser finds over as our events.
class Parser : public nlohmann::json_sax<nlohmann::json> {
 public:
  Parser(JsonEvents& events, const int& line) : events_(&events), line_(&line) {}
  const std::string& problem() const { return problem_; }

  bool null() override { return found(std::monostate{}); }
  bool boolean(bool value) override { return found(value); }
  bool number_integer(number_integer_t value) override { return found(std::int64_t{value}); }
  bool number_unsigned(number_unsigned_t value) override {
    if (std::in_range<std::int64_t>(value)) return found(static_cast<std::int64_t>(value));
    return found(static_cast<double>(value));
  }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return found(value);
  }
  bool string(string_t& value) override { return found(std::string_view(value)); }
  bool binary(binary_t& /*value*/) override { return true; }  // JSON has none
  bool start_object(std::size_t /*n*/) override { return opened(); }
  bool start_array(std::size_t /*n*/) override { return opened(); }
  bool end_object() override { return closed(); }
  bool end_array() override { return closed(); }
  bool key(string_t& name) override {
    events_->key(depth_, name);
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                   const nlohmann::json::exception& error) override {
    problem_ = error.what();
    return false;
  }

 private:
  bool found(const JsonValue& value) {
    events_->value(depth_, *line_, value);
    return true;
  }
  bool opened() {
    events_->begin(depth_, *line_);
    ++depth_;
    return true;
  }
  bool closed() {
    --depth_;
    events_->end(depth_);
    return true;
  }

  JsonEvents* events_;
  const int* line_;
  int depth_ = 0;
  std::string problem_;
};

/// "[json.exception.parse_error.101] parse error at line 2, column 3: syntax error while ...; ..."
std::string without_place(const std::string& problem) {
  const auto colon = problem.find(": ");
  const auto begin = colon == std::string::npos ? problem.find("] ") : colon;
  return shown(begin == std::string::npos ? problem : problem.substr(begin + 2), 200);
}

}  // namespace

double json_number(std::string_view name, const JsonValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  throw BadLine(fmt::format("{} is no number", name));
}

void read_json(const std::string& path, TraceDraft& draft, JsonEvents& events) {
  std::ifstream file(path, std::ios::binary);
  int line = 1;
  Parser parser(events, line);
  if (!nlohmann::json::sax_parse(CountingBytes(file, line), CountingBytes(), &parser))
    draft.fail({path, line, 1}, "this is no JSON: " + without_place(parser.problem()));
}

}  // namespace longhaul::scheduling
