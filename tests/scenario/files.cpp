#include "files.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "diagnostics/diagnostic.hpp"

namespace longhaul::scenario {

namespace fs = std::filesystem;

Files::Files() {
  static int n_folders = 0;
  folder_ = fs::temp_directory_path() /
            ("longhaul_test_" + std::to_string(getpid()) + "_" + std::to_string(n_folders++));
  fs::create_directories(folder_);
}

Files::~Files() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Files::write(const std::string& name, const std::string& text) const {
  const auto file = folder_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
  return file.string();
}

std::string complaints(const Files& files, const std::string& path,
                       const std::vector<std::string>& assignments, Purpose purpose) {
  std::string text;
  try {
    read_scenario(path, assignments, purpose);
  } catch (const InputError& problem) {
    text = problem.what();
  }
  const auto prefix = files.folder() + "/";
  for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;)
    text.erase(at, prefix.size());
  return text;
}

std::string text_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> shipped_scenarios() {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(LONGHAUL_SOURCE_ROOT "/scenarios"))
    if (entry.path().extension() == ".toml") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace longhaul::scenario
