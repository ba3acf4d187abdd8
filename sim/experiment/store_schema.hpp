// What the writer and the reader of a store agree on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/store.hpp"

namespace SQLite {
class Database;
class Exception;
}  // namespace SQLite

namespace longhaul::experiment {

inline constexpr int schema_version = 1;           // PRAGMA user_version
inline constexpr int application_id = 0x4C484155;  // PRAGMA application_id: "LHAU"

/// A column's name in double quotes.
std::string sql_name(std::string_view name);

/// Throws StoreError with what the user can do about it.
[[noreturn]] void fail(const std::string& path, const SQLite::Exception& problem);

/// Throws InputError unless the open file is a store of this schema.
void require_store(SQLite::Database& database, const std::string& path);

SweepRecord read_record(SQLite::Database& database);

/// Lines of `text` that differ from those of `base`, as "number:line" one a line; nothing where the
/// two have not the same keys in the same lines.
std::optional<std::string> changed_lines(std::string_view base, std::string_view text);
/// The reverse.
std::string with_changes(std::string_view base, std::string_view changes);

}  // namespace longhaul::experiment
