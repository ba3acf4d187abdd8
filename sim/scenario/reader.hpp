// Fills a described struct from TOML, and says every mistake with its place.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenario/fields.hpp"
#include "scenario/toml_files.hpp"

namespace longhaul::scenario {

/// Where the values of keys stand in the files.
class Places {
 public:
  void put(std::string path, Location where) { places_[std::move(path)] = std::move(where); }
  /// Of the value of "run.gpus", or of the table it would stand in.
  Location where(std::string_view path) const;
  bool knows(std::string_view path) const { return places_.contains(path); }

 private:
  std::map<std::string, Location, std::less<>> places_;  // "" is the root
};

/// The visit that reads. Cards named by path are loaded through `files`; overrides go before what
/// the files say, inside cards too. A scalar given as a distribution is drawn here, from the
/// stream "scenario/<path>" of `seed`.
class Reader : public Fields {
 public:
  Reader(TomlFiles& files, Diagnostics& diagnostics, std::uint64_t seed);

  /// Reads `config` from a file's root table.
  template <class T>
  void read(const toml::table& root, const std::string& file, T& config, bool with_overrides) {
    open_root(root, file, with_overrides);
    describe(*this, config);
    end();
  }

  const Places& places() const { return places_; }
  Location where(std::string_view path) const { return places_.where(path); }
  /// Whether there is such a key, given or not.
  bool knows(std::string_view path) const { return places_.knows(path); }
  /// Whether no mistake was found in "run.plan", in anything inside it or in what holds it.
  bool sound(std::string_view path) const;

  /// From now on every field right below `path` must be given, whatever its description says.
  void require_all(std::string path) { required_ = std::move(path); }
  /// From now on the root may have other keys than those described.
  void allow_other_keys() { other_keys_ = true; }
  /// From now on this key of the root is not read.
  void pass_over(std::string key) { passed_over_ = std::move(key); }
  /// From now on the field of this path may be left out, whatever its description says.
  void waive(std::string path) { waived_ = std::move(path); }

 protected:
  bool visit(const Field& field) override;
  bool begin(const Group& group) override;
  void end() override;
  std::size_t begin_list(const Group& group, std::size_t n_items) override;
  void begin_item(std::size_t index) override;
  void end_list() override;

 private:
  struct Open {
    const toml::table* table = nullptr;    ///< null where the files have no such table
    std::vector<const toml::table*> over;  ///< overrides inside it, the last goes first
    std::string path;                      ///< "run.plan", empty for the root
    Location where;
    std::vector<std::string_view> known;  ///< keys described so far
  };
  struct Found {
    const toml::node* node = nullptr;
    Location where;
  };

  void open_root(const toml::table& root, const std::string& file, bool with_overrides);
  std::string full(std::string_view key) const;
  Found find(std::string_view key);
  /// Reports a mistake in the value of `path`.
  void error(std::string path, const Location& where, std::string what);
  void unknown_keys(const toml::table& table, const Open& open);

  bool read_number(const Field& field, const Found& found, double& value,
                   const Dimension& dimension);
  void read_integer(const Field& field, const Found& found, std::int64_t& value);
  void read_integers(const Field& field, const Found& found, std::vector<std::int64_t>& values);
  void read_path(const Field& field, const Found& found, std::string& value);
  void read_word(const Field& field, const Found& found, const WordRef& ref);
  void read_words(const Field& field, const Found& found, const WordListRef& ref);
  void read_word_or_number(const Field& field, const Found& found, const WordOrNumberRef& ref);
  bool read_distribution(const Field& field, const Found& found, const Dimension& dimension,
                         random::Distribution& distribution);
  bool parse_scalar(const toml::node& node, const std::string& name, const Dimension& dimension,
                    double& value);
  bool check_range(const Field& field, const Found& found, double value,
                   const Dimension& dimension);

  TomlFiles& files_;
  Diagnostics& diagnostics_;
  std::uint64_t seed_;
  std::vector<Open> open_;
  std::string required_;  // path of a table all of whose fields must be given; empty: none
  bool other_keys_ = false;
  std::string passed_over_;  // a key of the root; empty: none
  std::string waived_;       // path of a required field that may be left out; empty: none
  std::vector<const toml::array*> lists_;  // those open, null for one that cannot be read
  Places places_;
  std::set<std::string, std::less<>> faulty_;
};

}  // namespace longhaul::scenario
