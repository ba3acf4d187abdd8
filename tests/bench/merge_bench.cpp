// Stores of many points, written as a sweep's shards are, and their merge: bytes a point, seconds,
// points a second and peak memory by number of points and of shards.
//   build/tests/bench_merge [POINTS]      (default: a million)
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "experiment/merge.hpp"
#include "experiment/store.hpp"
#include "measure.hpp"

namespace {

namespace fs = std::filesystem;
namespace experiment = longhaul::experiment;

/// A real point of a scenario and what its store says, to make others like it.
struct Sample {
  experiment::SweepRecord record;
  experiment::StoredPoint point;
};

Sample sample_of(const std::string& scenario, const std::string& axis, const fs::path& folder) {
  const auto store = (folder / "sample.sqlite").string();
  fs::remove(store);
  const auto command = fmt::format("'{}' sweep '{}' --sweep '{}' -j 1 --out '{}' >/dev/null",
                                   LONGHAUL_PROGRAM, scenario, axis, store);
  if (std::system(command.c_str()) != 0) std::exit(1);
  const experiment::StoreReader reader(store);
  Sample sample{reader.record(), {}};
  sample.point.result.resolved = *reader.resolved(0, 0);
  reader.for_each(reader.metrics(), [&](const experiment::StoreReader::Row& row) {
    if (row.combination != 0) return;
    const auto* value = std::get_if<std::int64_t>(&row.axes.front());
    sample.point.values = {longhaul::scenario::AxisValue{"", value == nullptr ? 0 : *value}};
    for (std::size_t i = 0; i < row.metrics.size(); ++i) {
      if (const auto* whole = std::get_if<std::int64_t>(&row.metrics[i]))
        sample.point.result.metrics.emplace_back(reader.metrics()[i], *whole);
      if (const auto* real = std::get_if<double>(&row.metrics[i]))
        sample.point.result.metrics.emplace_back(reader.metrics()[i], *real);
    }
  });
  return sample;
}

/// Points go round, as they do with --shard.
std::vector<std::string> write_shards(const Sample& sample, std::int64_t n, int n_shards,
                                      const fs::path& folder) {
  std::vector<std::string> paths;
  auto record = sample.record;
  for (auto& [key, value] : record.facts)
    if (key == "combinations") value = fmt::format("{}", n);
  const auto seed_at = sample.point.result.resolved.find("\nseed = ") + 8;
  const auto seed_end = sample.point.result.resolved.find('\n', seed_at);
  for (int shard = 0; shard < n_shards; ++shard) {
    record.shard = fmt::format("{}/{}", shard + 1, n_shards);
    paths.push_back((folder / fmt::format("{}.sqlite", shard)).string());
    experiment::StoreWriter store(paths.back(), record);
    std::minstd_rand random(static_cast<unsigned>(shard) + 1);
    std::uniform_real_distribution<double> about(0.9, 1.1);
    std::vector<experiment::StoredPoint> points;
    for (std::int64_t i = shard; i < n; i += n_shards) {
      auto point = sample.point;
      point.combination = i;
      point.seed = i * 1'000'003;
      point.result.resolved.replace(seed_at, seed_end - seed_at, fmt::format("{}", point.seed));
      for (auto& [name, value] : point.result.metrics)
        if (auto* real = std::get_if<double>(&value)) *real *= about(random);
      point.result.wall_s = about(random);
      points.push_back(std::move(point));
      if (points.size() == 1000 || i + n_shards >= n) {
        store.add(points);
        points.clear();
      }
    }
  }
  return paths;
}

double megabytes(const std::vector<std::string>& paths) {
  double bytes = 0;
  for (const auto& path : paths) bytes += static_cast<double>(fs::file_size(path));
  return bytes / 1e6;
}

void measure(const char* name, const Sample& sample, std::int64_t n, int n_shards,
             const fs::path& folder) {
  const longhaul::bench::Stopwatch writing;
  const auto paths = write_shards(sample, n, n_shards, folder);
  const double written_s = writing.elapsed_s();
  const auto out = (folder / "all.sqlite").string();
  const longhaul::bench::Stopwatch merging;
  const auto outcome = experiment::merge_stores(out, paths);
  const double merged_s = merging.elapsed_s();
  if (outcome.n_points != n || outcome.n_missing != 0) std::exit(1);
  fmt::print(
      "{:<8} {:>9} points {:>3} shards {:>6.0f} MB -> {:>5.0f} MB, {:>5.0f} B a point; "
      "written in {:>6.1f} s; merged in {:>6.2f} s, {:>7.0f} points/s; peak {:.0f} MB\n",
      name, n, n_shards, megabytes(paths), megabytes({out}),
      megabytes({out}) * 1e6 / static_cast<double>(n), written_s, merged_s,
      static_cast<double>(n) / merged_s, longhaul::bench::peak_mb());
  std::fflush(stdout);
  for (const auto& path : paths) fs::remove(path);
  fs::remove(out);
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t most = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
  auto name = (fs::temp_directory_path() / "longhaul_bench_merge.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return 1;
  const fs::path folder = name;
  const auto trivial = sample_of(LONGHAUL_SOURCE_ROOT "/scenarios/renewal.toml",
                                 "run.checkpoint.interval=1 h,2 h", folder);
  const auto llama = sample_of(LONGHAUL_SOURCE_ROOT "/scenarios/llama3_405b_54_days.toml",
                               "run.checkpoint.interval=1 h,2 h", folder);
  for (const auto n : {most / 100, most / 10, most}) measure("trivial", trivial, n, 8, folder);
  for (const int n_shards : {1, 2, 4, 16, 64}) measure("trivial", trivial, most, n_shards, folder);
  for (const auto n : {most / 100, most / 10}) measure("Llama", llama, n, 8, folder);
  for (const int n_shards : {1, 2, 8, 16}) measure("Llama", llama, most / 5, n_shards, folder);
  fs::remove_all(folder);
}
