#include "report/schema.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/reference.hpp"
#include "scenario/field_table.hpp"

namespace longhaul::report {

namespace {

using Json = nlohmann::ordered_json;
using scenario::FieldRow;
using scenario::RowKind;

Json quantity(const FieldRow& row) {
  if (row.example.empty()) {
    Json number{{"type", "number"}};
    if (std::isfinite(row.low)) number[row.without_low ? "exclusiveMinimum" : "minimum"] = row.low;
    if (std::isfinite(row.high))
      number[row.without_high ? "exclusiveMaximum" : "maximum"] = row.high;
    return {{"anyOf", {number, {{"type", "string"}}}}};
  }
  // The unit's example stands in quotes.
  return {{"type", "string"}, {"examples", {row.example.substr(1, row.example.size() - 2)}}};
}

Json or_distribution(Json value) {
  return {{"anyOf", {std::move(value), {{"$ref", "#/$defs/distribution"}}}}};
}

Json value_schema(const FieldRow& row) {
  switch (row.kind) {
    case RowKind::Number:
    case RowKind::Random:
      return or_distribution(quantity(row));
    case RowKind::Integer: {
      Json integer{{"type", "integer"}};
      if (std::isfinite(row.low)) integer["minimum"] = row.low;
      if (std::isfinite(row.high)) integer["maximum"] = row.high;
      return or_distribution(integer);
    }
    case RowKind::Integers:
      return {{"type", "array"},
              {"items", {{"type", "integer"}, {"minimum", row.low}, {"maximum", row.high}}}};
    case RowKind::Switch:
      return {{"type", "boolean"}};
    case RowKind::Text:
    case RowKind::Path:
    case RowKind::Date:
      return {{"type", "string"}};
    case RowKind::Word:
      return {{"enum", row.words}};
    case RowKind::Words:
      return {{"type", "array"}, {"items", {{"enum", row.words}}}};
    case RowKind::WordOrNumber:
      return or_distribution({{"anyOf", {Json{{"enum", row.words}}, quantity(row)}}});
    case RowKind::AnyList:
      return {{"type", "array"}};
    case RowKind::Any:
    case RowKind::Table:
    case RowKind::List:
      break;
  }
  return Json::object();
}

Json empty_table() {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
}

/// Puts a row under the tables above it; `path` is what is left of the row's path.
void place(Json& table, std::string_view path, const FieldRow& row) {
  const auto dot = path.find('.');
  std::string key(path.substr(0, dot));
  const bool item = key.ends_with("[]");
  if (item) key.resize(key.size() - 2);
  auto& properties = table["properties"];
  if (dot != std::string_view::npos) {
    Json* inner = &properties[key];
    if (item)
      inner = &(*inner)["items"];
    else if (inner->contains("anyOf"))
      inner = &(*inner)["anyOf"][1];
    return place(*inner, path.substr(dot + 1), row);
  }
  Json schema;
  if (row.kind == RowKind::Table)
    schema = row.card ? Json{{"anyOf", {Json{{"type", "string"}}, empty_table()}}} : empty_table();
  else if (row.kind == RowKind::List)
    schema = {{"type", "array"}, {"items", empty_table()}};
  else
    schema = value_schema(row);
  schema["description"] = row.doc;
  properties[key] = std::move(schema);
  if (row.required) table["required"].push_back(key);
}

std::string what_it_takes(const FieldRow& row) {
  std::string words;
  for (const auto& word : row.words)
    words += fmt::format("{}`\"{}\"`", words.empty() ? "" : ", ", word);
  switch (row.kind) {
    case RowKind::Number:
      return row.dimension;
    case RowKind::Random:
      return row.dimension + ", drawn each time";
    case RowKind::Integer:
      return "whole number";
    case RowKind::Integers:
      return "list of whole numbers";
    case RowKind::Switch:
      return "`true`, `false`";
    case RowKind::Text:
      return "text";
    case RowKind::Path:
      return "path of a file";
    case RowKind::Date:
      return "date";
    case RowKind::Word:
    case RowKind::Words:
      return words;
    case RowKind::WordOrNumber:
      return words + " or " + row.dimension;
    case RowKind::Any:
      return "a value of the key";
    case RowKind::AnyList:
      return "list of values of the key";
    case RowKind::Table:
      return row.card ? "table, or path of a card" : "table";
    case RowKind::List:
      return "tables";
  }
  return {};
}

std::string escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

}  // namespace

std::string json_schema() {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "Longhaul scenario"}};
  schema.update(empty_table());
  schema["$defs"]["distribution"] = {
      {"type", "object"},
      {"minProperties", 1},
      {"maxProperties", 1},
      {"propertyNames",
       {{"enum",
         {"constant", "uniform", "log_uniform", "triangular", "normal", "lognormal", "exponential",
          "weibull", "choice", "metalog", "metalog_share", "metalog_growth"}}}}};
  schema["properties"]["include"] = {
      {"description", "files whose keys hold where this one gives none"},
      {"anyOf", {Json{{"type", "string"}}, {{"type", "array"}, {"items", {{"type", "string"}}}}}}};
  for (const auto& row : scenario::field_rows()) place(schema, row.path, row);
  return schema.dump(2) + "\n";
}

std::string markdown_reference() {
  std::string text =
      "# Scenarios: reference\n\n"
      "<!-- Made by `build/longhaul schema --markdown`; the texts stand in "
      "sim/scenario/describe.cpp "
      "and sim/report/reference.cpp. -->\n\n"
      "A scenario is a TOML file: one question, with its published answer in the first comment.\n"
      "Quantities are texts with a unit (`\"400 Gbps\"`, `\"54 days\"`, `\"2 TB/s\"`). A *card* is "
      "a "
      "table that may stand in\na file of its own, named by a path relative to the file that names "
      "it. `include = [\"base.toml\"]` puts other\nfiles below this one. `--set key.path=value` "
      "goes "
      "before all files. `longhaul run FILE --dry-run` prints\nthe scenario with every default "
      "written out.\n\n"
      "Any number may be a distribution, drawn once for the run from the seed (once for every stop "
      "where the table\nsays *drawn each time*): `{ uniform = [lowest, highest] }`, `log_uniform`, "
      "`triangular = [lowest, most likely,\nhighest]`, `normal = [mean, deviation]`, `lognormal = "
      "[median, deviation of the logarithm]`,\n`exponential = mean`, `weibull = [scale, shape]`, "
      "`choice = [a, b, c]`, `metalog = [p10, p50, p90]` above 0,\n`metalog_share` between 0 and "
      "1, "
      "`metalog_growth` above 1.\n\n"
      "## Fields\n\n| key | takes | default | meaning |\n|---|---|---|---|\n";
  for (const auto& row : scenario::field_rows()) {
    std::string fallback = row.fallback.empty() ? "" : "`" + row.fallback + "`";
    if (row.required) fallback = "**required**";
    if (row.optional) fallback = "left out";
    if (row.kind == RowKind::Table && !row.required && !row.optional) fallback = "";
    text += fmt::format("| `{}` | {} | {} | {} |\n", row.path, escaped(what_it_takes(row)),
                        escaped(fallback), escaped(row.doc));
  }
  return text + "\n" + reference_of_results();
}

}  // namespace longhaul::report
