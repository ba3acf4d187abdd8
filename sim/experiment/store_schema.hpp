// What the writer and the reader of a store agree on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/store.hpp"

namespace SQLite {  // NOLINT(readability-identifier-naming): SQLiteCpp's own
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

/// The same where the store is only read.
[[noreturn]] void fail_reading(const std::string& path, const SQLite::Exception& problem);

/// A database without tables, as a new file is. Throws SQLite::Exception when it cannot be read.
bool is_empty(SQLite::Database& database);

/// Undoes what a sweep that was killed amid a change left half done, where one may write.
void roll_back(const std::string& path);

/// Throws InputError unless the open file is a store of this schema, SQLite::Exception when it
/// cannot be read.
void require_store(SQLite::Database& database, const std::string& path);

SweepRecord read_record(SQLite::Database& database);

/// The folder of a store that is to be written. Throws StoreError when it cannot be made,
/// InputError when the path is a folder itself.
void make_folder_of(const std::string& path);

/// Tables and record of a store, in an empty file.
void create_store(SQLite::Database& database, const SweepRecord& record);

/// A column of `point` for a metric that has none; returns its name. SQL does not tell cases apart.
std::string add_metric(SQLite::Database& database, const std::string& metric);

/// Lines of `text` that differ from those of `base`, as "number:line" one a line; nothing where the
/// two have not the same keys in the same lines.
std::optional<std::string> changed_lines(std::string_view base, std::string_view text);
/// The reverse.
std::string with_changes(std::string_view base, std::string_view changes);
/// Changes of `base` that do what `first` and then `second` do.
std::string joined_changes(std::string_view base, std::string_view first, std::string_view second);

}  // namespace longhaul::experiment
