// Files of a result, read back: what pages of runs and of years share. For .cpp files alone, as it
// includes the CSV reader.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#define CSV_IO_NO_THREAD  // one thread is enough
#include <libfccp/csv.h>

#include "diagnostics/diagnostic.hpp"
#include "report/provenance.hpp"
#include "units/calendar.hpp"

namespace longhaul::report {

/// What helps against a file that is not as it was written.
inline constexpr const char* run_it_again = "run the scenario again";

/// "file:line:col: error: what; run the scenario again".
[[noreturn]] void refuse(const Location& where, const std::string& what);

/// Throws InputError when there is no such file.
std::string text_of_file(const std::filesystem::path& path);

/// Line and column of a byte of `text`, counted from 1.
Location place_in(const std::filesystem::path& path, const std::string& text, std::size_t byte);

/// Calls `use` with a file's JSON, of a type of nlohmann's; what is missing in it is a mistake of
/// the file. Throws InputError.
template <class Json, class Use>
void read_json(const std::filesystem::path& path, Use use) {
  const auto text = text_of_file(path);
  try {
    use(Json::parse(text));
  } catch (const typename Json::parse_error& problem) {
    refuse(place_in(path, text, problem.byte),
           fmt::format("is not what `longhaul run` writes ({})", problem.what()));
  } catch (const typename Json::exception& problem) {
    refuse({path.string(), 0, 0},
           fmt::format("is not what `longhaul run` writes ({})", problem.what()));
  }
}

/// provenance.json. Throws InputError.
Provenance read_provenance(const std::filesystem::path& path);

/// resolved.toml as it is, and by its keys, without quotes.
struct ResolvedScenario {
  std::string text;
  std::map<std::string, std::string> values;  ///< "cluster.platform.name"
  Date start;
};
/// Throws InputError, also where it has no date to start at.
ResolvedScenario read_resolved(const std::filesystem::path& path);

/// The title, or where it is empty the name of the folder.
std::string title_of(const std::string& title, const std::filesystem::path& folder);

/// A number of a table; throws InputError for another text, and what is not finite.
template <class Number>
Number number(const std::string& text, const Location& where, const char* column) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() ||
      !std::isfinite(static_cast<double>(value)))
    refuse(where, fmt::format("{} = '{}', but a number is wanted", column, text));
  return value;
}

/// Calls `row` with the values of these columns and where they stand. Throws InputError.
template <class... Columns, class Row>
void read_csv(const std::filesystem::path& path, Row row, Columns... columns) {
  if (!text_of_file(path).ends_with('\n'))
    refuse({path.string(), 1, 1}, "ends within a line, or is empty");
  try {
    io::CSVReader<sizeof...(Columns), io::trim_chars<>, io::double_quote_escape<',', '"'>> csv(
        path.string());
    csv.read_header(io::ignore_extra_column, columns...);
    std::array<std::string, sizeof...(Columns)> values;
    const auto next = [&]<std::size_t... i>(std::index_sequence<i...>) {
      return csv.read_row(values[i]...);
    };
    while (next(std::index_sequence_for<Columns...>{}))
      row(values, Location{path.string(), static_cast<int>(csv.get_file_line()), 1});
  } catch (const io::error::base& problem) {
    const auto* line = dynamic_cast<const io::error::with_file_line*>(&problem);
    refuse({path.string(), line != nullptr ? std::max(1, line->file_line) : 1, 1},
           "is not what `longhaul run` writes");
  }
}

}  // namespace longhaul::report
