#include "report/sweep_page.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "diagnostics/diagnostic.hpp"
#include "page_blocks.hpp"
#include "report/sensitivity_report.hpp"
#include "report/sweep_charts.hpp"
#include "report/sweep_drawings.hpp"
#include "report/sweep_overview.hpp"

using namespace longhaul;
using namespace longhaul::report;

namespace {

using experiment::StoredAxis;
using experiment::StoredPoint;
using experiment::StoreReader;
using experiment::StoreWriter;
using experiment::SweepRecord;
using Json = nlohmann::json;
using Value = std::optional<scenario::AxisValue>;

Value number(double value) { return scenario::AxisValue{"", value}; }
Value word(const std::string& text) { return scenario::AxisValue{"", text}; }

const StoredAxis interval{"run.checkpoint.interval", "interval", "s"};
const StoredAxis fidelity{"run.fidelity", "fidelity", ""};
const StoredAxis gpus{"run.gpus", "gpus", ""};

SweepRecord record(std::vector<StoredAxis> axes, std::int64_t n, const std::string& design) {
  SweepRecord r;
  std::string inputs;
  for (const auto& axis : axes) inputs += (inputs.empty() ? "" : ",") + axis.key;
  r.facts = {{"title", "by hand"}, {"scenario", "s.toml"},      {"seed", "7"},
             {"design", design},   {"inputs", inputs},          {"combinations", std::to_string(n)},
             {"version", "0.1.0"}, {"revision", "0123456789ab"}};
  r.inputs = {{"s.toml", "0a1b"}};
  r.axes = std::move(axes);
  return r;
}

StoredPoint point(std::int64_t combination, std::int64_t repeat, experiment::Combination values,
                  double ettr) {
  StoredPoint p;
  p.combination = combination;
  p.repeat = repeat;
  p.values = std::move(values);
  p.result.resolved = "seed = 1\n";
  p.result.metrics = {{"ettr", ettr}, {"mfu", 0.5}};
  return p;
}

struct Store {
  Store(const SweepRecord& r, const std::vector<StoredPoint>& points)
      : path(files.path("s.sqlite")) {
    StoreWriter(path, r).add(points);
  }
  Page page(const std::vector<std::string>& metrics = {"ettr"}) const {
    return sweep_page(StoreReader(path), metrics);
  }
  scenario::Files files;
  std::string path;
};

/// Intervals of 1, 2 and 4 h, two fidelities, two repeats of each that differ by 0.02; one failed.
std::vector<StoredPoint> six_combinations() {
  const double means[] = {0.50, 0.40, 0.90, 0.60, 0.70, 0.30};
  std::vector<StoredPoint> points;
  for (std::int64_t c = 0; c < 6; ++c)
    for (std::int64_t r = 0; r < 2; ++r)
      points.push_back(point(c, r,
                             {number(3600.0 * static_cast<double>(1 << (c / 2))),
                              word(c % 2 == 0 ? "flow" : "analytic")},
                             means[c] + (r == 0 ? -0.01 : 0.01)));
  points[11].result.metrics.clear();
  points[11].result.error = "it broke";
  return points;
}

}  // namespace

TEST_CASE("the best combination stands first, with its interval") {
  const Store store(record({interval, fidelity}, 7, "grid"), six_combinations());
  const auto tiles = blocks<Tiles>(store.page(), "answer").at(0).tiles;
  REQUIRE(tiles.size() == 4);
  CHECK(tiles[0].label == "Highest ettr");
  CHECK(tiles[0].value == "0.9");
  // t = 12.706 of one degree of freedom; s = 0.02 / sqrt 2: 0.9 +- 12.706 s / sqrt 2 = 0.12706.
  // 0.7 +- 0.12706 does not reach 0.77294 by a little more, 0.77294 < 0.82706: it meets.
  CHECK(tiles[0].note ==
        "interval 2 h, fidelity flow · 95 %: 0.77294 to 1.0271 · the interval of another one meets "
        "it");
  CHECK(tiles[1].value == "6");
  CHECK(tiles[1].note == "of 7; this store lacks 1");
  CHECK(tiles[2].value == "12");
  CHECK(tiles[2].note == "repeats of a combination: 2");
  CHECK(tiles[3].value == "1");
  const auto facts = blocks<Facts>(store.page(), "answer").at(0).facts;
  CHECK(facts.at(0).name == "run.checkpoint.interval");
  CHECK(facts.at(0).text == "3 values: 60 min, 2 h, 4 h");
  CHECK(facts.at(1).text == "2 values: flow, analytic");
}

TEST_CASE("means are drawn over the axis of numbers, a curve a word") {
  const Store store(record({fidelity, interval}, 6, "grid"), [] {
    auto points = six_combinations();
    for (auto& p : points) std::swap(p.values[0], p.values[1]);
    return points;
  }());
  const auto charts = blocks<Chart>(store.page(), "charts");
  REQUIRE(charts.size() == 1);
  CHECK(charts[0].title == "ettr by interval");
  CHECK(charts[0].note ==
        "Mean over repeats at each interval, by fidelity. A bar is its 95 % confidence interval.");
  const auto spec = Json::parse(charts[0].spec);
  const auto& rows = spec["data"]["values"];
  REQUIRE(rows.size() == 6);
  CHECK(rows[2]["x"] == 2);  // h
  CHECK(rows[2]["k"] == "flow");
  CHECK(rows[2]["v"].get<double>() == doctest::Approx(0.9));
  CHECK(rows[2]["lo"].get<double>() == doctest::Approx(0.9 - 0.127062));
  CHECK(rows[2]["hi"].get<double>() == doctest::Approx(0.9 + 0.127062));
  CHECK(rows[5]["n"] == 1);  // one repeat failed: no interval
  CHECK(!rows[5].contains("lo"));
  CHECK(spec["encoding"]["x"]["axis"]["title"] == "interval [h]");
  CHECK(spec["encoding"]["x"]["axis"]["values"] == Json({1, 2, 4}));
  CHECK(spec["encoding"]["x"]["scale"]["type"] == "log");  // each twice the last
  CHECK(spec["layer"][2]["encoding"]["color"]["scale"]["domain"] == Json({"flow", "analytic"}));
}

TEST_CASE("every combination and every failed point has a row") {
  const Store store(record({interval, fidelity}, 6, "grid"), six_combinations());
  const auto page = store.page({"ettr", "mfu"});
  const auto table = blocks<Table>(page, "combinations").at(0);
  std::vector<std::string> columns;
  for (const auto& column : table.columns) columns.push_back(column.name);
  CHECK(columns == std::vector<std::string>{"no.", "interval [h]", "fidelity", "n", "failed",
                                            "ettr", "low", "high"});
  REQUIRE(table.rows.size() == 6);
  std::vector<std::string> row;
  for (const auto& cell : table.rows[2]) row.push_back(cell.text);
  CHECK(row == std::vector<std::string>{"2", "2", "flow", "2", "0", "0.9", "0.77294", "1.0271"});
  CHECK(table.rows[5][3].text == "1");
  CHECK(table.rows[5][4].text == "1");
  CHECK(table.rows[5][6].text.empty());
  const auto failed = blocks<Table>(page, "failed").at(0);
  REQUIRE(failed.rows.size() == 1);
  CHECK(failed.rows[0].back().text == "it broke");
  CHECK(blocks<Paragraph>(page, "charts").at(0).text == "mfu is 0.5 at every point.");
}

TEST_CASE("of very many combinations the first are listed, and it is said") {
  std::vector<StoredPoint> points;
  for (std::int64_t c = 0; c <= static_cast<std::int64_t>(most_combinations); ++c)
    points.push_back(point(c, 0, {number(60 + static_cast<double>(c))}, 0.5));
  points.back().result.metrics[0].second = 0.75;
  const Store store(record({interval}, 2001, "grid"), points);
  const auto page = store.page();
  CHECK(blocks<Table>(page, "combinations").at(0).rows.size() == most_combinations);
  CHECK(blocks<Paragraph>(page, "combinations")
            .at(0)
            .text.starts_with("The first 2,000 of 2,001 combinations; "));
  const auto spec = Json::parse(blocks<Chart>(page, "charts").at(0).spec);
  CHECK(spec["data"]["values"].size() == 2001);  // up to most_means
}

TEST_CASE("a third axis is picked in a box, which begins with the best mean's value") {
  std::vector<StoredPoint> points;
  std::int64_t c = 0;
  for (const double time_s : {3600.0, 7200.0})
    for (const char* name : {"flow", "analytic"})
      for (const double n : {8.0, 16.0, 32.0}) {
        points.push_back(point(c, 0, {number(time_s), word(name), number(n)}, n == 16 ? 0.9 : 0.1));
        ++c;
      }
  const Store store(record({interval, fidelity, gpus}, 12, "grid"), points);
  const auto chart = blocks<Chart>(store.page(), "charts").at(0);
  const auto spec = Json::parse(chart.spec);
  CHECK(spec["params"][0]["value"] == 1);  // the second of 8, 16, 32
  CHECK(spec["params"][0]["bind"]["labels"] == Json({"8", "16", "32"}));
  CHECK(spec["transform"][0]["filter"] == "datum.c0 == pick0");
  CHECK(spec["data"]["values"][1]["c0"] == 1);
  CHECK(chart.note ==
        "Mean over repeats at each interval, by fidelity, where gpus is what the box says; at "
        "first, that of the best mean. One repeat each: there is no interval.");
}

TEST_CASE("of very many means those of some picks are drawn, the best one's among them") {
  std::vector<StoredPoint> points;
  std::int64_t c = 0;
  for (int x = 0; x < 2000; ++x)  // times 4 are 8,000: two picks of 2,000 fit in 5,000
    for (int pick = 0; pick < 4; ++pick)
      points.push_back(
          point(c++, 0, {number(60.0 + x), number(8.0 + pick)}, x == 5 && pick == 3 ? 0.9 : 0.1));
  for (int more = 0; more < 9; ++more)  // more values than curves are told apart
    points.push_back(point(c++, 0, {number(60), number(100.0 + more)}, 0.1));
  const Store store(record({interval, gpus}, c, "grid"), points);
  const auto chart = blocks<Chart>(store.page(), "charts").at(0);
  const auto spec = Json::parse(chart.spec);
  CHECK(spec["params"][0]["bind"]["labels"] == Json({"8", "11"}));
  CHECK(spec["params"][0]["value"] == 1);
  CHECK(spec["data"]["values"].size() == 4000);
  CHECK(chart.note.find("4,000 of 8,009 combinations are drawn, the others are not.") !=
        std::string::npos);
}

TEST_CASE("an axis that another one determines is no curve and no box") {
  std::vector<StoredPoint> points;
  for (std::int64_t c = 0; c < 3; ++c)  // zipped
    points.push_back(point(
        c, 0, {number(3600.0 * static_cast<double>(c + 1)), number(8 * static_cast<double>(c + 1))},
        0.1 * static_cast<double>(c)));
  const Store store(record({interval, gpus}, 3, "grid"), points);
  const auto spec = Json::parse(blocks<Chart>(store.page(), "charts").at(0).spec);
  CHECK(!spec.contains("params"));
  CHECK(spec["layer"][0]["mark"]["color"] == "var(--first)");
  CHECK(spec["encoding"]["x"]["scale"]["type"] == "linear");
}

TEST_CASE("words alone have a point each") {
  const Store store(record({fidelity}, 2, "grid"),
                    {point(0, 0, {word("flow")}, 0.5), point(1, 0, {word("analytic")}, 0.25)});
  const auto spec = Json::parse(blocks<Chart>(store.page(), "charts").at(0).spec);
  CHECK(spec["encoding"]["y"]["field"] == "x");
  CHECK(spec["data"]["values"][1]["x"] == "analytic");
  CHECK(spec["data"]["values"][1]["v"] == 0.25);
}

TEST_CASE("without an axis the repeats are counted in bins") {
  std::vector<StoredPoint> points;
  for (std::int64_t r = 0; r < 9; ++r)
    points.push_back(point(0, r, {}, 0.1 * static_cast<double>(r)));
  const Store store(record({}, 1, "grid"), points);
  const auto page = store.page();
  CHECK(blocks<Tiles>(page, "answer").at(0).tiles[0].label == "Mean ettr");
  CHECK(blocks<Tiles>(page, "answer").at(0).tiles[0].value == "0.4");
  std::int64_t sum = 0;
  const auto spec = Json::parse(blocks<Chart>(page, "charts").at(0).spec);
  for (const auto& row : spec["data"]["values"]) sum += row["n"].get<std::int64_t>();
  CHECK(sum == 9);
  // Nine values from 1 to 9: three bins at least as wide as 8 / 3, so 5: 0 to 5 and 5 to 10.
  const auto bins = bins_of({1, 2, 3, 4, 5, 6, 7, 8, 9});
  REQUIRE(bins.size() == 2);
  CHECK(bins[0].n == 4);
  CHECK(bins[1].from == 5);
  CHECK(bins[1].n == 5);
  CHECK(bins_of({3, 3}).size() == 1);
}

TEST_CASE("samples are points over each axis that they are spread over") {
  std::vector<StoredPoint> points;
  for (std::int64_t c = 0; c < 1500; ++c)
    points.push_back(
        point(c, 0, {number(60 + static_cast<double>(c)), number(1500.5 - static_cast<double>(c))},
              0.0005 * static_cast<double>(c)));
  const Store store(record({interval, gpus}, 1500, "latin-hypercube"), points);
  const auto charts = blocks<Chart>(store.page(), "charts");
  REQUIRE(charts.size() == 2);
  CHECK(charts[0].small);
  CHECK(Json::parse(charts[1].spec)["data"]["values"].size() == 750);
  CHECK(blocks<Paragraph>(store.page(), "charts").at(0).text ==
        "A point a combination: the mean of its repeats over each sampled axis. One in 2 "
        "combinations is drawn.");
}

TEST_CASE("a tornado and Sobol's indices are those of the sensitivity command") {
  std::vector<StoredPoint> points{
      point(0, 0, {std::nullopt, std::nullopt}, 0.5), point(1, 0, {number(600), std::nullopt}, 0.4),
      point(2, 0, {number(7200), std::nullopt}, 0.45), point(3, 0, {std::nullopt, number(8)}, 0.2),
      point(4, 0, {std::nullopt, number(16)}, 0.9)};
  const Store tornado(record({interval, gpus}, 5, "one-at-a-time"), points);
  const auto rows =
      Json::parse(blocks<Chart>(tornado.page(), "charts").at(0).spec)["data"]["values"];
  REQUIRE(rows.size() == 4);
  CHECK(rows[0]["name"] == "gpus");  // swings by 0.7, the interval by 0.1 at most
  CHECK(rows[0]["v"] == 0.2);
  CHECK(rows[0]["b"] == 0.5);
  CHECK(rows[1]["at"] == "16");
  CHECK(rows[2]["at"] == "10 min");
  CHECK(sensitivity_table(StoreReader(tornado.path), "ettr").find("0.2 at 8") != std::string::npos);

  points.clear();  // two inputs: A, B, and A with an input of B, thrice; f = x1
  std::int64_t c = 0;
  for (const auto& [a, b] : std::vector<std::pair<double, double>>{{1, 4}, {2, 8}, {5, 3}})
    for (const double x : {a, b, b, a}) points.push_back(point(c++, 0, {number(x), number(x)}, x));
  const Store saltelli(record({interval, gpus}, 12, "saltelli"), points);
  const auto bars =
      Json::parse(blocks<Chart>(saltelli.page(), "charts").at(0).spec)["data"]["values"];
  const auto found = Json::parse(sensitivity_json(StoreReader(saltelli.path), "ettr"));
  REQUIRE(bars.size() == 4);
  CHECK(bars[0]["v"] == found["axes"][0]["first_order"]);
  CHECK(bars[1]["hi"] == found["axes"][0]["total_order_interval"][1]);
  CHECK(bars[3]["v"] == 0);  // the second changes nothing

  points.pop_back();
  const Store part(record({interval, gpus}, 12, "saltelli"), points);
  CHECK(blocks<Paragraph>(part.page(), "charts").at(0).text ==
        "No sensitivity of ettr: 1 of 12 points are missing; run the sweep again.");
}

TEST_CASE("a title, an axis and an error of a sweep are text, whatever they say") {
  const std::string bad = "</script><script>alert(1)</script><img src=x onerror='a()'>";
  auto r = record({{"run." + bad, bad, bad}, fidelity}, 2, "grid");
  r.facts[0].second = bad;
  r.facts.emplace_back("sweep", bad);
  std::vector<StoredPoint> points{point(0, 0, {word(bad), word("flow")}, 0.5),
                                  point(1, 0, {word("b"), word(bad)}, 0.25)};
  points.push_back(points[1]);
  points[2].repeat = 1;
  points[2].result = {bad, "", {}, 0};
  const Store store(r, points);
  std::ostringstream stream;
  write_page(stream, store.page());
  const auto html = stream.str();
  CHECK(html.find("<script>alert") == std::string::npos);
  CHECK(html.substr(0, html.find("</footer>")).find("<img") == std::string::npos);
  CHECK(html.find("<h1>&lt;/script&gt;") != std::string::npos);
}

TEST_CASE("a store without a single good point is a page too") {
  auto failed = point(0, 0, {number(60)}, 0);
  failed.result = {"no way", "", {}, 0};
  const Store store(record({interval}, 3, "grid"), {failed});
  const auto page = store.page({});
  CHECK(blocks<Chart>(page, "charts").empty());
  CHECK(blocks<Table>(page, "failed").at(0).rows.size() == 1);
  const Store empty(record({interval}, 3, "grid"), {});
  CHECK(blocks<Tiles>(empty.page({}), "answer").at(0).tiles[0].value == "0");
}

TEST_CASE("a metric that there is none of is refused by name") {
  const Store store(record({interval, fidelity}, 6, "grid"), six_combinations());
  CHECK_THROWS_WITH_AS(store.page({"etr"}), doctest::Contains("did you mean 'ettr'?"), InputError);
}

TEST_CASE("an axis is logarithmic where ratios are more alike than differences") {
  CHECK(number_axis("", {1, 2, 4, 8}).log);
  CHECK(number_axis("", {8192, 16384, 131072}).log);
  CHECK(!number_axis("", {1, 2, 3, 4}).log);
  CHECK(!number_axis("", {0, 1, 10, 100}).log);  // not above zero
  CHECK(!number_axis("", {1, 1.2, 1.44}).log);   // a narrow range
  CHECK(number_axis("", {0.5, 0.7391, 1.0925, 1.6149}).ticks ==
        std::vector<double>{0.5, 1});  // long numbers: round ones stand at the axis
}

TEST_CASE("a tornado with missing outputs shows the others") {
  std::vector<StoredPoint> points{
      point(0, 0, {std::nullopt, std::nullopt}, 0.5), point(1, 0, {number(600), std::nullopt}, 0.4),
      point(2, 0, {number(7200), std::nullopt}, 0.45), point(3, 0, {std::nullopt, number(8)}, 0.2),
      point(4, 0, {std::nullopt, number(16)}, 0.9)};
  for (const std::size_t failed : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
    CAPTURE(failed);
    auto some = points;
    some[failed].result = {"no way", "", {}, 0};
    const Store store(record({interval, gpus}, 5, "one-at-a-time"), some);
    const auto text = sensitivity_table(StoreReader(store.path), "ettr");
    CHECK(text.find("nan") == std::string::npos);
    CHECK(text.find(failed == 0 ? "ettr is missing as" : "ettr is 0.5 as") == 0);
    CHECK(text.find("0.2 at 8") != std::string::npos);
    CHECK((text.find("- at 600") != std::string::npos) == (failed == 1));
    std::ostringstream html;
    write_page(html, store.page());
    // Without the baseline there is no line to draw bars from.
    CHECK(blocks<Chart>(store.page(), "charts").empty() == (failed == 0));
  }
  for (auto& p : points) p.result = {"no way", "", {}, 0};
  points[0].result.metrics = {{"ettr", 0.5}};
  const Store alone(record({interval, gpus}, 5, "one-at-a-time"), points);
  CHECK(sensitivity_table(StoreReader(alone.path), "ettr").find("█") == std::string::npos);
}

TEST_CASE("a store that does not fit its design has no sensitivity, and says which file it is") {
  const auto refused = [](std::vector<StoredAxis> axes, std::int64_t n, const std::string& design,
                          std::int64_t odd) {
    std::vector<StoredPoint> points;
    for (std::int64_t c = 0; c < 4; ++c)
      points.push_back(point(c, 0, experiment::Combination(axes.size()), 0.5));
    points.push_back(point(odd, 0, experiment::Combination(axes.size()), 0.25));
    const Store store(record(std::move(axes), n, design), points);
    try {
      sensitivity(StoreReader(store.path), "ettr");
    } catch (const InputError& problem) {
      CHECK(problem.diagnostics().front().where.file == store.path);
      return problem.diagnostics().front().what;
    }
    return std::string();
  };
  const std::vector<StoredAxis> two{interval, gpus};
  CHECK(refused(two, 5, "one-at-a-time", 4).empty());
  for (const std::int64_t odd : {std::int64_t{-100'000'000}, std::int64_t{-1}, std::int64_t{5},
                                 std::numeric_limits<std::int64_t>::max()})
    CHECK(refused(two, 5, "one-at-a-time", odd).starts_with("is damaged: it holds combination"));
  for (const std::int64_t n :
       {std::int64_t{900'000'000'000'000'001}, std::int64_t{0}, std::int64_t{-5}, std::int64_t{3}})
    CHECK(refused(two, n, "one-at-a-time", 4).starts_with("is damaged: "));
  CHECK(refused({interval}, 5, "one-at-a-time", 4).starts_with("is damaged: 5 combinations of 1"));
  CHECK(refused({}, 5, "saltelli", 4).starts_with("is damaged: 5 combinations of 0"));
  CHECK(refused(two, 5, "saltelli", 4).starts_with("is damaged: "));
  CHECK(refused(two, 900'000'000'000'000'000, "saltelli", 4).starts_with("is damaged: "));
  CHECK(refused(two, 8'000'000, "saltelli", 4).starts_with("7,999,995 of 8,000,000 points"));
  CHECK(refused(two, 5, "grid", 4).starts_with("its sweep.design is \"grid\""));
}
