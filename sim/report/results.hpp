// A folder of results: written aside, renamed when it is whole.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report/provenance.hpp"

namespace longhaul::report {

/// Name of a scenario's results: "results/<file name without .toml>-<seed>".
std::string default_results(const std::string& scenario_path, std::int64_t seed);

/// Throws InputError when there is something at `path` that is no result of Longhaul.
void refuse_other_than_results(const std::filesystem::path& path);

/// While it lives, files go to a hidden folder beside the final one; finish() puts it in place.
/// A destructor without finish() takes everything away again.
class ResultsFolder {
 public:
  /// Throws InputError when there is something at `path` that is no result of Longhaul, or nothing
  /// can be written there.
  explicit ResultsFolder(const std::string& path);
  ~ResultsFolder();
  ResultsFolder(const ResultsFolder&) = delete;
  ResultsFolder& operator=(const ResultsFolder&) = delete;

  /// Where to write a file of this name for now.
  std::string file(const std::string& name) const;
  void write(const std::string& name, const std::string& text) const;
  /// Writes provenance.json, which marks the folder as Longhaul's, and renames it.
  void finish(const Provenance& provenance);

 private:
  void take_away() const;

  std::filesystem::path path_;
  std::filesystem::path aside_;
  std::vector<std::filesystem::path> made_;  // folders above, made for this result, deepest first
};

/// Whether a folder holds a result of Longhaul.
bool is_results_folder(const std::filesystem::path& path);

}  // namespace longhaul::report
