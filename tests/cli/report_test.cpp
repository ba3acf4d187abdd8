// longhaul report as a user meets it.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "desk.hpp"

namespace longhaul::cli {
namespace {

namespace fs = std::filesystem;
using scenario::text_of;

struct ReportDesk : Desk {
  ReportDesk() { REQUIRE((*this)({"run", "scenario.toml", "--out", "r"}).status == 0); }
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST_CASE("a report goes into the folder of its result or where --out says, the same bytes") {
  const ReportDesk desk;
  const auto outcome = desk({"report", "r"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out == "r/report.html\n");
  CHECK(desk({"report", "r/", "--out", "mine.html"}).status == 0);
  const auto html = text_of(desk / "mine.html");
  CHECK(html == text_of(desk / "r/report.html"));
  CHECK(html.find("<h1>a small run</h1>") != std::string::npos);
  const auto summary = nlohmann::json::parse(text_of(desk / "r/summary.json"));
  const auto stops = summary["interruptions"]["total"].get<std::size_t>();
  REQUIRE(stops > 0);
  const auto table =
      html.substr(html.find("<tbody>"), html.find("</tbody>") - html.find("<tbody>"));
  CHECK(count(table, "<tr>") == stops);
  CHECK(desk({"report", "r"}).status == 0);  // replaces its own
  CHECK(all_files(desk / "r").size() == 6);
  CHECK(desk({"compare", "r", "r"}).status == 0);
}

TEST_CASE("what a scenario lists for after the end of its run is said with the run") {
  const Desk desk;
  const auto outcome = desk({"run", "scenario.toml", "--out", "r"});
  REQUIRE(outcome.status == 0);
  CHECK(outcome.out.find("too late") == std::string::npos);
  CHECK(text_of(desk / "r/summary.json").find("not_reached") == std::string::npos);
  const auto late = desk({"run", "scenario.toml", "--out", "r", "--set",
                          "cluster.arrival=[{at=\"1 day\",nodes=1},{at=\"10 days\",nodes=1}]",
                          "--set", "failures.replay=\"replay.csv\""});
  CAPTURE(late.err);
  REQUIRE(late.status == 0);
  const std::string line = "1 of 2 arrivals, on or after the end";
  CHECK(late.out.find("too late   " + line + "\n") != std::string::npos);
  const auto summary = nlohmann::json::parse(text_of(desk / "r/summary.json"));
  CHECK(summary["not_reached"] == nlohmann::json{"1 of 2 arrivals"});
  REQUIRE(desk({"report", "r"}).status == 0);
  CHECK(text_of(desk / "r/report.html").find(line) != std::string::npos);
}

TEST_CASE("a cause may have any name") {
  const Desk desk;
  const auto card = text_of(desk / "cards/failures.toml");
  desk.files.write("cards/failures.toml",
                   std::string(card).replace(card.find("\"software\""), 10, R"('a, "b"</td><b>')"));
  REQUIRE(desk({"run", "scenario.toml", "--out", "r"}).status == 0);
  CHECK(text_of(desk / "r/events.csv").find(R"(,interruption,"a, ""b""</td><b>",)") !=
        std::string::npos);
  const auto outcome = desk({"report", "r"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(text_of(desk / "r/report.html").find("<td>a, &quot;b&quot;&lt;/td&gt;&lt;b&gt;</td>") !=
        std::string::npos);
}

TEST_CASE("a report replaces nothing but a report") {
  const ReportDesk desk;
  desk.files.write("thesis.html", "<!DOCTYPE html>\n<html>\n<head>\n<p>ten years of work</p>");
  fs::create_directory(desk / "folder");
  fs::create_symlink(desk / "nowhere", desk / "dangling");
  const auto before = all_files(desk.files.folder());
  for (const char* file : {"thesis.html", "folder", "dangling", "r/summary.json"}) {
    CAPTURE(file);
    const auto outcome = desk({"report", "r", "--out", file});
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("is there already and is no report of longhaul; give another file with "
                           "--out, or move it away") != std::string::npos);
  }
  for (const char* file : {"", "none/a.html", "/proc/a.html"}) {
    CAPTURE(file);
    CHECK(desk({"report", "r", "--out", file}).status == 2);
  }
  CHECK(all_files(desk.files.folder()) == before);
}

TEST_CASE("what is no whole result is refused, and nothing is written") {
  const ReportDesk desk;
  CHECK(desk({"report", "none"}).err ==
        "none: error: is no result of longhaul; name a folder that `longhaul run` wrote\n"
        "1 error; nothing was written\n");
  CHECK(desk({"report", "cards"}).status == 2);
  CHECK(desk({"report", "scenario.toml"}).status == 2);
  for (const char* name :
       {"summary.json", "events.csv", "timeline.csv", "resolved.toml", "provenance.json"}) {
    CAPTURE(name);
    const auto path = desk / (std::string("r/") + name);
    const auto whole = text_of(path);
    fs::remove(path);
    const auto missing = desk({"report", "r"});
    CHECK(missing.status == 2);
    fs::create_directory(path);
    CHECK(desk({"report", "r"}).status == 2);
    fs::remove(path);
    for (const std::string& text :
         {std::string(), std::string("[1]"), whole.substr(0, whole.size() / 2) + "\n,x",
          "=" + whole,
          std::string("time_s,event,cause,node,step,steps,energy_j\n1,interruption,x,y,z,z,z\n")}) {
      desk.files.write(std::string("r/") + name, text);
      const auto outcome = desk({"report", "r"});
      CAPTURE(text.substr(0, 80));
      CAPTURE(outcome.err);
      CHECK(outcome.status == 2);
      CHECK(outcome.err.find("our fault") == std::string::npos);
      CHECK_FALSE(fs::exists(desk / "r/report.html"));
    }
    desk.files.write(std::string("r/") + name, whole);
  }
  CHECK(desk({"report", "r"}).status == 0);
}

/// A lab that trains two runs of half a year.
struct YearsReportDesk : Desk {
  YearsReportDesk() {
    files.write("years.toml",
                "title = \"a year\"\nstart = 2024-01-01\nduration = \"1 year\"\n"
                "[lab]\nname = \"A\"\nstrategy = \"fixed-length\"\nlength = \"6 months\"\n"
                "[world]\nscaling = \"hoffmann-2022\"\n[world.algorithms]\ngrowth = 3\n"
                "[world.trend]\nchips = 16384\nflops = \"1 PFLOP/s\"\nutilisation = 0.4\n");
    REQUIRE((*this)({"run", "years.toml", "--out", "y"}).status == 0);
  }
};

TEST_CASE("a report of years goes into their folder, with a row a run") {
  const YearsReportDesk desk;
  const auto outcome = desk({"report", "y"});
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "y/report.html\n");
  const auto html = text_of(desk / "y/report.html");
  CHECK(html.find("<h1>a year</h1>") != std::string::npos);
  CHECK(html.find("2 runs, by their ends") != std::string::npos);
  CHECK(desk({"report", "y", "--out", "mine.html"}).status == 0);
  CHECK(text_of(desk / "mine.html") == html);
  CHECK(desk({"report", "y", "--metric", "runs"}).status == 2);
  REQUIRE(desk({"run", "years.toml", "--out", "z", "--set", "output.years=0 s"}).status == 0);
  CHECK(desk({"report", "z"}).status == 0);
}

TEST_CASE("what is no whole result of years is refused, and nothing is written") {
  const YearsReportDesk desk;
  for (const char* name :
       {"summary.json", "runs.csv", "years.csv", "resolved.toml", "provenance.json"}) {
    CAPTURE(name);
    const auto file = std::string("y/") + name;
    const auto whole = text_of(desk / file);
    fs::remove(desk / file);
    CHECK(desk({"report", "y"}).status == 2);
    for (const std::string& text :
         {std::string(), std::string("[1]\n"), whole.substr(0, whole.size() / 2), "=" + whole}) {
      desk.files.write(file, text);
      const auto outcome = desk({"report", "y"});
      CAPTURE(text.substr(0, 80));
      CAPTURE(outcome.err);
      CHECK(outcome.status == 2);
      CHECK(outcome.err.find(file == "y/provenance.json" ? "y" : file) == 0);
      CHECK(outcome.err.find("our fault") == std::string::npos);
      CHECK_FALSE(fs::exists(desk / "y/report.html"));
    }
    desk.files.write(file, whole);
  }
  CHECK(desk({"report", "y"}).status == 0);
}

/// A small run at two intervals, twice.
struct SweepReportDesk : Desk {
  SweepReportDesk() {
    REQUIRE((*this)({"sweep", "scenario.toml", "--sweep", "run.checkpoint.interval=1 h,2 h",
                     "--repeats", "2", "--out", "s.sqlite"})
                .status == 0);
  }
};

TEST_CASE("a report of a sweep goes beside its store or where --out says, the same bytes") {
  const SweepReportDesk desk;
  const auto outcome = desk({"report", "s.sqlite"});
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "s.html\n");
  CHECK(desk({"report", "s.sqlite", "--out", "mine.html"}).status == 0);
  const auto html = text_of(desk / "s.html");
  CHECK(html == text_of(desk / "mine.html"));
  CHECK(html.find("<h1>a small run</h1>") != std::string::npos);
  CHECK(html.find("<h3>ettr by interval</h3>") != std::string::npos);
  CHECK(desk({"report", "s.sqlite"}).status == 0);  // replaces its own
  fs::copy_file(desk / "s.sqlite", desk / "store");
  CHECK(desk({"report", "store"}).out == "store.html\n");
}

TEST_CASE("--metric draws others of a sweep, and is refused where there is none or no sweep") {
  const SweepReportDesk desk;
  REQUIRE(desk({"report", "s.sqlite", "--metric", "checkpoints", "--metric", "lost_s.checkpoint"})
              .status == 0);
  const auto html = text_of(desk / "s.html");
  CHECK(html.find("<h3>checkpoints by interval</h3>") != std::string::npos);
  CHECK(html.find("<dt>Lowest lost_s.checkpoint</dt>") != std::string::npos);
  CHECK(html.find("<h3>ettr by interval</h3>") == std::string::npos);
  fs::remove(desk / "s.html");
  const auto unknown = desk({"report", "s.sqlite", "--metric", "etr"});
  CHECK(unknown.status == 2);
  CHECK(unknown.err.find("s.sqlite: error: has no metric 'etr'; did you mean 'ettr'?") !=
        std::string::npos);
  REQUIRE(desk({"run", "scenario.toml", "--out", "r"}).status == 0);
  const auto folder = desk({"report", "r", "--metric", "ettr"});
  CHECK(folder.status == 2);
  CHECK(folder.err.find("--metric: error: goes with the store of a sweep only") !=
        std::string::npos);
  CHECK_FALSE(fs::exists(desk / "s.html"));
  CHECK_FALSE(fs::exists(desk / "r/report.html"));
}

TEST_CASE("a file that is no store is refused, and a page of another hand stays") {
  const SweepReportDesk desk;
  desk.files.write("notes.txt", "ten years of work");
  desk.files.write("empty.sqlite", "");
  const auto whole = text_of(desk / "s.sqlite");
  desk.files.write("cut.sqlite", whole.substr(0, whole.size() / 2));
  const auto before = all_files(desk.files.folder());
  const auto foreign = desk({"report", "notes.txt"});
  CHECK(foreign.status == 2);
  CHECK(foreign.err ==
        "notes.txt: error: is no store of a sweep; `longhaul sweep` writes them\n"
        "1 error; nothing was written\n");
  CHECK(desk({"report", "empty.sqlite"}).status == 2);
  CHECK(desk({"report", "cut.sqlite"}).status != 0);
  CHECK(all_files(desk.files.folder()) == before);
  desk.files.write("s.html", "<p>mine</p>");
  CHECK(desk({"report", "s.sqlite"}).status == 2);
  CHECK(text_of(desk / "s.html") == "<p>mine</p>");
}

}  // namespace
}  // namespace longhaul::cli
