#include "experiment/store_schema.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <charconv>
#include <filesystem>
#include <map>

#include "diagnostics/diagnostic.hpp"

namespace longhaul::experiment {

namespace {

constexpr const char* tables = R"(
CREATE TABLE sweep (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE input (path TEXT, sha256 TEXT);
CREATE TABLE axis (key TEXT PRIMARY KEY, name TEXT, unit TEXT);
CREATE TABLE metric (name TEXT PRIMARY KEY, "column" TEXT);
CREATE TABLE base (id INTEGER PRIMARY KEY, toml TEXT);
)";
constexpr const char* point_table =
    "CREATE TABLE point (combination INTEGER, repeat INTEGER, seed INTEGER, error TEXT, "
    "wall_s REAL, base INTEGER, changes TEXT{}, PRIMARY KEY (combination, repeat)) WITHOUT ROWID";

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// Of a change, "number:line"; 0 of none.
std::size_t change_number(std::string_view change) {
  std::size_t number = 0;
  std::from_chars(change.data(), change.data() + change.size(), number);
  return number;
}

std::string_view key_of(std::string_view line) { return line.substr(0, line.find('=')); }

}  // namespace

std::string sql_name(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

void fail(const std::string& path, const SQLite::Exception& problem) {
  const auto say = [&](const char* what) {
    throw StoreError(fmt::format("{}: {} ({})", path, what, problem.what()));
  };
  switch (problem.getErrorCode()) {
    case SQLITE_FULL:
      say("the disk is full; what is stored so far is whole");
      break;
    case SQLITE_IOERR:
      say("the file cannot be written or read; is the disk full?");
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      say("another sweep is writing this store; wait for it, or give another file with --out");
      break;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      say("cannot be written; is the folder there, and may you write to it?");
      break;
    default:
      break;
  }
  throw StoreError(fmt::format("{}: {}", path, problem.what()));
}

void fail_reading(const std::string& path, const SQLite::Exception& problem) {
  const auto say = [&](const char* what) {
    throw StoreError(fmt::format("{}: {} ({})", path, what, problem.what()));
  };
  std::error_code error;
  switch (problem.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      say("a sweep is writing this store; wait for it");
      break;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      say(std::filesystem::exists(path + "-wal", error)
              ? "cannot be read: a sweep left a -wal file beside it, and SQLite must write to that "
                "folder to read it; allow it, or copy both files elsewhere"
              : "cannot be read; may you read it?");
      break;
    case SQLITE_IOERR:
      say("the file cannot be read");
      break;
    default:
      break;
  }
  throw StoreError(fmt::format("{}: {}", path, problem.what()));
}

bool is_empty(SQLite::Database& database) {
  try {
    return database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0 &&
           database.execAndGet("PRAGMA application_id").getInt() == 0;
  } catch (const SQLite::Exception& problem) {
    if (problem.getErrorCode() == SQLITE_NOTADB) return false;
    throw;
  }
}

void roll_back(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path + "-journal", error)) return;
  try {  // SQLite does so when it reads, and may not when it opened the file for reading alone
    SQLite::Database database(path, SQLite::OPEN_READWRITE);
    database.execAndGet("SELECT count(*) FROM sqlite_master");
  } catch (const SQLite::Exception&) {
    // Who reads next is told why.
  }
}

void require_store(SQLite::Database& database, const std::string& path) {
  const Location where{path, 0, 0};
  int id = 0;
  int version = 0;
  try {
    id = database.execAndGet("PRAGMA application_id").getInt();
    version = database.execAndGet("PRAGMA user_version").getInt();
  } catch (const SQLite::Exception& problem) {
    if (problem.getErrorCode() != SQLITE_NOTADB) throw;
  }
  if (id != application_id)
    throw InputError(where, "is no store of a sweep; `longhaul sweep` writes them");
  if (version != schema_version)
    throw InputError(where, fmt::format("has schema version {}, but this program knows version {}",
                                        version, schema_version));
}

SweepRecord read_record(SQLite::Database& database) {
  SweepRecord record;
  const auto pairs = [&](const char* query) {
    std::vector<std::pair<std::string, std::string>> rows;
    SQLite::Statement statement(database, query);
    while (statement.executeStep())
      rows.emplace_back(statement.getColumn(0).getString(), statement.getColumn(1).getString());
    return rows;
  };
  for (const auto& [key, value] : pairs("SELECT key, value FROM sweep ORDER BY rowid"))
    if (key == "shard")
      record.shard = value;
    else if (key == "repeats")
      std::from_chars(value.data(), value.data() + value.size(), record.repeats);
    else if (key == "unfinished")
      record.unfinished = true;
    else
      record.facts.emplace_back(key, value);
  record.inputs = pairs("SELECT path, sha256 FROM input ORDER BY rowid");
  SQLite::Statement axes(database, "SELECT key, name, unit FROM axis ORDER BY rowid");
  while (axes.executeStep())
    record.axes.push_back({axes.getColumn(0).getString(), axes.getColumn(1).getString(),
                           axes.getColumn(2).getString()});
  return record;
}

void make_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) throw StoreError(fmt::format("{}: cannot be written: {}", path, error.message()));
  if (std::filesystem::is_directory(path, error))
    throw InputError(Location{path, 0, 0}, "is a folder; name a file");
}

void create_store(SQLite::Database& database, const SweepRecord& record) {
  SQLite::Transaction transaction(database);
  database.exec(tables);
  std::string axes;
  for (const auto& axis : record.axes) axes += ", " + sql_name(axis.key);
  database.exec(fmt::format(fmt::runtime(point_table), axes));
  const auto fill = [&](const char* query, const std::vector<std::string>& row) {
    SQLite::Statement insert(database, query);
    for (std::size_t i = 0; i < row.size(); ++i) insert.bind(static_cast<int>(i) + 1, row[i]);
    insert.exec();
  };
  for (const auto& [key, value] : record.facts)
    fill("INSERT INTO sweep VALUES (?, ?)", {key, value});
  if (!record.shard.empty()) fill("INSERT INTO sweep VALUES (?, ?)", {"shard", record.shard});
  for (const auto& [file, hash] : record.inputs)
    fill("INSERT INTO input VALUES (?, ?)", {file, hash});
  for (const auto& axis : record.axes)
    fill("INSERT INTO axis VALUES (?, ?, ?)", {axis.key, axis.name, axis.unit});
  database.exec(fmt::format("PRAGMA application_id = {}", application_id));
  database.exec(fmt::format("PRAGMA user_version = {}", schema_version));
  transaction.commit();
}

std::string add_metric(SQLite::Database& database, const std::string& metric) {
  std::string column = metric;
  SQLite::Statement same(database,
                         "SELECT count(*) FROM pragma_table_info('point') WHERE lower(name) = "
                         "lower(?)");
  for (int i = 2;; ++i) {
    same.bind(1, column);
    same.executeStep();
    const bool taken = same.getColumn(0).getInt() > 0;
    same.reset();
    if (!taken) break;
    column = fmt::format("{} ({})", metric, i);
  }
  database.exec(fmt::format("ALTER TABLE point ADD COLUMN {}", sql_name(column)));
  SQLite::Statement insert(database, "INSERT INTO metric VALUES (?, ?)");
  insert.bind(1, metric);
  insert.bind(2, column);
  insert.exec();
  return column;
}

std::string difference(const SweepRecord& old, const SweepRecord& now, const std::string& place) {
  const bool later = place.empty();
  const auto there = later ? "now" : "in " + place;
  for (const auto& [key, value] : now.facts) {
    std::string before;
    for (const auto& [other, text] : old.facts)
      if (other == key) before = text;
    const auto shown = [](const std::string& text) {
      return text.find('\n') == std::string::npos && text.size() < 60 ? " " + text : std::string();
    };
    if (before != value)
      return fmt::format("its {} is{}, and {}{}", key,
                         shown(before).empty() ? " another one" : shown(before), there,
                         shown(value).empty() ? " it differs" : shown(value));
  }
  // A file without a hash was missing: points that needed it failed, and may be done again.
  const auto hash_in = [](const SweepRecord& record, const std::string& path) {
    for (const auto& [file, hash] : record.inputs)
      if (file == path) return hash;
    return std::string("no such file");
  };
  for (const auto* one : {&old, &now})
    for (const auto& [file, hash] : one->inputs) {
      const auto before = hash_in(old, file);
      const auto after = hash_in(now, file);
      if (before != after && !before.empty() && !after.empty())
        return fmt::format("the file {} {}", file,
                           later ? "has changed since" : "was another one " + there);
    }
  if (old.axes != now.axes) return "its axes are others";
  return {};
}

std::optional<std::string> changed_lines(std::string_view base, std::string_view text) {
  std::string changes;
  for (std::size_t number = 1; !base.empty() || !text.empty(); ++number) {
    if (base.empty() || text.empty()) return std::nullopt;
    const auto before = next_line(base);
    const auto after = next_line(text);
    if (before == after) continue;
    if (key_of(before) != key_of(after)) return std::nullopt;
    changes += fmt::format("{}:{}\n", number, after);
  }
  return changes;
}

std::string with_changes(std::string_view base, std::string_view changes) {
  std::string text;
  auto change = next_line(changes);
  for (std::size_t number = 1; !base.empty(); ++number) {
    auto line = next_line(base);
    if (change_number(change) == number) {
      line = change.substr(change.find(':') + 1);
      text += fmt::format("{}\n", line);
      change = next_line(changes);
      continue;
    }
    text += fmt::format("{}\n", line);
  }
  return text;
}

std::string joined_changes(std::string_view base, std::string_view first, std::string_view second) {
  std::map<std::size_t, std::string_view> changes;
  for (auto text : {first, second})
    while (!text.empty()) {
      const auto change = next_line(text);
      changes[change_number(change)] = change.substr(change.find(':') + 1);
    }
  std::string joined;
  std::size_t number = 0;
  std::string_view before;
  for (const auto& [changed, line] : changes) {
    for (; number < changed; ++number) before = next_line(base);
    if (line != before) joined += fmt::format("{}:{}\n", changed, line);
  }
  return joined;
}

}  // namespace longhaul::experiment
