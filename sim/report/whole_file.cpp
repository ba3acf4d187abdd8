#include "report/whole_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "diagnostics/diagnostic.hpp"

namespace longhaul::report {

namespace fs = std::filesystem;

void refuse_other_than(const FileKind& kind, const std::string& path) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return;
  std::string begin(kind.begin.size(), '\0');
  if (fs::is_regular_file(path, error))
    std::ifstream(path, std::ios::binary)
        .read(begin.data(), static_cast<std::streamsize>(begin.size()));
  if (begin != kind.begin)
    throw InputError(Location{path, 0, 0},
                     fmt::format("is there already and is no {} of longhaul; give another file "
                                 "with {}, or move it away",
                                 kind.name, kind.option));
}

void write_whole_file(const FileKind& kind, const std::string& path,
                      const std::function<void(std::ostream&)>& write) {
  refuse_other_than(kind, path);
  const fs::path whole(path);
  const fs::path aside =
      whole.parent_path() / fmt::format(".{}.{}.unfinished", whole.filename().string(), getpid());
  errno = 0;
  std::ofstream file(aside, std::ios::binary);
  if (file) {
    write(file);
    file.close();
  }
  std::error_code error(errno, std::generic_category());
  if (file) fs::rename(aside, whole, error);
  if (file && !error) return;
  std::error_code ignored;
  fs::remove(aside, ignored);
  throw InputError(Location{path, 0, 0}, fmt::format("cannot be written: {}", error.message()));
}

}  // namespace longhaul::report
