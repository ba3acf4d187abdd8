#include "house_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <optional>

namespace longhaul::house {
namespace {

using Findings = std::vector<std::string>;

struct ThirdParty {
  std::string name;
  std::vector<std::string> headers;  // a prefix that ends in '/', or the header itself
  std::vector<std::string> rooms;    // where it may be included; empty: anywhere
  bool kept_out_of_headers_of_ours = false;
};

const std::vector<ThirdParty>& third_parties() {
  static const std::vector<ThirdParty> parties = {
      {"SimGrid", {"simgrid/", "xbt/"}, {"engine"}, true},
      {"CLI11", {"CLI/"}, {"cli"}, true},
      {"toml++", {"toml++/", "toml.hpp"}, {"scenario"}, true},
      {"nlohmann-json", {"nlohmann/"}, {"scheduling", "report"}, true},
      {"SQLiteCpp", {"SQLiteCpp/", "sqlite3.h"}, {"formulas", "experiment"}, true},
      {"GLPK", {"glpk.h"}, {"scheduling"}, true},
      {"Boost.Graph", {"boost/graph/"}, {"fabric"}, true},
      {"Boost.Process", {"boost/process/", "boost/process.hpp"}, {}, true},
      {"Boost.Units", {"boost/units/"}, {"units"}, false},
      {"Boost.Random", {"boost/random/", "boost/random.hpp"}, {"random"}, false},
      {"fast-cpp-csv-parser",
       {"csv.h", "libfccp/", "fast-cpp-csv-parser/"},
       {"scenario", "training", "scheduling", "report"},
       false},
  };
  return parties;
}

bool contains(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::ptrdiff_t floor_of(std::string_view room) {
  return std::find(rooms().begin(), rooms().end(), room) - rooms().begin();
}

/// "sim/fabric/topologies/clos.cpp" -> "fabric"; a file right under sim/ (main.cpp) has no room.
std::string room_of(std::string_view path) {
  path.remove_prefix(std::string_view("sim/").size());
  const auto slash = path.find('/');
  return std::string(slash == std::string_view::npos ? std::string_view() : path.substr(0, slash));
}

bool belongs_to(const ThirdParty& party, std::string_view header) {
  return std::any_of(party.headers.begin(), party.headers.end(), [&](const std::string& known) {
    return known.ends_with('/') ? header.starts_with(known) : header == known;
  });
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "sim/" : ", sim/") + word + "/";
  return text;
}

template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    visit(number, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool skip(std::string_view& text, std::string_view word) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

/// What an include directive names, in quotes or angle brackets.
std::optional<std::string> included_header(std::string_view line) {
  if (!skip(line, "#") || !skip(line, "include")) return std::nullopt;
  if (!skip(line, "<") && !skip(line, "\"")) return std::nullopt;
  const auto end = line.find_first_of(">\"");
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(line.substr(0, end));
}

void check_room_order(const std::string& room, const std::string& header, const std::string& at,
                      Findings& findings) {
  if (header.starts_with("../") || header.find("/../") != std::string::npos) {
    findings.push_back(at + "\"" + header + "\" climbs out of its folder; start at the room");
    return;
  }
  const auto slash = header.find('/');
  if (room.empty() || slash == std::string::npos) return;
  const std::string included_room = header.substr(0, slash);
  if (contains(rooms(), included_room) && floor_of(included_room) > floor_of(room))
    findings.push_back(at + "sim/" + room + "/ includes \"" + header +
                       "\" of the higher room sim/" + included_room +
                       "/; dependencies run downwards only");
}

void check_third_parties(const std::string& path, const std::string& room,
                         const std::string& header, const std::string& at, Findings& findings) {
  for (const auto& party : third_parties()) {
    if (!belongs_to(party, header)) continue;
    if (!party.rooms.empty() && !contains(party.rooms, room))
      findings.push_back(at + party.name + " (<" + header + ">) may be included only in " +
                         join(party.rooms));
    if (party.kept_out_of_headers_of_ours && path.ends_with(".hpp"))
      findings.push_back(at + party.name + " (<" + header +
                         ">) is dear to compile; include it in a .cpp, not in a header of ours");
  }
}

}  // namespace

const std::vector<std::string>& rooms() {
  static const std::vector<std::string> lowest_first = {
      "diagnostics", "units",    "random",     "formulas",   "hardware", "fabric",
      "collectives", "training", "operations", "scheduling", "world",    "lab",
      "engine",      "scenario", "experiment", "report",     "cli"};
  return lowest_first;
}

std::vector<std::string> check_includes(const std::string& path, std::string_view text) {
  Findings findings;
  const std::string room = room_of(path);
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    const auto header = included_header(line);
    if (!header) return;
    const std::string at = path + ":" + std::to_string(number) + ": ";
    check_room_order(room, *header, at, findings);
    check_third_parties(path, room, *header, at, findings);
  });
  return findings;
}

std::vector<std::string> check_machine_paths(const std::string& path, std::string_view text) {
  // Split, so that this file passes its own rule.
  static const std::array<std::string, 4> roots = {
      "/"
      "home/",
      "/"
      "work/",
      "/"
      "root/",
      "/"
      "Users/"};
  Findings findings;
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    for (const auto& root : roots) {
      for (auto at = line.find(root); at != std::string_view::npos; at = line.find(root, at + 1)) {
        // "docs.org/work/x" and "net/home/x" go on from a name: they are no absolute paths.
        const char before = at == 0 ? ' ' : line[at - 1];
        const bool goes_on = std::isalnum(static_cast<unsigned char>(before)) != 0 ||
                             std::string_view("._-)}").find(before) != std::string_view::npos;
        if (goes_on) continue;
        findings.push_back(path + ":" + std::to_string(number) + ": a path of one machine (" +
                           root + "); write it relative to the project");
        break;
      }
    }
  });
  return findings;
}

}  // namespace longhaul::house
