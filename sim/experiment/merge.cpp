#include "experiment/merge.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>

#include "diagnostics/diagnostic.hpp"
#include "experiment/store.hpp"
#include "experiment/store_schema.hpp"

namespace longhaul::experiment {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_shown = 5;  // points in a message

bool holds_something(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error) && (!fs::is_regular_file(path, error) || fs::file_size(path) > 0);
}

/// Keeps others from writing a store as long as it lives.
class Hold {
 public:
  explicit Hold(const std::string& path) {
    try {
      database_ = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE);
      require_store(*database_, path);
      // Folds in what a sweep that was killed left beside; it must not meet the file that follows.
      database_->exec("PRAGMA journal_mode = DELETE");
      database_->exec("BEGIN IMMEDIATE");
    } catch (const SQLite::Exception& problem) {
      fail(path, problem);
    }
  }

 private:
  std::unique_ptr<SQLite::Database> database_;
};

/// An SQL text in quotes.
std::string sql_text(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

/// The store that is filled, beside its place until it is whole.
class Joined {
 public:
  Joined(const std::string& out, const SweepRecord& record) : out_(out), aside_(out + ".merging") {
    make_folder_of(out);
    try {
      database_ =
          std::make_unique<SQLite::Database>(aside_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      auto* handle = database_->getHandle();
      // What a killed merge left, whatever it looks like, is emptied by VACUUM.
      sqlite3_db_config(handle, SQLITE_DBCONFIG_RESET_DATABASE, 1, nullptr);
      // Nobody else reads it and it is thrown away when anything fails: no journal is needed.
      database_->exec("PRAGMA main.locking_mode = EXCLUSIVE");
      database_->exec("PRAGMA main.journal_mode = OFF");
      database_->exec("PRAGMA main.synchronous = OFF");
      database_->exec("PRAGMA main.cache_size = -65536");  // KiB
      database_->exec("VACUUM");
      sqlite3_db_config(handle, SQLITE_DBCONFIG_RESET_DATABASE, 0, nullptr);
      auto all = record;
      all.shard.clear();
      create_store(*database_, all);
      ours_ = true;
      database_->exec("CREATE TEMP TABLE base_of (part INTEGER PRIMARY KEY, main INTEGER)");
      sqlite3_create_function_v2(handle, "rebased", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, this,
                                 &Joined::rebased, nullptr, nullptr, nullptr);
    } catch (const SQLite::Exception& problem) {
      database_.reset();
      std::error_code error;  // another merge may be at work on it
      if (problem.getErrorCode() != SQLITE_BUSY) fs::remove(aside_, error);
      fail(out_, problem);
    }
  }

  ~Joined() {
    database_.reset();
    std::error_code error;
    if (ours_) fs::remove(aside_, error);
  }
  Joined(const Joined&) = delete;
  Joined& operator=(const Joined&) = delete;

  /// Statements end with SQLITE_INTERRUPT once `go_on` says false.
  void ask(const std::function<bool()>& go_on) {
    go_on_ = go_on;
    constexpr int between_steps = 100'000;
    sqlite3_progress_handler(
        database_->getHandle(), between_steps,
        [](void* self) { return static_cast<Joined*>(self)->go_on_() ? 0 : 1; }, this);
  }

  /// Takes the points of a store.
  void add(const std::string& path, const std::vector<StoredAxis>& axes) {
    SQLite::Statement attach(*database_, "ATTACH ? AS part");
    attach.bind(1, path);
    attach.exec();
    attach.reset();
    {
      SQLite::Transaction transaction(*database_);
      const auto columns = add_columns(axes);
      add_bases();
      require_same(path, columns);
      insert(columns);
      transaction.commit();
    }
    database_->exec("DETACH part");
  }

  MergeOutcome finish(const SweepRecord& record) {
    SQLite::Statement repeats(*database_, "INSERT OR REPLACE INTO sweep VALUES ('repeats', ?)");
    repeats.bind(1, fmt::format("{}", record.repeats));
    repeats.exec();
    repeats.reset();
    if (record.unfinished)
      database_->exec("INSERT OR REPLACE INTO sweep VALUES ('unfinished', '1')");
    return counted(record);
  }

  /// To be called when all went well.
  void put_in_place() {
    database_.reset();
    const int file = open(aside_.c_str(), O_RDONLY | O_CLOEXEC);
    const bool safe = file >= 0 && fsync(file) == 0;
    const auto problem = std::error_code(errno, std::generic_category());
    if (file >= 0) close(file);
    std::error_code error;
    if (safe) fs::rename(aside_, out_, error);
    if (!safe || error)
      throw StoreError(
          fmt::format("{}: cannot be written: {}", out_, (safe ? error : problem).message()));
    ours_ = false;
  }

 private:
  /// A column of `point`, in the store that is filled and in the one that is added.
  struct Column {
    std::string name;  // for people
    std::string main, part;
  };

  std::vector<Column> add_columns(const std::vector<StoredAxis>& axes) {
    std::vector<Column> columns;
    columns.reserve(axes.size());
    for (const auto& axis : axes) columns.push_back({axis.key, axis.key, axis.key});
    std::vector<std::pair<std::string, std::string>> metrics;
    SQLite::Statement part(*database_, "SELECT name, \"column\" FROM part.metric ORDER BY rowid");
    while (part.executeStep())
      metrics.emplace_back(part.getColumn(0).getString(), part.getColumn(1).getString());
    part.reset();
    for (const auto& [name, column] : metrics) {
      auto known = columns_.find(name);
      if (known == columns_.end())
        known = columns_.emplace(name, add_metric(*database_, name)).first;
      columns.push_back({name, known->second, column});
    }
    return columns;
  }

  /// Finds for each base of the part the one that its points are written as changes of; a base that
  /// has not the keys of any other joins them.
  void add_bases() {
    database_->exec("DELETE FROM base_of");
    changes_.clear();
    std::vector<std::pair<std::int64_t, std::string>> parts;
    SQLite::Statement part(*database_, "SELECT id, toml FROM part.base ORDER BY id");
    while (part.executeStep())
      parts.emplace_back(part.getColumn(0).getInt64(), part.getColumn(1).getString());
    part.reset();
    SQLite::Statement link(*database_, "INSERT INTO base_of VALUES (?, ?)");
    for (const auto& [id, toml] : parts) {
      link.bind(1, id);
      link.bind(2, home_of(id, toml));
      link.exec();
      link.reset();
    }
  }

  std::int64_t home_of(std::int64_t part, const std::string& toml) {
    for (const auto& [id, base] : bases_)
      if (auto changes = changed_lines(base, toml)) {
        if (!changes->empty()) changes_[part] = {&base, *changes};
        return id;
      }
    SQLite::Statement insert(*database_, "INSERT INTO main.base (toml) VALUES (?)");
    insert.bind(1, toml);
    insert.exec();
    return bases_.emplace(database_->getLastInsertRowid(), toml).first->first;
  }

  /// SQL: the changes of a point of the part's base, as changes of the base that stands for it.
  static void rebased(sqlite3_context* context, int /*n*/, sqlite3_value** values) {
    const auto& self = *static_cast<Joined*>(sqlite3_user_data(context));
    const auto change = self.changes_.find(sqlite3_value_int64(values[0]));
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[1]));
    if (text == nullptr || change == self.changes_.end()) {
      sqlite3_result_value(context, values[1]);
      return;
    }
    const auto& [base, first] = change->second;
    const auto all = joined_changes(
        *base, first, {text, static_cast<std::size_t>(sqlite3_value_bytes(values[1]))});
    sqlite3_result_text(context, all.data(), static_cast<int>(all.size()), SQLITE_TRANSIENT);
  }

  /// Points that are in both must be the same, wall time aside.
  void require_same(const std::string& path, const std::vector<Column>& columns) {
    std::string what;
    const auto compare = [&](const std::string& name, const std::string& main,
                             const std::string& part, bool shows) {
      what += fmt::format("WHEN {} IS NOT {} THEN {}", part, main, sql_text(name));
      if (shows)
        what += fmt::format(
            " || ' is ' || substr(quote({}), 1, 60) || ', and before ' || "
            "substr(quote({}), 1, 60)",
            part, main);
      what += "\n";
    };
    compare("seed", "m.seed", "p.seed", true);
    compare("error", "m.error", "p.error", true);
    for (const auto& column : columns)
      compare(column.name, "m." + sql_name(column.main), "p." + sql_name(column.part), true);
    // A metric that the part has not.
    for (const auto& [name, main] : columns_)
      if (std::none_of(columns.begin(), columns.end(),
                       [&, &main = main](const Column& c) { return c.main == main; }))
        compare(name, "m." + sql_name(main), "NULL", true);
    compare("its scenario differs", "m.base", "(SELECT main FROM base_of WHERE part = p.base)",
            false);
    compare("its scenario differs", "m.changes", "rebased(p.base, p.changes)", false);
    SQLite::Statement query(
        *database_,
        fmt::format("SELECT p.combination, p.repeat, CASE {} END AS what FROM part.point AS p "
                    "CROSS JOIN main.point AS m ON m.combination = p.combination AND m.repeat = "
                    "p.repeat WHERE what IS NOT NULL",
                    what));
    std::size_t n = 0;
    std::string shown;
    while (query.executeStep())
      if (++n <= most_shown)
        shown += fmt::format("{}point {}/{}: {}", n == 1 ? "" : "; ", query.getColumn(0).getInt64(),
                             query.getColumn(1).getInt64(), query.getColumn(2).getString());
    if (n == 0) return;
    if (n > most_shown) shown += fmt::format("; and {} more", n - most_shown);
    throw InputError(Location{path, 0, 0},
                     fmt::format("has other results than the stores before it: {}; was it made "
                                 "with another program, or were failed points done again? Leave "
                                 "out the wrong one, and merge into another file",
                                 shown));
  }

  void insert(const std::vector<Column>& columns) {
    std::string main;
    std::string part;
    for (const auto& column : columns) {
      main += ", " + sql_name(column.main);
      part += ", p." + sql_name(column.part);
    }
    database_->exec(fmt::format(
        "INSERT INTO main.point (combination, repeat, seed, error, wall_s, base, changes{}) "
        "SELECT p.combination, p.repeat, p.seed, p.error, p.wall_s, (SELECT main FROM base_of "
        "WHERE part = p.base), rebased(p.base, p.changes){} FROM part.point AS p WHERE true "
        "ORDER BY p.combination, p.repeat ON CONFLICT (combination, repeat) DO NOTHING",
        main, part));
  }

  MergeOutcome counted(const SweepRecord& record) const {
    MergeOutcome outcome;
    const auto count = [&](const std::string& query) {
      return database_->execAndGet(query).getInt64();
    };
    outcome.n_points = count("SELECT count(*) FROM point");
    outcome.n_failed = count("SELECT count(*) FROM point WHERE error IS NOT NULL");
    std::int64_t combinations = 0;
    for (const auto& [key, value] : record.facts)
      if (key == "combinations")
        std::from_chars(value.data(), value.data() + value.size(), combinations);
    outcome.n_expected = combinations * record.repeats;
    outcome.n_missing =
        outcome.n_expected -
        count(fmt::format("SELECT count(*) FROM point WHERE repeat < {}", record.repeats));
    if (outcome.n_missing > 0) find_missing(record.repeats, combinations, outcome);
    return outcome;
  }

  void find_missing(std::int64_t repeats, std::int64_t combinations, MergeOutcome& outcome) const {
    std::int64_t next = 0;  // point, counted through
    const auto up_to = [&](std::int64_t end) {
      for (; next < end && outcome.missing.size() < most_shown; ++next)
        outcome.missing.emplace_back(next / repeats, next % repeats);
      next = end + 1;
    };
    SQLite::Statement query(
        *database_, fmt::format("SELECT combination * {0} + repeat FROM point WHERE repeat < {0} "
                                "ORDER BY combination, repeat",
                                repeats));
    while (outcome.missing.size() < most_shown && query.executeStep())
      up_to(query.getColumn(0).getInt64());
    if (outcome.missing.size() < most_shown) up_to(combinations * repeats);
  }

  std::string out_;
  std::string aside_;
  bool ours_ = false;  // the file aside
  std::unique_ptr<SQLite::Database> database_;
  std::function<bool()> go_on_;
  std::map<std::string, std::string> columns_;  // by metric
  std::map<std::int64_t, std::string> bases_;
  std::map<std::int64_t, std::pair<const std::string*, std::string>> changes_;  // by base of part
};

}  // namespace

MergeOutcome merge_stores(const std::string& out, const std::vector<std::string>& stores,
                          const std::function<bool(std::size_t n_joined)>& go_on) {
  std::unique_ptr<Hold> hold;
  std::vector<std::string> parts;
  if (holds_something(out)) {
    make_folder_of(out);  // says so when it is a folder
    hold = std::make_unique<Hold>(out);
    parts.push_back(out);
  }
  std::error_code error;
  for (const auto& store : stores)
    if (!hold || !fs::equivalent(store, out, error)) parts.push_back(store);

  MergeOutcome stopped;
  stopped.interrupted = true;
  std::optional<SweepRecord> record;
  std::vector<std::string> unfinished;
  std::unique_ptr<Joined> joined;
  std::size_t n_joined = 0;
  const auto goes_on = [&] { return !go_on || go_on(n_joined); };
  for (const auto& part : parts) {
    if (was_never_begun(part)) continue;  // all its points are missing
    const auto own = StoreReader(part).record();
    if (!record) {
      record = own;
      record->unfinished = false;
      joined = std::make_unique<Joined>(out, own);
      joined->ask(goes_on);
    } else if (const auto differs = difference(*record, own, part); !differs.empty()) {
      throw InputError(Location{part, 0, 0}, fmt::format("is not of the sweep that {} is of: {}",
                                                         parts.front(), differs));
    }
    record->repeats = std::max(record->repeats, own.repeats);
    const bool is_out = hold && part == out;  // it says what was known when it was joined
    if (own.unfinished && !is_out) {
      record->unfinished = true;
      unfinished.push_back(part);
    }
    try {
      joined->add(part, record->axes);
    } catch (const SQLite::Exception& problem) {
      if (problem.getErrorCode() == SQLITE_INTERRUPT) return stopped;
      fail(problem.getErrorCode() == SQLITE_FULL ? out : part, problem);
    }
    ++n_joined;
    if (!goes_on()) return stopped;
  }
  if (!joined) throw InputError(Location{out, 0, 0}, "there are no stores with points to merge");
  MergeOutcome outcome;
  try {
    outcome = joined->finish(*record);
  } catch (const SQLite::Exception& problem) {
    if (problem.getErrorCode() == SQLITE_INTERRUPT) return stopped;
    fail(out, problem);
  }
  joined->put_in_place();
  outcome.unfinished = std::move(unfinished);
  return outcome;
}

}  // namespace longhaul::experiment
