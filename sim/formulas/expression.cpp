#include "formulas/expression.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace longhaul::formulas {

namespace {

constexpr int longest_text = 100'000;  // bytes of a value or an expression

/// What gives the same value whenever and wherever it is called.
constexpr std::string_view functions[] = {
    "abs",       "ceil",   "ceiling", "coalesce", "exp",    "floor", "format", "glob",
    "hex",       "ifnull", "iif",     "instr",    "length", "like",  "ln",     "log",
    "log10",     "log2",   "lower",   "ltrim",    "max",    "min",   "mod",    "nullif",
    "pow",       "power",  "printf",  "round",    "rtrim",  "sign",  "sqrt",   "substr",
    "substring", "trim",   "trunc",   "typeof",   "upper"};

/// Lets an expression call these functions and see the names, and nothing else: no further SELECT.
int authorize(void* n_selects, int action, const char*, const char* function, const char*,
              const char*) {
  if (action == SQLITE_READ) return SQLITE_OK;
  if (action == SQLITE_SELECT)
    return ++*static_cast<int*>(n_selects) <= 2 ? SQLITE_OK : SQLITE_DENY;
  const std::string_view name = function == nullptr ? "" : function;
  const bool fit =
      std::find(std::begin(functions), std::end(functions), name) != std::end(functions);
  return action == SQLITE_FUNCTION && fit ? SQLITE_OK : SQLITE_DENY;
}

std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

}  // namespace

class Expressions::Impl {
 public:
  explicit Impl(const std::vector<std::string>& names)
      : database_(":memory:", SQLite::OPEN_READWRITE) {
    auto* handle = database_.getHandle();
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, longest_text);
    sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, longest_text);
    // A name in double quotes that does not exist is a mistake, no text.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    for (std::size_t i = 0; i < names.size(); ++i)
      columns_ += fmt::format("{}?{} AS {}", i == 0 ? "" : ", ", i + 1, quoted(names[i]));
    if (names.empty()) columns_ = "0 AS \"nothing\"";  // a keyword without the quotes
    sqlite3_set_authorizer(handle, &authorize, &n_selects_);
  }

  std::size_t add(const std::string& text) {
    const auto query = fmt::format("SELECT ({}\n) FROM (SELECT {})", text, columns_);
    n_selects_ = 0;
    sqlite3_stmt* first = nullptr;
    const char* rest = nullptr;
    sqlite3_prepare_v2(database_.getHandle(), query.c_str(), -1, &first, &rest);
    sqlite3_finalize(first);
    if (first != nullptr && *rest != 0) throw std::invalid_argument("more than one expression");
    n_selects_ = 0;
    try {
      statements_.push_back(std::make_unique<SQLite::Statement>(database_, query));
      if (statements_.back()->getColumnCount() == 1) return statements_.size() - 1;
    } catch (const SQLite::Exception& problem) {
      throw std::invalid_argument(problem.what());
    }
    throw std::invalid_argument("more than one expression");
  }

  SqlValue evaluate(std::size_t expression, const std::vector<SqlValue>& values) {
    auto& statement = *statements_.at(expression);
    n_selects_ = 0;  // it may be prepared again
    try {
      statement.reset();
      statement.clearBindings();
      for (std::size_t i = 0; i < values.size(); ++i)
        bind(statement, static_cast<int>(i) + 1, values[i]);
      statement.executeStep();
      const auto column = statement.getColumn(0);
      if (column.isInteger()) return column.getInt64();
      if (column.isFloat()) return column.getDouble();
      if (column.isText()) return column.getString();
      return std::monostate{};
    } catch (const SQLite::Exception& problem) {
      throw std::invalid_argument(problem.what());
    }
  }

 private:
  static void bind(SQLite::Statement& statement, int index, const SqlValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value))
      statement.bind(index, *integer);
    else if (const auto* real = std::get_if<double>(&value))
      statement.bind(index, *real);
    else if (const auto* text = std::get_if<std::string>(&value))
      statement.bind(index, *text);
  }

  SQLite::Database database_;
  std::string columns_;
  int n_selects_ = 0;
  std::vector<std::unique_ptr<SQLite::Statement>> statements_;
};

Expressions::Expressions(const std::vector<std::string>& names)
    : impl_(std::make_unique<Impl>(names)) {}
Expressions::~Expressions() = default;

std::size_t Expressions::add(const std::string& text) { return impl_->add(text); }

SqlValue Expressions::evaluate(std::size_t expression, const std::vector<SqlValue>& values) {
  return impl_->evaluate(expression, values);
}

bool Expressions::holds(std::size_t condition, const std::vector<SqlValue>& values) {
  return number_of(impl_->evaluate(condition, values)).value_or(0) != 0;
}

std::optional<double> number_of(const SqlValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

}  // namespace longhaul::formulas
