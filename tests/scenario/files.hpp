// A folder of scenario files that lives as long as a test.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scenario/scenario_file.hpp"

namespace longhaul::scenario {

class Files {
 public:
  Files();
  ~Files();
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  /// Writes a file, with the folders above it; returns its path.
  std::string write(const std::string& name, const std::string& text) const;
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string folder() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
};

/// What reading `path` complains about, without the folder's name in it; empty when it is read.
std::string complaints(const Files& files, const std::string& path,
                       const std::vector<std::string>& assignments = {},
                       Purpose purpose = Purpose::Months);

std::string text_of(const std::string& path);

/// Every scenario that is shipped.
std::vector<std::string> shipped_scenarios();

}  // namespace longhaul::scenario
