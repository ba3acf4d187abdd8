#include "report/paje.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <system_error>

#include "diagnostics/diagnostic.hpp"
#include "engine/link_trace.hpp"
#include "report/whole_file.hpp"

namespace longhaul::report {
namespace {

namespace fs = std::filesystem;

constexpr FileKind paje_files{"trace of SimGrid", "#This file was generated using SimGrid",
                              "--paje"};

[[noreturn]] void fail(const fs::path& path, const std::error_code& error) {
  throw InputError(Location{path.string(), 0, 0},
                   fmt::format("cannot be written: {}", error.message()));
}

}  // namespace

PajeFile::PajeFile(const std::string& path) : whole_(path) {
  refuse_other_than(paje_files, path);
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
