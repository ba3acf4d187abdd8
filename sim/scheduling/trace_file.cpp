#include "scheduling/trace_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>

#include "scheduling/readers/formats.hpp"
#include "scheduling/trace_draft.hpp"

namespace longhaul::scheduling {

namespace {

/// A function, as the formats are constants of other files.
std::array<const Format*, 7> formats() {
  return {&swf_format,   &batsim_format,   &philly_format,  &kalos_format,
          &gavel_format, &tiresias_format, &longhaul_format};
}

std::string names_of_formats() {
  std::string names;
  for (const auto& format : trace_formats())
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  return names;
}

std::string beginning_of(const std::string& path) {
  std::string text(std::size_t{1} << 16, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return text;
}

std::string_view first_line_of(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    const auto first = line.find_first_not_of(" \t\r");
    if (first != std::string_view::npos && line[first] != '#') return line.substr(first);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

const Format* find_by_name(std::string_view name) {
  for (const Format* format : formats())
    if (format->name.name == name) return format;
  return nullptr;
}

const Format* find_by_head(const std::string& path, std::string_view text) {
  std::string extension = std::filesystem::path(path).extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const TraceHead head{extension, first_line_of(text)};
  for (const Format* format : formats())
    if (format->recognises(head)) return format;
  return nullptr;
}

/// Empty, with a failure, where none will do.
const Format* format_of(TraceDraft& draft) {
  const std::string& wanted = draft.options().format;
  if (!wanted.empty()) {
    const Format* named = find_by_name(wanted);
    if (named != nullptr) return named;
    std::vector<std::string_view> names;
    for (const auto& format : trace_formats()) names.push_back(format.name);
    const auto meant = closest(wanted, names);
    draft.fail(0, fmt::format("there is no trace format '{}'{}; there are {}", shown(wanted),
                              meant.empty() ? "" : fmt::format(", did you mean '{}'?", meant),
                              names_of_formats()));
    return nullptr;
  }
  const std::string text = beginning_of(draft.path());
  if (text.starts_with("\x1f\x8b")) {
    draft.fail(0, "it is compressed; unpack it with gunzip first");
    return nullptr;
  }
  if (first_line_of(text).empty()) {
    draft.fail(0, "there is no job in it");
    return nullptr;
  }
  const Format* format = find_by_head(draft.path(), text);
  if (format == nullptr)
    draft.fail(1,
               fmt::format("this is the first line of no trace format that is known; there are {}",
                           names_of_formats()));
  return format;
}

}  // namespace

std::vector<TraceFormat> trace_formats() {
  std::vector<TraceFormat> names;
  for (const Format* format : formats()) names.push_back(format->name);
  return names;
}

Trace read_trace(const std::string& path, const TraceOptions& options, Diagnostics& diagnostics,
                 std::vector<Diagnostic>* skipped) {
  TraceDraft draft(path, options);
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    draft.fail(0, "there is no such file");
  else if (!std::ifstream(path).is_open())
    draft.fail(0, "it cannot be opened");
  else if (const Format* format = format_of(draft))
    format->read(draft);
  return draft.finish(diagnostics, skipped);
}

}  // namespace longhaul::scheduling
