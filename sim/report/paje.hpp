// The file of SimGrid's own trace of a step: written aside, renamed when it is whole.
#pragma once

#include <filesystem>
#include <string>

namespace longhaul::report {

/// Throws InputError when there is something at `path` that SimGrid did not write.
void refuse_other_than_paje(const std::string& path);

/// A hidden folder beside the final file for SimGrid to write in; a destructor takes it away.
class PajeFile {
 public:
  /// Throws InputError when `refuse_other_than_paje` does or nothing can be written there.
  explicit PajeFile(const std::string& path);
  ~PajeFile();
  PajeFile(const PajeFile&) = delete;
  PajeFile& operator=(const PajeFile&) = delete;

  /// What SimGrid writes.
  const std::string& file() const { return file_; }
  const std::string& folder() const { return folder_; }
  /// Puts it in place, its events in the order of time. Throws InputError when it cannot,
  /// or when the trace is cut short.
  void finish() const;

 private:
  std::filesystem::path whole_;
  std::string folder_, file_;
};

}  // namespace longhaul::report
