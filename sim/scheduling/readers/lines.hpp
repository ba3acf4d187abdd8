// Lines and rows of text files, through fast-cpp-csv-parser. For .cpp files of this folder.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#define CSV_IO_NO_THREAD  // one thread is enough, and forks stay simple
#include <libfccp/csv.h>

#include "scheduling/trace_draft.hpp"

namespace longhaul::scheduling {

/// A file whose last line ends, and without bytes 0: the parser trips over either.
class TextBytes : public io::ByteSourceBase {
 public:
  explicit TextBytes(const std::string& path) : file_(std::fopen(path.c_str(), "rb")) {}
  ~TextBytes() override {
    if (file_ != nullptr) std::fclose(file_);
  }
  TextBytes(const TextBytes&) = delete;
  TextBytes& operator=(const TextBytes&) = delete;

  int read(char* buffer, int size) override {
    if (file_ == nullptr || ended_) return 0;
    auto n = static_cast<int>(std::fread(buffer, 1, static_cast<std::size_t>(size), file_));
    std::replace(buffer, buffer + n, '\0', '\1');
    if (n > 0) last_ = buffer[n - 1];
    if (n < size) {
      ended_ = true;
      if (last_ != '\n') buffer[n++] = '\n';
    }
    return n;
  }

 private:
  std::FILE* file_;
  bool ended_ = false;
  char last_ = '\n';
};

inline std::unique_ptr<io::ByteSourceBase> text_bytes(const TraceDraft& draft) {
  return std::make_unique<TextBytes>(draft.path());
}

template <unsigned n_columns>
using Csv = io::CSVReader<n_columns, io::trim_chars<' ', '\t'>, io::double_quote_escape<',', '"'>,
                          io::throw_on_overflow, io::single_and_empty_line_comment<'#'>>;

/// Calls `next` until it says that the file is at its end; `line` says where it stands. A BadLine,
/// or a row that the parser refuses, is that line's alone.
template <class Next, class Line>
void for_each_line(TraceDraft& draft, Next next, Line line) {
  for (;;) {
    const auto number = [&] { return static_cast<int>(std::max(1U, line())); };
    try {
      if (!next()) return;
    } catch (const BadLine& bad) {
      draft.bad_line(number(), bad.what());
    } catch (const io::error::line_length_limit_exceeded&) {
      draft.fail(number(), "this line is longer than 16 MiB");
      return;
    } catch (const io::error::base& bad) {
      // What it says names file and line itself, which the place says already.
      std::string what = bad.what();
      draft.bad_line(number(), shown(what.substr(0, what.find(" in line "))));
    }
  }
}

/// Whether the first line of a CSV file has all these columns.
inline bool has_columns(std::string_view first_line,
                        std::initializer_list<std::string_view> wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](std::string_view column) {
    for (auto rest = first_line;;) {
      const auto comma = rest.find(',');
      auto name = rest.substr(0, comma);
      name.remove_prefix(std::min(name.find_first_not_of(" \t\""), name.size()));
      name.remove_suffix(name.size() - (name.find_last_not_of(" \t\r\"") + 1));
      if (name == column) return true;
      if (comma == std::string_view::npos) return false;
      rest.remove_prefix(comma + 1);
    }
  });
}

/// Reads the header of a CSV file that has these columns, in any order, and maybe others; says so
/// and returns false where it lacks one.
template <unsigned n_columns, class... Columns>
bool read_header(TraceDraft& draft, Csv<n_columns>& csv, Columns... columns) {
  try {
    csv.read_header(io::ignore_extra_column | io::ignore_missing_column, columns...);
  } catch (const io::error::base& bad) {
    std::string what = bad.what();
    draft.fail(static_cast<int>(std::max(1U, csv.get_file_line())),
               shown(what.substr(0, what.find(" in file "))));
    return false;
  }
  bool all = true;
  for (const char* column : {columns...})
    if (!csv.has_column(column)) {
      draft.fail(static_cast<int>(csv.get_file_line()), fmt::format("missing column '{}'", column));
      all = false;
    }
  return all;
}

}  // namespace longhaul::scheduling
