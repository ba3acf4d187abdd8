// Years of labs read back, and what their page says of them.
#include "report/years_page.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "../scenario/files.hpp"
#include "diagnostics/diagnostic.hpp"
#include "page_blocks.hpp"
#include "report/charts.hpp"
#include "report/years_files.hpp"
#include "report/years_timeline.hpp"

using namespace longhaul;
using namespace longhaul::report;

namespace {

using Json = nlohmann::ordered_json;

const std::string runs_header =
    "lab,decided,start,end,length_s,ending,bound,best,chips,peak_flop_per_s,sustained_flop_per_s,"
    "goodput,flop,worth,data_worth,effective_flop,loss,parameters,tokens,epochs,power_w,energy_j,"
    "cost_usd\n";

Json lab_of(std::int64_t runs, double best, double leading_s) {
  Json lab = {{"runs", runs},
              {"best_effective_flop", best},
              {"best_flop", best / 2},
              {"best_loss", 1.9},
              {"best_length_s", 864000.0},
              {"best_at_s", 8640000.0},
              {"leading_s", leading_s},
              {"useful_flop", 6e25},
              {"lost_flop", 1e25},
              {"idle_flop", 2e25},
              {"experiments_flop", 1e25},
              {"serving_flop", 0.0},
              {"cost_usd", 3e9},
              {"runs_cost_usd", 2e9},
              {"usd_per_effective_flop", 3e9 / best},
              {"revenue_usd", 0.0},
              {"energy_j", 3.6e15},
              {"runs_energy_j", 1.8e15},
              {"end_chips", 2000.0},
              {"end_flop_per_s", 2e18},
              {"end_power_w", 2e6}};
  for (const char* bound : {"power", "chips", "data", "latency", "money", "time"})
    lab["bound_by"][bound] = bound == std::string("chips") ? runs : 0;
  return lab;
}

/// Two hundred days of one lab, or of two: what `longhaul run` would have written.
struct Folder {
  explicit Folder(bool two = false) {
    summary = lab_of(2, 4e26, 8640000);
    summary["title"] = "two hundred days";
    summary["simulated_s"] = 17280000.0;
    summary["algorithms_oom"] = 2.0;  // 100 times
    summary["jumps"] = 3;
    summary["events"] = 10;
    runs = runs_header + row("A", "2024-01-31", "released", "chips", "true", 1e25, 2e25) +
           row("A", "2024-02-20", "abandoned", "time", "false", 9e27, 9e27) +
           row("A", "2024-04-10", "released", "chips", "true", 2e26, 4e26) +
           row("A", "2024-07-19", "cut", "money", "false", 1e24, 1e24);
    years =
        "date,time_s,lab,worth_oom,chips,peak_flop_per_s,sustained_flop_per_s,power_w,limit,"
        "experiments,serving,running,best_flop,best_effective_flop,best_loss\n" +
        sample("A", 0, 0, 0) + (two ? sample("B", 0, 0, 500) : "") + sample("A", 8640000, 1, 1000) +
        (two ? sample("B", 8640000, 1, 500) : "");
    scenario =
        "title = 'two hundred days'\nstart = '2024-01-01'\n[world]\nscaling = 'hoffmann-2022'\n"
        "[lab]\nname = 'A'\nstrategy = 'restart'\n";
    if (!two) return;
    summary["rival"] = lab_of(1, 1e26, 4320000);
    runs += row("B", "2024-07-01", "released", "chips", "false", 5e25, 1e26);
    scenario += "[rival]\nname = 'B'\nstrategy = 'race'\n";
  }

  static std::string row(const std::string& lab, const std::string& end, const char* ending,
                         const char* bound, const char* best, double flop, double effective) {
    return fmt::format(
        "{},2024-01-01,2024-01-02,{},864000.000,{},{},{},1000,1e18,5e17,0.9,{},2,1,{},1.9,1e11,"
        "2e12,0.5,1e6,1e12,5e6\n",
        lab, end, ending, bound, best, flop, effective);
  }
  static std::string sample(const std::string& lab, double time_s, double oom, double chips) {
    const auto date = format_date(after({1704067200}, seconds(time_s)));
    return fmt::format("{},{:.3f},{},{},{},1e18,5e17,1e6,chips,0,0,true,0,0,0\n", date, time_s, lab,
                       oom, chips);
  }

  void write() const {
    files.write("summary.json", summary.dump(2) + "\n");
    files.write("runs.csv", runs);
    files.write("years.csv", years);
    files.write("resolved.toml", scenario);
    files.write("provenance.json",
                R"({"program": "longhaul", "version": "0", "revision": "r", "seed": 7, "inputs": [],
                    "calibration": "", "simgrid": "3.32", "wall_s": 0.1})");
  }
  YearsFiles read() const {
    write();
    return read_years_files(files.folder());
  }
  /// What reading complains about, without the folder's name.
  std::string complaint() const {
    try {
      read();
    } catch (const InputError& problem) {
      const auto& first = problem.diagnostics().at(0);
      return to_string({{first.where.file.substr(files.folder().size() + 1), first.where.line,
                         first.where.column},
                        first.what});
    }
    return "";
  }

  scenario::Files files;
  Json summary;
  std::string runs, years, scenario;
};

Json spec_of(const Chart& chart) { return Json::parse(chart.spec); }

/// "label: value" of every tile.
std::string tiles_of(const Page& page) {
  std::string text;
  const auto tiles = blocks<Tiles>(page, "answer").at(0);
  for (const auto& tile : tiles.tiles) text += tile.label + ": " + tile.value + "\n";
  return text;
}

}  // namespace

TEST_CASE("a folder of years is read back by the columns' names") {
  const auto years = Folder().read();
  REQUIRE(years.labs.size() == 1);
  CHECK(years.labs[0].strategy == "restart");
  CHECK(years.labs[0].bound_by[1] == 2);
  REQUIRE(years.runs.size() == 4);
  CHECK(years.runs[1].ending == lab::Ending::Abandoned);
  CHECK(years.runs[3].bound == lab::Bound::Money);
  CHECK(years.runs[2].effective_flop == 4e26);
  CHECK(years.runs[2].best);
  CHECK(format_date(years.runs[2].end) == "2024-04-10");
  REQUIRE(years.years.size() == 2);
  CHECK(years.years[1].chips == 1000);
  CHECK(format_date(years.years[1].date) == "2024-04-10");
  CHECK(years.provenance.seed == 7);
}

TEST_CASE("the tiles of one lab tell its best model, runs, cost, energy and algorithms") {
  auto folder = Folder();
  auto page = years_page(folder.read());
  // 3.6e15 J / 3.6e12 J/GWh = 1,000 GWh
  CHECK(tiles_of(page) ==
        "Best model: 4e26\nRuns released: 2\nCost: 3 billion USD\nEnergy: 1000 GWh\n"
        "Algorithms: 2.00 OOM\n");
  const auto tiles = blocks<Tiles>(page, "answer").at(0).tiles;
  // 8,640,000 s are 100 days: 31 + 29 + 31 of January to March, and 9.
  CHECK(tiles[0].note ==
        "effective FLOP; 2e26 FLOP physical, loss 1.900, on 2024-04-10 after 10 days");
  CHECK(tiles[1].note == "1 abandoned, 1 cut by the deadline");
  CHECK(tiles[4].note == "a FLOP of the last recipe is worth 100 of the start's; 3 jumps");
  CHECK(page.subtitle == "A (restart) · 2024-01-01 to 2024-07-19 · seed 7");
  folder.summary["revenue_usd"] = -2e6;
  CHECK(tiles_of(years_page(folder.read())).find("Revenue: -2 million USD\n") != std::string::npos);
}

TEST_CASE("two labs stand side by side, and who led for how long") {
  const auto page = years_page(Folder(true).read());
  // 8,640,000 and 4,320,000 of 17,280,000 s; the rest is nobody's.
  CHECK(tiles_of(page) ==
        "Best model of A: 4e26\nBest model of B: 1e26\nLed longest: 50.0 %\n"
        "Algorithms: 2.00 OOM\n");
  CHECK(blocks<Tiles>(page, "answer").at(0).tiles[2].note ==
        "of the time A had the best model of all; B 25.0 %, nobody 25.0 %");
  const auto table = blocks<Table>(page, "answer").at(0);
  REQUIRE(table.columns.size() == 3);
  CHECK(table.rows[1][2].text == "50 days · 25.0 %");
  for (const auto& row : table.rows) CHECK(row.size() == 3);
  // a chart of runs each; both charts of records with two curves
  CHECK(blocks<Chart>(page, "timeline").size() == 2 + 2 + 3);
  CHECK(blocks<Chart>(page, "compute").size() == 4);
}

TEST_CASE("records hold from release to release, and what was not released is none") {
  const auto charts = blocks<Chart>(years_page(Folder().read()), "timeline");
  REQUIRE(charts.size() == 6);
  const auto spec = spec_of(charts[0]);
  const auto& points = spec["data"]["values"];
  REQUIRE(points.size() == 3);  // two releases, and the last holds to the end
  CHECK(points[0]["v"] == 2e25);
  CHECK(points[1]["v"] == 4e26);  // the abandoned 9e27 is none
  CHECK(points[1]["at"] == "2024-04-10");
  CHECK(points[2]["v"] == 4e26);
  // 2024-01-01 is 1,704,067,200 s after 1970
  CHECK(points[2]["t"] == 1e3 * (1704067200.0 + 17280000.0));
  // 2e25 to 4e26 is more than ten times: decades from 1e25 to 1e27
  const auto& y = spec["encoding"]["y"];
  CHECK(y["scale"]["type"] == "log");
  CHECK(y["scale"]["domain"][0].get<double>() == doctest::Approx(1e25));
  CHECK(y["scale"]["domain"][1].get<double>() == doctest::Approx(1e27));
  CHECK(y["axis"]["values"].size() == 3);
}

TEST_CASE("a logarithmic scale leaves zeros out and says so, a linear one keeps them") {
  const Curve zero_to_ten{"A", {{0, "a", 0}, {1, "b", 1}, {2, "c", 10}}};
  CHECK(spans_decades({zero_to_ten}));
  CHECK_FALSE(spans_decades({{"A", {{0, "a", 0}, {1, "b", 1}, {2, "c", 9.9}}}}));
  CHECK_FALSE(spans_decades({{"A", {{0, "a", 0}}}}));
  CHECK(Json::parse(curves_spec({0, 2}, {"chips", "lab", {zero_to_ten}, true}))["data"]["values"]
            .size() == 2);
  CHECK(
      Json::parse(curves_spec({0, 2}, {"chips", "lab", {zero_to_ten}}))["data"]["values"].size() ==
      3);
  auto folder = Folder();
  folder.years += Folder::sample("A", 8640001, 1, 20000);  // 0, 1,000, 20,000 chips
  const auto chart = blocks<Chart>(years_page(folder.read()), "timeline").at(4);
  CHECK(chart.title == "Chips of the largest cluster");
  CHECK(chart.note.find("It has no place for 0, which is left out.") != std::string::npos);
}

TEST_CASE("runs are bars in the row of what bound them, told apart by fill and dash") {
  const auto chart = blocks<Chart>(years_page(Folder().read()), "timeline").at(2);
  CHECK(chart.title == "Runs");
  const auto layer = spec_of(chart)["layer"][0];
  const auto& bars = layer["data"]["values"];
  REQUIRE(bars.size() == 4);
  CHECK(bars[1]["row"] == "time");
  CHECK(bars[1]["k"] == "abandoned");
  CHECK(bars[3]["k"] == "cut by the deadline");
  CHECK(layer["encoding"]["y"]["scale"]["domain"] == Json({"chips", "money", "time"}));
  CHECK(layer["encoding"]["fill"]["scale"]["range"][1] == "transparent");
  CHECK(layer["encoding"]["strokeDash"]["scale"]["range"][1] !=
        layer["encoding"]["strokeDash"]["scale"]["range"][2]);
}

TEST_CASE("shares of compute sum to all, and what bound runs is counted") {
  const auto charts = blocks<Chart>(years_page(Folder().read()), "compute");
  REQUIRE(charts.size() == 2);
  double sum = 0;
  const auto bars = spec_of(charts[0])["data"]["values"];
  for (const auto& bar : bars) sum += bar["v"].get<double>();
  CHECK(sum == doctest::Approx(1));
  // 6e25 + 1e25 + 2e25 + 1e25 = 1e26, of which 60 % are useful
  CHECK(bars[0]["label"] == "6e25 · 60.0 %");
  CHECK(charts[0].note ==
        "In FLOP; the bars sum to 1e26 FLOP, all that the largest cluster could sustain. None went "
        "to: serving.");
  CHECK(spec_of(charts[1])["data"]["values"][0]["label"] == "2");
}

TEST_CASE("of very many runs the longest are shown, and it is said") {
  auto years = Folder().read();
  const auto one = years.runs[0];
  years.runs.clear();
  for (std::size_t i = 0; i <= most_lab_runs; ++i) {
    years.runs.push_back(one);
    years.runs.back().length_s = i == 7 ? 1 : 10;
    years.runs.back().end.unix_s += static_cast<std::int64_t>(i);
    years.runs.back().effective_flop = 1e20 + 1e18 * static_cast<double>(i);
  }
  const auto page = years_page(years);
  const auto table = blocks<Table>(page, "runs").at(0);
  CHECK(table.caption == "The 2,000 longest of 2,001 runs, by their ends");
  REQUIRE(table.rows.size() == most_lab_runs);
  CHECK(table.rows[7][1].sort_by == fmt::format("{}", one.end.unix_s + 8));
  for (const auto& row : table.rows) CHECK(row.size() == table.columns.size());
  // 2,001 records, every third, the last, and its end
  const auto points = spec_of(blocks<Chart>(page, "timeline").at(0))["data"]["values"];
  CHECK(points.size() == 667 + 1 + 1);
  CHECK(points.back()["v"] == 1e20 + 2e21);
}

TEST_CASE("years without samples, and without any run, are a page too") {
  auto folder = Folder();
  folder.years = folder.years.substr(0, folder.years.find('\n') + 1);
  CHECK(blocks<Chart>(years_page(folder.read()), "timeline").size() == 3);
  folder.runs = runs_header;
  folder.summary["runs"] = 0;
  folder.summary["best_effective_flop"] = 0.0;
  for (const char* part : {"useful", "lost", "idle", "experiments", "serving"})
    folder.summary[std::string(part) + "_flop"] = 0.0;
  const auto page = years_page(folder.read());
  CHECK(blocks<Chart>(page, "timeline").empty());
  CHECK(blocks<Chart>(page, "compute").empty());
  CHECK(blocks<Paragraph>(page, "runs").at(0).text == "No run was started.");
  CHECK(tiles_of(page).find("Best model: none\n") == 0);
  std::ostringstream html;
  write_page(html, page);
  CHECK(html.str().ends_with("</html>\n"));
}

TEST_CASE("a name may be any text") {
  auto folder = Folder();
  const std::string name = "</script><b>, \"x\"";
  for (auto at = folder.runs.find("\nA,"); at != std::string::npos; at = folder.runs.find("\nA,"))
    folder.runs.replace(at, 3, "\n\"</script><b>, \"\"x\"\"\",");
  folder.years = folder.years.substr(0, folder.years.find('\n') + 1);
  folder.scenario.replace(folder.scenario.find("'A'"), 3, "'" + name + "'");
  const auto years = folder.read();
  CHECK(years.labs[0].name == name);
  std::ostringstream html;
  write_page(html, years_page(years));
  CHECK(html.str().find("</script><b>") == std::string::npos);
}

TEST_CASE("files that are not as they were written are refused, with where and what") {
  const auto complaint = [](auto change) {
    Folder folder;
    change(folder);
    return folder.complaint();
  };
  CHECK(complaint([](Folder&) {}).empty());
  CHECK(complaint([](Folder& f) { f.runs.resize(f.runs.size() - 3); }) ==
        "runs.csv:1:1: error: ends within a line, or is empty; run the scenario again");
  CHECK(complaint([](Folder& f) { f.runs = f.runs.substr(0, f.runs.find("A,")); }) ==
        "runs.csv: error: holds 0 released runs of 'A', but summary.json counts 2; run the "
        "scenario again");
  CHECK(complaint([](Folder& f) { f.runs.replace(f.runs.find("released"), 8, "released!"); }) ==
        "runs.csv:2:1: error: ending = 'released!', which it never is; run the scenario again");
  CHECK(complaint([](Folder& f) { f.runs.replace(f.runs.find("2024-02-20"), 10, "2024-02-31"); }) ==
        "runs.csv:3:1: error: end = '2024-02-31', but a date is wanted; run the scenario again");
  CHECK(complaint([](Folder& f) { f.runs.replace(f.runs.find("cost_usd"), 8, "cost"); }) ==
        "runs.csv:1:1: error: is not what `longhaul run` writes; run the scenario again");
  CHECK(complaint([](Folder& f) { f.years += Folder::sample("B", 1, 1, 1); }) ==
        "years.csv:4:1: error: lab = 'B', of which resolved.toml knows nothing; run the scenario "
        "again");
  CHECK(complaint([](Folder& f) { f.years += Folder::sample("A", -1, 1, 1); }) ==
        "years.csv:4:1: error: time_s = -1.000, which is not within the 17280000 s that were "
        "simulated; run the scenario again");
  CHECK(complaint([](Folder& f) { f.years += Folder::sample("A", 1, NAN, 1); }) ==
        "years.csv:4:1: error: worth_oom = 'nan', but a number is wanted; run the scenario again");
  CHECK(complaint([](Folder& f) { f.summary.erase("best_flop"); }).find("'best_flop' not found") !=
        std::string::npos);
  CHECK(complaint([](Folder& f) { f.summary["lost_flop"] = -1; }) ==
        "summary.json: error: lost_flop = -1, but a number from 0 on is wanted; run the scenario "
        "again");
  CHECK(complaint([](Folder& f) { f.scenario.replace(f.scenario.find("'A'"), 3, R"("A\nB")"); }) ==
        "resolved.toml: error: names a lab over several lines; give a name of one line; run the "
        "scenario again");
  CHECK(complaint([](Folder& f) { f.scenario += "[rival]\nname = 'A'\n"; }) ==
        "resolved.toml: error: names both labs 'A', so nothing tells whose a run is; give "
        "rival.name; run the scenario again");
}
