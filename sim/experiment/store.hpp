// The store of a sweep: one SQLite file. Its tables are documented in scenarios/README.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "experiment/point.hpp"
#include "experiment/sweep_plan.hpp"

namespace longhaul::experiment {

/// A number or a text of a table; nothing where there is none.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

/// An axis as a store knows it.
struct StoredAxis {
  std::string key;   ///< "run.checkpoint.interval"
  std::string name;  ///< "interval"
  std::string unit;  ///< of its numbers: "s"; empty: none
  friend bool operator==(const StoredAxis&, const StoredAxis&) = default;
};

/// What a store is of. Two stores belong together when all but shard, repeats and
/// unfinished is the same.
struct SweepRecord {
  /// Title, seed, version, revision, the [sweep] table and so on, by key.
  std::vector<std::pair<std::string, std::string>> facts;
  /// Every file that a point may read, as seen from Longhaul's data or the scenario's folder, and
  /// its SHA-256; empty: missing.
  std::vector<std::pair<std::string, std::string>> inputs;
  std::vector<StoredAxis> axes;
  std::string shard;         ///< "2/8"; empty: all points
  std::int64_t repeats = 1;  ///< asked for of each combination; may be raised later
  bool unfinished = false;  ///< what a sweep asked for may not all be there: it goes on, or stopped
};

/// What makes two stores ones of different sweeps, for a message; empty: nothing. Shard and repeats
/// may differ. `now` is what is asked for now, or the record of the store `place`.
std::string difference(const SweepRecord& old, const SweepRecord& now,
                       const std::string& place = {});

/// A point and what it came to.
struct StoredPoint {
  std::int64_t combination = 0;
  std::int64_t repeat = 0;
  std::int64_t seed = 0;
  Combination values;
  PointResult result;
};

/// Something is wrong with the file of a store: full disk, no permission, another writer, no store.
class StoreError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The one writer of a store.
class StoreWriter {
 public:
  /// Makes the file, or goes on with one that is of the same sweep. Throws InputError when it is of
  /// another one (and says what differs) or no store at all, StoreError as above.
  StoreWriter(const std::string& path, const SweepRecord& record);
  /// Folds everything into the one file.
  ~StoreWriter();
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  /// Combination and repeat of every point in the store, sorted.
  std::vector<std::pair<std::int64_t, std::int64_t>> finished() const;
  std::int64_t n_failed() const;
  /// Takes failed points out again.
  void forget_failed();
  /// Names of the metrics so far, in the order in which they came up.
  const std::vector<std::string>& metrics() const;
  /// A metric of a combination by repeat, in their order; nothing where it has none.
  std::vector<std::pair<std::int64_t, std::optional<double>>> values(
      std::int64_t combination, const std::string& metric) const;
  /// Adds points, all or none; they survive whatever happens to this process afterwards.
  void add(const std::vector<StoredPoint>& points);
  /// All that was asked for is there; from the first point added until this is said the store is
  /// one of an unfinished sweep.
  void finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether this is what a sweep leaves that was killed before it had written anything.
bool was_never_begun(const std::string& path);

/// A store that is read.
class StoreReader {
 public:
  /// Throws InputError when there is no store, StoreError when it cannot be read.
  explicit StoreReader(const std::string& path);
  ~StoreReader();
  StoreReader(const StoreReader&) = delete;
  StoreReader& operator=(const StoreReader&) = delete;

  const std::string& path() const;
  const SweepRecord& record() const;
  std::string fact(const std::string& key) const;  ///< empty where there is none
  /// Names of all metrics, sorted.
  const std::vector<std::string>& metrics() const;
  /// Throws InputError for a metric that there is none of.
  void require_metrics(const std::vector<std::string>& metrics) const;
  std::int64_t n_points() const;
  std::int64_t n_failed() const;
  /// What the first point that failed says, its first line; empty where none did.
  std::string first_error() const;

  struct Row {
    std::int64_t combination = 0, repeat = 0, seed = 0;
    std::string error;
    double wall_s = 0;
    std::vector<Cell> axes;     ///< in the order of the record's axes
    std::vector<Cell> metrics;  ///< in the order asked for
  };
  /// Every point in the order of combination and repeat. Throws InputError for a metric that there
  /// is none of.
  void for_each(const std::vector<std::string>& metrics,
                const std::function<void(const Row&)>& visit) const;
  /// The resolved scenario of a point, as TOML; nothing where it is not in the store.
  std::optional<std::string> resolved(std::int64_t combination, std::int64_t repeat) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longhaul::experiment
