#include "scenario/constraint_fields.hpp"

#include <cassert>
#include <utility>

#include "scenario/describe_constraints.hpp"

namespace longhaul::scenario {

namespace {

/// Visits a flat struct without changing it.
class Flat : public Fields {
 protected:
  bool begin(const Group&) override { return false; }
  void end() override {}
  std::size_t begin_list(const Group&, std::size_t) override { return 0; }
  void begin_item(std::size_t) override {}
};

class InputFinder : public Flat {
 public:
  std::vector<ConstraintField> found;

 protected:
  bool visit(const Field& field) override {
    if (const auto* random = std::get_if<RandomRef>(&field.value))
      found.push_back({std::string(field.key), *random->value, nullptr});
    return true;
  }
};

class ValueFinder : public Flat {
 public:
  std::vector<std::pair<std::string_view, double*>> found;

 protected:
  bool visit(const Field& field) override {
    if (const auto* number = std::get_if<NumberRef>(&field.value))
      found.emplace_back(field.key, number->value);
    return true;
  }
};

}  // namespace

std::vector<ConstraintField> constraint_fields(const world::ConstraintInputs& inputs,
                                               world::ConstraintDraw& draw) {
  static_cast<world::ConstraintSettings&>(draw) = inputs;
  InputFinder finder;
  auto copy = inputs;  // a visit may write, this one does not
  describe(finder, copy);
  ValueFinder values;
  describe(values, draw);
  // Settings are no inputs, and values both of inputs and of settings are numbers of a draw.
  auto next = values.found.begin();
  for (auto& field : finder.found) {
    while (next->first != field.key) ++next;
    field.value = next->second;
  }
  return std::move(finder.found);
}

}  // namespace longhaul::scenario
