#include "report/results.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "diagnostics/diagnostic.hpp"

namespace longhaul::report {

namespace fs = std::filesystem;

namespace {

constexpr const char* marker = "provenance.json";
constexpr const char* program_name = "longhaul";

std::string provenance_json(const Provenance& p) {
  nlohmann::ordered_json json;
  json["program"] = program_name;
  json["version"] = p.version;
  json["revision"] = p.revision;
  json["seed"] = p.seed;
  json["inputs"] = nlohmann::ordered_json::array();
  for (const auto& input : p.inputs)
    json["inputs"].push_back({{"path", input.path}, {"sha256", input.sha256}});
  json["calibration"] = p.calibration;
  json["simgrid"] = p.simgrid;
  for (const auto& [key, value] : p.simgrid_settings) json["simgrid_settings"][key] = value;
  json["wall_s"] = p.wall_s;
  return json.dump(2) + "\n";
}

}  // namespace

std::string default_results(const std::string& scenario_path, std::int64_t seed) {
  return fmt::format("results/{}-{}", fs::path(scenario_path).stem().string(), seed);
}

bool is_results_folder(const fs::path& path) {
  std::ifstream file(path / marker);
  const auto json = nlohmann::json::parse(file, nullptr, false);
  return json.is_object() && json.contains("program") && json["program"] == program_name;
}

void refuse_other_than_results(const fs::path& path) {
  std::error_code error;
  const bool empty_folder = fs::is_directory(path, error) && fs::is_empty(path, error);
  if (fs::exists(fs::symlink_status(path, error)) && !empty_folder && !is_results_folder(path))
    throw InputError(Location{path.lexically_normal().string(), 0, 0},
                     "is there already and is no result of longhaul; give another folder with "
                     "--out, or move it away");
}

ResultsFolder::ResultsFolder(const std::string& path) : path_(fs::path(path).lexically_normal()) {
  if (!path_.has_filename()) path_ = path_.parent_path();
  refuse_other_than_results(path_);
  std::error_code error;
  aside_ =
      path_.parent_path() / fmt::format(".{}.{}.unfinished", path_.filename().string(), getpid());
  for (auto above = path_.parent_path(); !above.empty() && !fs::exists(above, error);
       above = above.parent_path())
    made_.push_back(above);
  error.clear();
  if (path_.has_parent_path()) fs::create_directories(path_.parent_path(), error);
  if (!error) fs::create_directory(aside_, error);
  if (error) {
    const auto why = error.message();
    take_away();
    throw InputError(Location{path_.string(), 0, 0}, fmt::format("cannot be written: {}", why));
  }
}

ResultsFolder::~ResultsFolder() {
  if (!aside_.empty()) take_away();
}

void ResultsFolder::take_away() const {
  std::error_code ignored;
  fs::remove_all(aside_, ignored);
  for (const auto& above : made_) fs::remove(above, ignored);  // only where nothing is in it
}

std::string ResultsFolder::file(const std::string& name) const { return (aside_ / name).string(); }

void ResultsFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream out(aside_ / name, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw InputError(Location{file(name), 0, 0}, "cannot be written; is the disk full?");
}

void ResultsFolder::finish(const Provenance& provenance) {
  write(marker, provenance_json(provenance));
  // The old result goes only when the new one is whole, and comes back if the renaming fails.
  const fs::path old = aside_.string() + ".old";
  const bool replaces = fs::exists(path_);
  if (replaces) fs::rename(path_, old);
  std::error_code error;
  fs::rename(aside_, path_, error);
  if (error) {
    if (replaces) fs::rename(old, path_);
    throw std::runtime_error(fmt::format("{}: {}", path_.string(), error.message()));
  }
  aside_.clear();
  if (replaces) fs::remove_all(old);
}

}  // namespace longhaul::report
