// A folder with the small run in it, to start the program in.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "../scenario/small_run.hpp"
#include "program.hpp"

namespace longhaul::cli {

struct Desk {
  Desk() { scenario::write_small_run(files); }
  Outcome operator()(const std::vector<std::string>& arguments) const {
    return run(arguments, {files.folder(), "", -1});
  }
  std::string operator/(const std::string& name) const { return files.path(name); }
  scenario::Files files;
};

/// Text of every file by its path in the folder.
inline std::map<std::string, std::string> all_files(const std::string& folder) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> texts;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    texts[fs::relative(entry.path(), folder).string()] =
        entry.is_regular_file() ? scenario::text_of(entry.path().string()) : "(folder)";
  return texts;
}

}  // namespace longhaul::cli
