#include "experiment/store_schema.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <charconv>

#include "diagnostics/diagnostic.hpp"

namespace longhaul::experiment {

namespace {

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
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

void require_store(SQLite::Database& database, const std::string& path) {
  const Location where{path, 0, 0};
  int id = 0;
  int version = 0;
  try {
    id = database.execAndGet("PRAGMA application_id").getInt();
    version = database.execAndGet("PRAGMA user_version").getInt();
  } catch (const SQLite::Exception& problem) {
    if (problem.getErrorCode() != SQLITE_NOTADB) fail(path, problem);
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
    else
      record.facts.emplace_back(key, value);
  record.inputs = pairs("SELECT path, sha256 FROM input ORDER BY rowid");
  SQLite::Statement axes(database, "SELECT key, name, unit FROM axis ORDER BY rowid");
  while (axes.executeStep())
    record.axes.push_back({axes.getColumn(0).getString(), axes.getColumn(1).getString(),
                           axes.getColumn(2).getString()});
  return record;
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
    std::size_t changed = 0;
    const auto colon = std::min(change.find(':'), change.size());
    std::from_chars(change.data(), change.data() + colon, changed);
    if (changed == number) {
      line = change.substr(colon + 1);
      text += fmt::format("{}\n", line);
      change = next_line(changes);
      continue;
    }
    text += fmt::format("{}\n", line);
  }
  return text;
}

}  // namespace longhaul::experiment
