#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>
#include <map>

#include "diagnostics/diagnostic.hpp"
#include "experiment/store.hpp"
#include "experiment/store_schema.hpp"

namespace longhaul::experiment {

namespace {

constexpr int n_fixed = 7;  // columns of `point` before axes and metrics

void bind(SQLite::Statement& statement, int index,
          const std::optional<scenario::AxisValue>& value) {
  if (!value) return;
  std::visit([&](const auto& v) { statement.bind(index, v); }, value->value);
}

}  // namespace

class StoreWriter::Impl {
 public:
  Impl(const std::string& path, const SweepRecord& record) : path_(path) {
    make_folder_of(path_);
    try {
      open(record);
    } catch (const SQLite::Exception& problem) {
      fail(path_, problem);
    }
  }

  ~Impl() {
    insert_.reset();
    try {
      if (database_) database_->exec("PRAGMA journal_mode = DELETE");
    } catch (const SQLite::Exception&) {
      // The disk is full, say: everything is in the -wal file beside, which SQLite reads as well.
    }
  }

  std::vector<std::pair<std::int64_t, std::int64_t>> finished() const {
    std::vector<std::pair<std::int64_t, std::int64_t>> points;
    SQLite::Statement query(*database_,
                            "SELECT combination, repeat FROM point ORDER BY combination, repeat");
    while (query.executeStep())
      points.emplace_back(query.getColumn(0).getInt64(), query.getColumn(1).getInt64());
    return points;
  }

  std::int64_t n_failed() const {
    return database_->execAndGet("SELECT count(*) FROM point WHERE error IS NOT NULL").getInt64();
  }

  void forget_failed() { database_->exec("DELETE FROM point WHERE error IS NOT NULL"); }

  const std::vector<std::string>& metrics() const { return order_; }

  std::vector<std::pair<std::int64_t, std::optional<double>>> values(
      std::int64_t combination, const std::string& metric) const {
    const auto column = columns_.find(metric);
    const auto name = column == columns_.end() ? "NULL" : sql_name(column->second);
    SQLite::Statement query(
        *database_,
        fmt::format("SELECT repeat, {} FROM point WHERE combination = ? ORDER BY repeat", name));
    query.bind(1, combination);
    std::vector<std::pair<std::int64_t, std::optional<double>>> values;
    while (query.executeStep()) {
      const auto cell = query.getColumn(1);
      values.emplace_back(query.getColumn(0).getInt64(),
                          cell.isNull() ? std::nullopt : std::optional(cell.getDouble()));
    }
    return values;
  }

  void add(const std::vector<StoredPoint>& points) {
    try {
      SQLite::Transaction transaction(*database_);
      if (!unfinished_) database_->exec("INSERT OR REPLACE INTO sweep VALUES ('unfinished', '1')");
      for (const auto& point : points) insert(point);
      transaction.commit();
      unfinished_ = true;
    } catch (const SQLite::Exception& problem) {
      fail(path_, problem);
    }
  }

  void finish() {
    try {
      database_->exec("DELETE FROM sweep WHERE key = 'unfinished'");
      unfinished_ = false;
    } catch (const SQLite::Exception& problem) {
      fail(path_, problem);
    }
  }

 private:
  void open(const SweepRecord& record) {
    database_ =
        std::make_unique<SQLite::Database>(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    // Tables come all at once: a sweep that died before leaves none.
    if (is_empty(*database_)) {
      create_store(*database_, record);
    } else {
      require_store(*database_, path_);
      const auto old = read_record(*database_);
      auto differs = difference(old, record);
      if (differs.empty() && old.shard != record.shard)
        differs =
            fmt::format("it is of shard {}, and now {}", old.shard.empty() ? "all" : old.shard,
                        record.shard.empty() ? "all" : record.shard);
      if (!differs.empty())
        throw InputError(Location{path_, 0, 0},
                         fmt::format("is the store of another sweep: {}; give another file with "
                                     "--out, or move this one away",
                                     differs));
    }
    // One writer, so no shared memory beside the file; a commit survives the death of the process.
    database_->exec("PRAGMA locking_mode = EXCLUSIVE");
    database_->exec("PRAGMA journal_mode = WAL");
    database_->exec("PRAGMA synchronous = NORMAL");
    for (const auto& [file, hash] : record.inputs) {  // a file that was missing before
      SQLite::Statement found(*database_,
                              "UPDATE input SET sha256 = ? WHERE path = ? AND sha256 = ''");
      found.bind(1, hash);
      found.bind(2, file);
      found.exec();
    }
    SQLite::Statement repeats(*database_,  // takes the lock before any work is done
                              "INSERT OR REPLACE INTO sweep VALUES ('repeats', ?)");
    repeats.bind(1, fmt::format("{}", record.repeats));
    repeats.exec();
    SQLite::Statement metrics(*database_, "SELECT name, \"column\" FROM metric ORDER BY rowid");
    while (metrics.executeStep())
      add_column(metrics.getColumn(0).getString(), metrics.getColumn(1).getString());
    SQLite::Statement bases(*database_, "SELECT id, toml FROM base ORDER BY id");
    while (bases.executeStep())
      bases_.emplace_back(bases.getColumn(0).getInt64(), bases.getColumn(1).getString());
  }

  void add_column(const std::string& metric, const std::string& column) {
    columns_[metric] = column;
    order_.push_back(metric);
    insert_.reset();
  }

  /// A column for a metric that came up first with this point.
  void new_metric(const std::string& metric) {
    insert_.reset();
    add_column(metric, add_metric(*database_, metric));
  }

  void prepare(std::size_t n_axes) {
    std::string names = "combination, repeat, seed, error, wall_s, base, changes";
    std::string marks = "?, ?, ?, ?, ?, ?, ?";
    SQLite::Statement axes(*database_, "SELECT key FROM axis ORDER BY rowid");
    while (axes.executeStep()) names += ", " + sql_name(axes.getColumn(0).getString());
    for (const auto& metric : order_) names += ", " + sql_name(columns_.at(metric));
    for (std::size_t i = 0; i < n_axes + order_.size(); ++i) marks += ", ?";
    insert_ = std::make_unique<SQLite::Statement>(
        *database_, fmt::format("INSERT INTO point ({}) VALUES ({})", names, marks));
    places_.clear();
    for (std::size_t i = 0; i < order_.size(); ++i)
      places_[order_[i]] = n_fixed + static_cast<int>(n_axes + i) + 1;
  }

  /// The base a text is written as changes of, and these; a new base where none has its keys.
  std::pair<std::int64_t, std::string> shortened(const std::string& text) {
    for (const auto& [id, base] : bases_)
      if (auto changes = changed_lines(base, text)) return {id, *changes};
    SQLite::Statement insert(*database_, "INSERT INTO base (toml) VALUES (?)");
    insert.bind(1, text);
    insert.exec();
    bases_.emplace_back(database_->getLastInsertRowid(), text);
    return {bases_.back().first, ""};
  }

  void insert(const StoredPoint& point) {
    for (const auto& [name, value] : point.result.metrics)
      if (columns_.count(name) == 0) new_metric(name);
    if (!insert_) prepare(point.values.size());
    auto& statement = *insert_;
    statement.reset();
    statement.clearBindings();
    statement.bind(1, point.combination);
    statement.bind(2, point.repeat);
    statement.bind(3, point.seed);
    if (!point.result.error.empty()) statement.bind(4, point.result.error);
    statement.bind(5, point.result.wall_s);
    if (!point.result.resolved.empty()) {
      const auto [base, changes] = shortened(point.result.resolved);
      statement.bind(6, base);
      statement.bind(7, changes);
    }
    for (std::size_t i = 0; i < point.values.size(); ++i)
      bind(statement, n_fixed + static_cast<int>(i) + 1, point.values[i]);
    for (const auto& [name, value] : point.result.metrics) {
      const int place = places_.at(name);  // clang 14 captures no structured binding
      std::visit([&](auto number) { statement.bind(place, number); }, value);
    }
    statement.exec();
  }

  std::string path_;
  bool unfinished_ = false;  // says so already
  std::unique_ptr<SQLite::Database> database_;
  std::map<std::string, std::string> columns_;  // by metric
  std::vector<std::string> order_;              // metrics in the order of their columns
  std::map<std::string, int> places_;           // in the prepared insertion
  std::vector<std::pair<std::int64_t, std::string>> bases_;
  std::unique_ptr<SQLite::Statement> insert_;
};

StoreWriter::StoreWriter(const std::string& path, const SweepRecord& record)
    : impl_(std::make_unique<Impl>(path, record)) {}
StoreWriter::~StoreWriter() = default;

std::vector<std::pair<std::int64_t, std::int64_t>> StoreWriter::finished() const {
  return impl_->finished();
}
std::int64_t StoreWriter::n_failed() const { return impl_->n_failed(); }
void StoreWriter::forget_failed() { impl_->forget_failed(); }
const std::vector<std::string>& StoreWriter::metrics() const { return impl_->metrics(); }
std::vector<std::pair<std::int64_t, std::optional<double>>> StoreWriter::values(
    std::int64_t combination, const std::string& metric) const {
  return impl_->values(combination, metric);
}
void StoreWriter::add(const std::vector<StoredPoint>& points) { impl_->add(points); }

void StoreWriter::finish() { impl_->finish(); }

}  // namespace longhaul::experiment
