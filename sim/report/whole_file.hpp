// A single file of results: written aside, renamed when it is whole.
#pragma once

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <string_view>

namespace longhaul::report {

/// What may be replaced: files of one kind, known by how they begin.
struct FileKind {
  std::string_view name;    ///< "trace of longhaul"
  std::string_view begin;   ///< every file of the kind begins so
  std::string_view option;  ///< that names another file: "--trace"
};

/// Throws InputError when there is something at `path` that is not of this kind.
void refuse_other_than(const FileKind& kind, const std::string& path);

/// A file written aside; finish() puts it in place, a destructor without it takes it away.
class WholeFile {
 public:
  /// Throws InputError when `refuse_other_than` does or nothing can be written there.
  WholeFile(const FileKind& kind, const std::string& path);
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  std::ostream& stream();
  /// Throws InputError when not all could be written.
  void finish();

 private:
  [[noreturn]] void fail(int error_number) const;

  std::filesystem::path whole_;
  std::filesystem::path aside_;
  std::ofstream file_;
  bool finished_ = false;
};

}  // namespace longhaul::report
