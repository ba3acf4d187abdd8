#include "formulas/expression.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace longhaul::formulas {
namespace {

SqlValue value_of(const std::string& text) {
  Expressions expressions({"gpus", "tensor", "word", "absent"});
  return expressions.evaluate(expressions.add(text),
                              {std::int64_t{16384}, std::int64_t{8}, std::string("flow"), {}});
}

TEST_CASE("expressions compute with the names of axes, and divide whole numbers as SQL does") {
  CHECK(value_of("gpus / (tensor * 16)") == SqlValue(std::int64_t{128}));
  CHECK(value_of("7 / 2") == SqlValue(std::int64_t{3}));
  CHECK(value_of("7 / 2.0") == SqlValue(3.5));
  CHECK(value_of("word || '!'") == SqlValue(std::string("flow!")));
  CHECK(value_of("CASE WHEN tensor > 4 THEN 'big' ELSE 'small' END") ==
        SqlValue(std::string("big")));
  CHECK(value_of("1 / 0") == SqlValue(std::monostate{}));
  CHECK(value_of("max(tensor, 12)") == SqlValue(std::int64_t{12}));
}

TEST_CASE("a condition holds for numbers other than 0, and not where a name is nothing") {
  Expressions expressions({"a"});
  const auto positive = expressions.add("a > 0");
  const auto itself = expressions.add("a");
  CHECK(expressions.holds(positive, {std::int64_t{2}}));
  CHECK(!expressions.holds(positive, {std::int64_t{-2}}));
  CHECK(!expressions.holds(positive, {std::monostate{}}));
  CHECK(expressions.holds(itself, {0.5}));
  CHECK(!expressions.holds(itself, {0.0}));
}

TEST_CASE("expressions can neither read, write, nor run for long") {
  Expressions expressions({"a"});
  for (const std::string hostile :
       {"(SELECT count(*) FROM sqlite_master)", "1); DROP TABLE x; --", "random()",
        "hex(randomblob(1000000000))", "load_extension('x')", "\"no_such_name\"", "b", "a >", "",
        "1, 2", "readfile('/etc/passwd')",
        "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c)",
        "(SELECT 1)", "a) FROM (SELECT 1 AS a) --"}) {
    CAPTURE(hostile);
    CHECK_THROWS_AS(expressions.add(hostile), std::invalid_argument);
  }
  // What is only found out as it is evaluated: a text longer than is allowed.
  const auto long_text = expressions.add("printf('%90000d', a) || printf('%90000d', a)");
  CHECK_THROWS_AS(expressions.evaluate(long_text, {std::int64_t{1}}), std::invalid_argument);
}

TEST_CASE("expressions call only functions that give the same value every time") {
  for (const std::string changing :
       {"datetime('now')", "strftime('%s', 'now')", "julianday()", "CURRENT_TIMESTAMP", "changes()",
        "last_insert_rowid()", "sqlite_version()", "hex(zeroblob(9))", "count(*)"}) {
    CAPTURE(changing);
    CHECK_THROWS_AS(value_of(changing), std::invalid_argument);
  }
  CHECK(value_of("coalesce(absent, nullif(tensor, 1), 3)") == SqlValue(std::int64_t{8}));
  CHECK(value_of("iif(word LIKE 'FL%', abs(-2), 3)") == SqlValue(std::int64_t{2}));
  CHECK(value_of("upper(substr(word, 1, 2)) || printf('%03d', tensor)") ==
        SqlValue(std::string("FL008")));
  CHECK(value_of("word GLOB 'fl*' AND instr(word, 'ow') = 3") == SqlValue(std::int64_t{1}));
}

TEST_CASE("an expression without names is evaluated") {
  Expressions expressions({});
  CHECK(expressions.holds(expressions.add("1 < 2"), {}));
  CHECK_THROWS_AS(expressions.add("gpus > 2"), std::invalid_argument);
}

}  // namespace
}  // namespace longhaul::formulas
