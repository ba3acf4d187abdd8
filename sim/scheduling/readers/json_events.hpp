// A JSON file as events, so that none is held as a whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "scheduling/trace_draft.hpp"

namespace longhaul::scheduling {

/// What is neither object nor array; monostate is null. Whole numbers that no int64 holds are
/// doubles.
using JsonValue = std::variant<std::monostate, bool, std::int64_t, double, std::string_view>;

/// The number, or a BadLine.
double json_number(std::string_view name, const JsonValue& value);

/// Events come in the order of the file. `depth` counts the objects and arrays that are open around
/// the event; lines count from 1.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual void begin(int depth, int line) = 0;
  virtual void end(int depth) = 0;
  virtual void key(int depth, std::string_view name) = 0;
  virtual void value(int depth, int line, const JsonValue& value) = 0;
};

/// Reads the file; what is no JSON is a failure of the draft, at its line.
void read_json(const std::string& path, TraceDraft& draft, JsonEvents& events);

}  // namespace longhaul::scheduling
