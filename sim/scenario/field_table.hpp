// Every field of a scenario as a row, for the reference, the JSON Schema and whoever lists them.
#pragma once

#include <string>
#include <vector>

namespace longhaul::scenario {

enum class RowKind {
  Table,
  List,
  Number,
  Random,
  Integer,
  Integers,
  Switch,
  Text,
  Path,
  Date,
  Word,
  Words,
  WordOrNumber,
  Any,
  AnyList
};

struct FieldRow {
  std::string path;  ///< "run.plan.tensor"; items of a list as "failures.causes.cause[].name"
  RowKind kind = RowKind::Text;
  bool required = false;
  bool optional = false;  ///< may be left out and then has no value
  bool card = false;      ///< a table that may stand in a file of its own
  std::string dimension;  ///< "time", "bytes a second"; "number" without one
  std::string example;    ///< a value with unit, quoted: "30 min"
  std::string fallback;   ///< the default as TOML, empty where there is none
  std::vector<std::string> words;
  double low, high;  ///< what will do, in base units; infinite where unbounded
  bool without_low = false, without_high = false;
  std::string doc;
};

/// In the order of the description, tables before what they hold.
std::vector<FieldRow> field_rows();

}  // namespace longhaul::scenario
