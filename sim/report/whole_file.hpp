// A single file of results: written aside, renamed when it is whole.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <string_view>

namespace longhaul::report {

/// What may be replaced: files of Longhaul of one kind, known by how they begin.
struct FileKind {
  std::string_view name;    ///< "trace"
  std::string_view begin;   ///< every file of the kind begins so
  std::string_view option;  ///< that names another file: "--trace"
};

/// Throws InputError when there is something at `path` that is not of this kind.
void refuse_other_than(const FileKind& kind, const std::string& path);

/// Writes aside, then renames. Throws InputError, and leaves nothing behind, when it cannot or when
/// `refuse_other_than` does.
void write_whole_file(const FileKind& kind, const std::string& path,
                      const std::function<void(std::ostream&)>& write);

}  // namespace longhaul::report
