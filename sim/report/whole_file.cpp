#include "report/whole_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
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
                     fmt::format("is there already and is no {}; give another file with {}, or "
                                 "move it away",
                                 kind.name, kind.option));
}

WholeFile::WholeFile(const FileKind& kind, const std::string& path) : whole_(path) {
  refuse_other_than(kind, path);
  aside_ =
      whole_.parent_path() / fmt::format(".{}.{}.unfinished", whole_.filename().string(), getpid());
  errno = 0;
  file_.open(aside_, std::ios::binary);
  if (!file_) fail(errno);
}

WholeFile::~WholeFile() {
  if (finished_) return;
  file_.close();
  std::error_code ignored;
  fs::remove(aside_, ignored);
}

std::ostream& WholeFile::stream() {
  errno = 0;
  return file_;
}

void WholeFile::finish() {
  file_.close();
  if (!file_) fail(errno);
  std::error_code error;
  fs::rename(aside_, whole_, error);
  if (error) fail(error.value());
  finished_ = true;
}

void WholeFile::fail(int error_number) const {
  throw InputError(Location{whole_.string(), 0, 0},
                   fmt::format("cannot be written: {}",
                               std::error_code(error_number, std::generic_category()).message()));
}

}  // namespace longhaul::report
