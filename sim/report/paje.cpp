#include "report/paje.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <string_view>
#include <system_error>

#include "diagnostics/diagnostic.hpp"
#include "engine/link_trace.hpp"

namespace longhaul::report {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view begin_of_trace = "#This file was generated using SimGrid";

[[noreturn]] void fail(const fs::path& path, const std::error_code& error) {
  throw InputError(Location{path.string(), 0, 0},
                   fmt::format("cannot be written: {}", error.message()));
}

}  // namespace

void refuse_other_than_paje(const std::string& path) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return;
  std::string begin(begin_of_trace.size(), '\0');
  if (fs::is_regular_file(path, error))
    std::ifstream(path, std::ios::binary)
        .read(begin.data(), static_cast<std::streamsize>(begin.size()));
  if (begin != begin_of_trace)
    throw InputError(Location{path, 0, 0},
                     "is there already and is no trace of SimGrid; give another file with --paje, "
                     "or move it away");
}

PajeFile::PajeFile(const std::string& path) : whole_(path) {
  refuse_other_than_paje(path);
  const auto aside =
      whole_.parent_path() / fmt::format(".{}.{}.unfinished", whole_.filename().string(), getpid());
  std::error_code error;
  fs::create_directory(aside, error);
  if (error) fail(whole_, error);
  folder_ = aside.string();
  file_ = (aside / "simgrid.trace").string();
}

PajeFile::~PajeFile() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void PajeFile::finish() const {
  const auto ordered = fs::path(folder_) / "ordered.trace";
  errno = 0;
  std::ofstream into(ordered, std::ios::binary);
  std::ifstream trace(file_, std::ios::binary);
  std::int64_t n_events = 0;
  if (into && trace) n_events = engine::order_by_time(trace, into);
  into.close();
  std::error_code error(errno, std::generic_category());
  if (n_events > engine::most_link_events)
    throw InputError(Location{whole_.string(), 0, 0},
                     fmt::format("would take more than the {} changes of links that SimGrid can "
                                 "hold; take fewer GPUs (run.gpus) or sequences (run.global_batch)",
                                 engine::most_link_events));
  if (into && trace.eof()) fs::rename(ordered, whole_, error);
  if (!into || !trace.eof() || error) fail(whole_, error);
}

}  // namespace longhaul::report
