#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "diagnostics/diagnostic.hpp"
#include "experiment/store.hpp"
#include "experiment/store_schema.hpp"

namespace longhaul::experiment {

namespace {

Cell cell_of(const SQLite::Column& column) {
  if (column.isInteger()) return column.getInt64();
  if (column.isFloat()) return column.getDouble();
  if (column.isText()) return column.getString();
  return std::monostate{};
}

}  // namespace

class StoreReader::Impl {
 public:
  explicit Impl(const std::string& path) : path_(path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
      throw InputError(Location{path, 0, 0}, "there is no such file; `longhaul sweep` writes one");
    try {
      roll_back(path);
      database_ = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READONLY);
      require_store(*database_, path);
      record_ = read_record(*database_);
      SQLite::Statement metrics(*database_, "SELECT name, \"column\" FROM metric ORDER BY name");
      while (metrics.executeStep()) {
        names_.push_back(metrics.getColumn(0).getString());
        columns_[names_.back()] = metrics.getColumn(1).getString();
      }
    } catch (const SQLite::Exception& problem) {
      fail_reading(path_, problem);
    }
  }

  const std::string& path() const { return path_; }
  const SweepRecord& record() const { return record_; }
  const std::vector<std::string>& metrics() const { return names_; }

  void require_metrics(const std::vector<std::string>& metrics) const {
    for (const auto& metric : metrics) column_of(metric);
  }

  std::int64_t count(const char* query) const {
    try {
      return database_->execAndGet(query).getInt64();
    } catch (const SQLite::Exception& problem) {
      fail_reading(path_, problem);
    }
  }

  void for_each(const std::vector<std::string>& metrics,
                const std::function<void(const Row&)>& visit) const {
    std::string names = "combination, repeat, seed, error, wall_s";
    for (const auto& axis : record_.axes) names += ", " + sql_name(axis.key);
    for (const auto& metric : metrics) names += ", " + sql_name(column_of(metric));
    const auto n_axes = record_.axes.size();
    try {
      SQLite::Statement query(
          *database_, fmt::format("SELECT {} FROM point ORDER BY combination, repeat", names));
      Row row;
      row.axes.resize(n_axes);
      row.metrics.resize(metrics.size());
      while (query.executeStep()) {
        row.combination = query.getColumn(0).getInt64();
        row.repeat = query.getColumn(1).getInt64();
        row.seed = query.getColumn(2).getInt64();
        row.error = query.getColumn(3).getString();
        row.wall_s = query.getColumn(4).getDouble();
        for (std::size_t i = 0; i < n_axes; ++i)
          row.axes[i] = cell_of(query.getColumn(static_cast<int>(5 + i)));
        for (std::size_t i = 0; i < metrics.size(); ++i)
          row.metrics[i] = cell_of(query.getColumn(static_cast<int>(5 + n_axes + i)));
        visit(row);
      }
    } catch (const SQLite::Exception& problem) {
      fail_reading(path_, problem);
    }
  }

  std::optional<std::string> resolved(std::int64_t combination, std::int64_t repeat) const {
    try {
      SQLite::Statement query(*database_,
                              "SELECT toml, changes FROM point JOIN base ON base.id = point.base "
                              "WHERE combination = ? AND repeat = ?");
      query.bind(1, combination);
      query.bind(2, repeat);
      if (!query.executeStep()) return std::nullopt;
      return with_changes(query.getColumn(0).getString(), query.getColumn(1).getString());
    } catch (const SQLite::Exception& problem) {
      fail_reading(path_, problem);
    }
  }

 private:
  const std::string& column_of(const std::string& metric) const {
    if (const auto column = columns_.find(metric); column != columns_.end()) return column->second;
    const auto meant = closest(metric, {names_.begin(), names_.end()});
    throw InputError(
        Location{path_, 0, 0},
        meant.empty()
            ? fmt::format("has no metric '{}'; `longhaul export` shows those it has", metric)
            : fmt::format("has no metric '{}'; did you mean '{}'?", metric, meant));
  }

  std::string path_;
  std::unique_ptr<SQLite::Database> database_;
  SweepRecord record_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> columns_;
};

bool was_never_begun(const std::string& path) {
  try {
    roll_back(path);
    SQLite::Database database(path, SQLite::OPEN_READONLY);
    return is_empty(database);
  } catch (const SQLite::Exception&) {
    return false;
  }
}

StoreReader::StoreReader(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
StoreReader::~StoreReader() = default;

const std::string& StoreReader::path() const { return impl_->path(); }
const SweepRecord& StoreReader::record() const { return impl_->record(); }
std::string StoreReader::fact(const std::string& key) const {
  for (const auto& [known, value] : record().facts)
    if (known == key) return value;
  return {};
}
const std::vector<std::string>& StoreReader::metrics() const { return impl_->metrics(); }
void StoreReader::require_metrics(const std::vector<std::string>& metrics) const {
  impl_->require_metrics(metrics);
}
std::int64_t StoreReader::n_points() const { return impl_->count("SELECT count(*) FROM point"); }
std::int64_t StoreReader::n_failed() const {
  return impl_->count("SELECT count(*) FROM point WHERE error IS NOT NULL");
}
std::string StoreReader::first_error() const {
  std::string first;
  for_each({}, [&](const Row& row) {
    if (first.empty()) first = row.error.substr(0, row.error.find('\n'));
  });
  return first;
}
void StoreReader::for_each(const std::vector<std::string>& metrics,
                           const std::function<void(const Row&)>& visit) const {
  impl_->for_each(metrics, visit);
}
std::optional<std::string> StoreReader::resolved(std::int64_t combination,
                                                 std::int64_t repeat) const {
  return impl_->resolved(combination, repeat);
}

}  // namespace longhaul::experiment
