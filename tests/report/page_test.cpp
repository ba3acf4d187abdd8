#include "report/page.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>

#include "page_blocks.hpp"
#include "report/assets.hpp"
#include "report/charts.hpp"
#include "report/provenance.hpp"
#include "report/run_page.hpp"
#include "report/run_timeline.hpp"

using namespace longhaul;
using namespace longhaul::report;

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string html_of(const Page& page) {
  std::ostringstream stream;
  write_page(stream, page);
  return stream.str();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// Ten hours of steps of 60 s, of which two are lost: 480 steps.
RunFiles ten_hours() {
  RunFiles run;
  run.title = "ten hours";
  run.gpus = 8;
  auto& s = run.summary;
  s.simulated_s = 36000;
  s.step_s = 60;
  s.steps = 480;
  s.ettr = s.goodput = 0.8;
  s.lost_s = {{"redone", 1200}, {"restart", 6000}, {"waiting", 0}};
  s.interruptions = s.unexpected = 1;
  s.by_cause = {{"gpu", 1}, {"never", 0}};
  run.causes = {{"gpu", "hardware", false}, {"never", "hardware", true}};
  run.stops = {{7200, "gpu", 3, 6000, 120, 20}};
  run.timeline = {{0, 0, 0}, {3600, 60, 0}, {7200, 120, 0}, {10800, 100, 0}, {36000, 480, 0}};
  return run;
}

}  // namespace

TEST_CASE("the files of Vega are those that their README names") {
  const fs::path folder = fs::path(LONGHAUL_SOURCE_ROOT) / "sim/report/vega";
  std::ifstream readme(folder / "README.md");
  const std::regex row("^\\| `([^`]+)` \\|.*\\| `([0-9a-f]{64})` \\|$");
  std::size_t n = 0;
  for (std::string line; std::getline(readme, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    CHECK_MESSAGE(sha256_of_file((folder / match[1].str()).string()) == match[2].str(), line);
    ++n;
  }
  const auto files = fs::directory_iterator(folder);
  CHECK(n == 6);
  CHECK(std::distance(begin(files), end(files)) == static_cast<std::ptrdiff_t>(n) + 1);
}

TEST_CASE("a script built in ends no element and starts no comment") {
  for (const auto script : {vega_js, vega_lite_js, vega_embed_js, page_js}) {
    CHECK(script.size() > 1000);
    CHECK(script.find("</script") == std::string_view::npos);
    CHECK(script.find("<!--") == std::string_view::npos);
  }
}

TEST_CASE("a page carries the licences of the libraries in it") {
  const auto html = html_of({});
  for (const auto licence : {vega_licence, vega_lite_licence, vega_embed_licence}) {
    CHECK(licence.find("Redistributions of source code must retain") != std::string_view::npos);
    CHECK(licence.find("*/") == std::string_view::npos);
    CHECK(html.find(licence) != std::string::npos);
  }
}

TEST_CASE("no text of a page becomes markup, wherever it stands") {
  const std::string bad = "</script><script>alert(1)</script><img src=x onerror=\"a('b')\">&amp;";
  const std::string good =
      "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x "
      "onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;amp;";
  const auto spec = bar_spec({bad, {bad, "other"}, {{bad, 1, bad, 0}}, bad});
  Table table{bad, {{bad}}, {{{bad, bad}}}, true};
  const auto html = html_of({bad,
                             bad,
                             {{"all",
                               bad,
                               {Paragraph{bad}, Tiles{{{bad, bad, bad}}}, Facts{{{bad, bad}}},
                                table, Chart{bad, spec, bad}, Listing{bad, bad}}}},
                             bad});
  const auto before_scripts = html.substr(0, html.find("</footer>"));
  CHECK(before_scripts.find("<img") == std::string::npos);
  CHECK(html.find("<script>alert") == std::string::npos);
  CHECK(count(html, "</script>") == 5);  // Vega's three, the page's own, the data of the chart
  // title twice, subtitle, section and its link, 1 + 3 + 2 texts, caption twice, header, cell and
  // its key, the chart's title and note, the listing's two, footer
  CHECK(count(html, good) == 5 + 6 + 2 + 3 + 2 + 2 + 1);
  // The data still says what it said.
  const auto begin = html.find("json\">") + 6;
  const auto data = Json::parse(html.substr(begin, html.find("</script>", begin) - begin));
  CHECK(data["data"]["values"][0]["name"] == bad);
}

TEST_CASE("a page asks for nothing but itself") {
  const auto html = html_of(run_page(ten_hours()));
  CHECK(html.find("default-src 'none'; script-src 'sha256-") != std::string::npos);
  CHECK(html.substr(0, html.find("</footer>")).find(" src=") == std::string::npos);
  CHECK(html.find("<script src") == std::string::npos);
  CHECK(html.find("sourceMappingURL") == std::string::npos);
  const std::regex link("<link[^>]*>");
  for (auto it = std::sregex_iterator(html.begin(), html.end(), link); it != std::sregex_iterator();
       ++it)
    CHECK(it->str() == "<link rel=\"icon\" href=\"data:,\">");
}

TEST_CASE("hours by cause sum to the run") {
  const auto page = run_page(ten_hours());
  const auto chart = blocks<Chart>(page, "hours").at(0);
  // 480 x 60 s = 8 h; 1,200 s + 6,000 s = 2 h
  CHECK(chart.note ==
        "8.00 h useful (kept steps x undisturbed step time) + 2.00 h lost = 10.00 h. Nothing was "
        "lost to: waiting.");
  double sum_h = 0;
  const auto spec = Json::parse(chart.spec);
  for (const auto& row : spec["data"]["values"]) sum_h += row["v"].get<double>();
  CHECK(sum_h == doctest::Approx(10));
  CHECK(spec["data"]["values"][1]["label"] == "1.67 h · 16.7 %");
}

TEST_CASE("what each site drew is a row") {
  auto run = ten_hours();
  CHECK(blocks<Table>(run_page(run), "sites").empty());
  run.summary.sites = {{"north", 7.2e11, 3e7, 14000.4, 1250}, {"south", 0, 0, 0, 0}};
  const auto table = blocks<Table>(run_page(run), "sites").at(0);
  REQUIRE(table.rows.size() == 2);
  // 7.2e11 J = 200 MWh, over 10 h 20 MW
  std::vector<std::string> north;
  for (const auto& cell : table.rows[0]) north.push_back(cell.text);
  CHECK(north ==
        std::vector<std::string>{"north", "200.000", "20.000", "30.000", "14,000", "1.250"});
  CHECK(table.rows[0].size() == table.columns.size());
}

TEST_CASE("goodput of a window is steps kept x step time / its length") {
  const auto charts = blocks<Chart>(run_page(ten_hours()), "timeline");
  REQUIRE(charts.size() == 3);  // no energy: no power
  const auto spec = Json::parse(charts[0].spec);
  const auto& rows = spec["data"]["values"];
  REQUIRE(rows.size() == 5);  // four windows and the end of the last
  CHECK(rows[0]["v"] == 1);   // 60 x 60 s / 3,600 s
  CHECK(rows[2]["v"] == doctest::Approx(-20.0 * 60 / 3600).epsilon(1e-3));
  CHECK(rows[3]["v"] == doctest::Approx(380.0 * 60 / 25200).epsilon(1e-3));
  CHECK(rows[3]["t"] == 10'800'000);
  CHECK(rows[4]["t"] == 36'000'000);
}

TEST_CASE("a long timeline is drawn in windows of several rows, up to its end") {
  auto run = ten_hours();
  run.timeline.clear();
  for (int i = 0; i <= 2501; ++i)
    run.timeline.push_back({10.0 * i, i, 0});  // 2,501 windows of one row, three together: 834
  const auto page = run_page(run);
  CHECK(blocks<Paragraph>(page, "timeline")
            .at(0)
            .text.find("2,502 rows of timeline.csv are drawn in windows of 30 s, 834 in all") !=
        std::string::npos);
  const auto spec = Json::parse(blocks<Chart>(page, "timeline").at(0).spec);
  const auto& rows = spec["data"]["values"];
  CHECK(rows.size() == 835);
  CHECK(rows.back()["t"] == 25'010'000);
  CHECK(rows[0]["v"] == 6);  // 3 steps of 60 s in 30 s
}

TEST_CASE("of very many stops the longest are shown, in the order of time, and it is said") {
  auto run = ten_hours();
  run.stops.clear();
  for (std::size_t i = 0; i <= most_stops; ++i)
    run.stops.push_back({static_cast<double>(i), "gpu", -1, i == 7 ? 1.0 : 60.0, 0, 0});
  const auto table = blocks<Table>(run_page(run), "stops").at(0);
  CHECK(table.caption == "The 2,000 longest of 2,001 stops, by time");
  REQUIRE(table.rows.size() == most_stops);
  CHECK(table.rows[6][0].sort_by == "6.000000");
  CHECK(table.rows[7][0].sort_by == "8.000000");
}

TEST_CASE("a run without stops, timeline and model is a page too") {
  auto run = ten_hours();
  run.stops.clear();
  run.timeline.clear();
  run.summary.interruptions = run.summary.unexpected = 0;
  const auto page = run_page(run);
  CHECK(blocks<Chart>(page, "timeline").empty());
  CHECK(blocks<Paragraph>(page, "stops").at(0).text == "The run was never interrupted.");
  CHECK(html_of(page).ends_with("</html>\n"));
}
