// A user's mistake: where it is, what is wrong, what would be right.
//
// Mistakes are collected and reported together, one `file:line:col: error: ...` a line. Broken
// invariants of our own are another matter: those are std::logic_error or assertions.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace longhaul {

/// A place in the input; line and column count from 1, 0 where there is none (a missing file).
struct Location {
  std::string file;
  int line = 0;
  int column = 0;
};

struct Diagnostic {
  Location where;
  std::string what;  ///< what is wrong and what would be right, no full stop
};

/// `file:line:col: error: what`
std::string to_string(const Diagnostic& diagnostic);

/// What is thrown when input cannot be used; carries every mistake found.
class InputError : public std::runtime_error {
 public:
  explicit InputError(std::vector<Diagnostic> diagnostics);
  InputError(Location where, std::string what);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// Collects mistakes until the caller has seen all of a file.
class Diagnostics {
 public:
  void error(Location where, std::string what);
  bool empty() const { return diagnostics_.empty(); }
  const std::vector<Diagnostic>& all() const { return diagnostics_; }
  /// Throws InputError with all mistakes, in the order of file, line and column, if there are any.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// The candidate closest to `word` by edit distance, or an empty view when none is close enough to
/// be what was meant (more than a third of the word's letters differ, at least one is allowed; two
/// neighbours swapped count as one).
std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace longhaul
