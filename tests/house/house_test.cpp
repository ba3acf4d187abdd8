// The test of the house: what CONTRIBUTING.md says about rooms holds for the tree as it stands.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "house_rules.hpp"

namespace {

namespace fs = std::filesystem;
using longhaul::house::check_includes;
using longhaul::house::check_machine_paths;
using longhaul::house::rooms;
using Findings = std::vector<std::string>;

const fs::path source_root = LONGHAUL_SOURCE_ROOT;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Regular files of ours under the folder, as paths relative to the source root; none where it is
/// absent.
std::vector<std::string> files_under(const std::string& folder) {
  std::vector<std::string> paths;
  if (!fs::exists(source_root / folder)) return paths;
  for (auto at = fs::recursive_directory_iterator(source_root / folder);
       at != fs::recursive_directory_iterator(); ++at) {
    if (at->path().filename() == "node_modules") at.disable_recursion_pending();
    if (at->is_regular_file())
      paths.push_back(at->path().lexically_relative(source_root).generic_string());
  }
  return paths;
}

bool is_source(const std::string& path) { return path.ends_with(".hpp") || path.ends_with(".cpp"); }

void check_none(const Findings& findings) {
  for (const auto& finding : findings) FAIL_CHECK(finding);
}

}  // namespace

TEST_CASE("a room may include itself, lower rooms and the standard library") {
  CHECK(check_includes("sim/fabric/graph.cpp",
                       "#include \"fabric/graph.hpp\"\n\n#include <vector>\n"
                       "#include \"hardware/chip.hpp\"\n#include \"units/quantity.hpp\"\n")
            .empty());
}

TEST_CASE("a room that includes a higher one is found, with file and line") {
  CHECK(check_includes("sim/fabric/graph.hpp", "#pragma once\n\n#include \"engine/zone.hpp\"\n") ==
        Findings{"sim/fabric/graph.hpp:3: sim/fabric/ includes \"engine/zone.hpp\" of the higher "
                 "room sim/engine/; dependencies run downwards only"});
}

TEST_CASE("every room is kept from including every higher room and from no other") {
  for (std::size_t from = 0; from < rooms().size(); ++from)
    for (std::size_t to = 0; to < rooms().size(); ++to) {
      const auto findings = check_includes("sim/" + rooms()[from] + "/sub/a.cpp",
                                           "#include \"" + rooms()[to] + "/b.hpp\"\n");
      CAPTURE(rooms()[from]);
      CAPTURE(rooms()[to]);
      CHECK(findings.size() == (to > from ? 1U : 0U));
    }
}

TEST_CASE("the order of rooms is found through other spellings of an include") {
  CHECK(check_includes("sim/units/a.cpp", "#include <cli/run.hpp>").size() == 1);
  CHECK(check_includes("sim/units/a.cpp", "  #  include\"cli/run.hpp\"  // why\r\n").size() == 1);
  CHECK(check_includes("sim/units/a.cpp", "#include \"../cli/run.hpp\"").size() == 1);
  CHECK(check_includes("sim/units/a.cpp", "#include \"units/../cli/run.hpp\"").size() == 1);
  CHECK(check_includes("sim/units/a.cpp", "// #include \"cli/run.hpp\"").empty());
}

TEST_CASE("main.cpp is above every room") {
  CHECK(check_includes("sim/main.cpp", "#include \"cli/cli.hpp\"\n").empty());
  CHECK(check_includes("sim/main.cpp", "#include <CLI/CLI.hpp>\n").size() == 1);
}

TEST_CASE("a third party outside its room is found") {
  struct Case {
    std::string header;
    Findings allowed;
  };
  const std::vector<Case> cases = {
      {"simgrid/s4u.hpp", {"engine"}},
      {"xbt/log.h", {"engine"}},
      {"CLI/CLI.hpp", {"cli"}},
      {"toml++/toml.h", {"scenario"}},
      {"nlohmann/json.hpp", {"scheduling", "report"}},
      {"SQLiteCpp/SQLiteCpp.h", {"formulas", "experiment"}},
      {"boost/graph/adjacency_list.hpp", {"fabric"}},
      {"boost/units/quantity.hpp", {"units"}},
      {"boost/random/mersenne_twister.hpp", {"random"}},
      {"boost/random.hpp", {"random"}},
      {"csv.h", {"training", "scheduling", "scenario", "report"}},
      {"libfccp/csv.h", {"training", "scheduling", "scenario", "report"}},
      {"fast-cpp-csv-parser/csv.h", {"training", "scheduling", "scenario", "report"}},
  };
  for (const auto& one : cases) {
    Findings found;
    for (const auto& room : rooms())
      if (check_includes("sim/" + room + "/a.cpp", "#include <" + one.header + ">\n").empty())
        found.push_back(room);
    CAPTURE(one.header);
    CHECK(found == one.allowed);
  }
  CHECK(check_includes("sim/training/plan.cpp", "\n#include <simgrid/s4u.hpp>\n") ==
        Findings{"sim/training/plan.cpp:2: SimGrid (<simgrid/s4u.hpp>) may be included only in "
                 "sim/engine/"});
}

TEST_CASE("a third party that is dear to compile is found in a header even in its own room") {
  const auto one_finding = [](const std::string& room, const std::string& header) {
    const std::string line = "#include <" + header + ">\n";
    CAPTURE(header);
    CHECK(check_includes("sim/" + room + "/a.hpp", line).size() == 1);
    CHECK(check_includes("sim/" + room + "/a.cpp", line).empty());
  };
  one_finding("engine", "simgrid/s4u.hpp");
  one_finding("engine", "xbt/signal.hpp");
  one_finding("cli", "CLI/App.hpp");
  one_finding("scenario", "toml++/toml.h");
  one_finding("report", "nlohmann/json_fwd.hpp");
  one_finding("scheduling", "nlohmann/json.hpp");
  one_finding("experiment", "SQLiteCpp/Database.h");
  one_finding("experiment", "boost/process.hpp");
  one_finding("experiment", "boost/process/child.hpp");
  one_finding("fabric", "boost/graph/graph_traits.hpp");
  CHECK(check_includes("sim/units/a.hpp", "#include <boost/units/quantity.hpp>\n").empty());
  CHECK(check_includes("sim/random/a.hpp", "#include <boost/random/uniform_01.hpp>\n").empty());
}

TEST_CASE("a path of one machine is found, an address on the web is not") {
  const std::string home = std::string("/") + "home/";
  const std::string work = std::string("/") + "work/";
  CHECK(check_machine_paths("scenarios/a.toml", "x = 1\nfile = \"" + home + "ann/b.csv\"\n") ==
        Findings{"scenarios/a.toml:2: a path of one machine (" + home +
                 "); write it relative to the project"});
  CHECK(check_machine_paths("tests/a.cpp", "open(" + work + "x)").size() == 1);
  CHECK(check_machine_paths("tests/a.cpp", work).size() == 1);
  CHECK(check_machine_paths("tests/a.cpp", "file://" + work + "x").size() == 1);
  CHECK(check_machine_paths("a.md", "https://lab.org" + work + "x " + work + "y").size() == 1);
  CHECK(check_machine_paths("a.md", "https://lab.org" + home + "x and net" + work + "y").empty());
}

TEST_CASE("every source under sim/ keeps the rules of the house") {
  std::size_t n_sources = 0;
  for (const auto& path : files_under("sim")) {
    if (!is_source(path)) continue;
    ++n_sources;
    check_none(check_includes(path, read(source_root / path)));
  }
  CHECK(n_sources > 0);
}

TEST_CASE("every folder under sim/ is a room of the list and has a README.md") {
  for (const auto& entry : fs::directory_iterator(source_root / "sim")) {
    if (!entry.is_directory()) continue;
    const std::string room = entry.path().filename().string();
    const bool listed = std::find(rooms().begin(), rooms().end(), room) != rooms().end();
    CHECK_MESSAGE(listed, "sim/" << room << "/ is in no list of rooms; see CONTRIBUTING.md");
    CHECK_MESSAGE(fs::exists(entry.path() / "README.md"),
                  "sim/" << room << "/README.md is missing");
  }
}

TEST_CASE("CONTRIBUTING.md maps the rooms in their order") {
  const std::string map = read(source_root / "CONTRIBUTING.md");
  std::size_t after = 0;
  for (const auto& room : rooms()) {
    const auto at = map.find("\n| `" + room + "/`", after);
    REQUIRE_MESSAGE(at != std::string::npos, room << "/ has no row, or one out of order");
    after = at;
  }
}

TEST_CASE("no file names a path of one machine") {
  for (const std::string folder : {"sim", "tests", "scenarios", "platforms"})
    for (const auto& path : files_under(folder))
      check_none(check_machine_paths(path, read(source_root / path)));
}
