// TOML files with `include`, `--set` overrides, and the place of everything in them.
#pragma once

#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics/diagnostic.hpp"

namespace toml {
inline namespace v3 {
class node;
class array;
class table;
class key;
}  // namespace v3
}  // namespace toml

namespace longhaul::scenario {

/// Where a value or key stands. Overrides have no line: their file reads "--set key=value".
Location location_of(const toml::node& node);
Location location_of(const toml::key& key);

/// A value as the user wrote it, for messages; long ones are cut.
std::string shown(const toml::node& node);

/// A text as a TOML string, quotes and all.
std::string toml_text(const std::string& text);

/// Reads files and keeps them; tables stay where they are for the life of the object. Mistakes go
/// to the diagnostics. Files over 16 MiB, more than 1,000 files and keys of more than 32 parts are
/// refused.
class TomlFiles {
 public:
  explicit TomlFiles(Diagnostics& diagnostics);
  ~TomlFiles();

  /// The file with its `include`s below it, or null when it cannot be read. `asked_at` is where a
  /// missing file is reported; without a file in it the path itself is.
  const toml::table* load(const std::filesystem::path& path, const Location& asked_at = {});

  /// A file with nothing in it, for scenarios that are all overrides.
  const toml::table* nothing();

  /// "key.path=value" as a table of overrides. A value that is no TOML is taken as a string.
  void set(const std::string& assignment);
  /// One table an assignment; later ones go before earlier ones.
  const std::vector<const toml::table*>& overrides() const { return overrides_; }

  /// Every file read, in the order of reading.
  const std::vector<std::string>& files() const { return files_; }

 private:
  bool load_into(toml::table& table, const std::filesystem::path& path, const Location& asked_at);
  void include(toml::table& table, const std::filesystem::path& path);

  Diagnostics& diagnostics_;
  std::deque<toml::table> tables_;
  std::vector<const toml::table*> overrides_;
  std::vector<std::string> files_;
  std::vector<std::filesystem::path> loading_;  // from the first file down to the present one
};

/// A path that begins so lies in the folder of public traces that the environment variable
/// LONGHAUL_TRACES names: data that is not the project's.
inline constexpr std::string_view traces_prefix = "$LONGHAUL_TRACES/";
/// Where such a path lies, any other as it is; empty where the variable names no folder.
std::string in_traces(const std::string& path);

/// `relative` as seen from the file that names it; a path into the traces stays as it is.
std::filesystem::path beside(const std::string& file, const std::string& relative);

}  // namespace longhaul::scenario
