// longhaul wall as a user meets it.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "program.hpp"

namespace longhaul::cli {
namespace {

const std::string base =
    "title = \"A wall\"\n[cluster]\nplatform = \"" LONGHAUL_SOURCE_ROOT
    "/platforms/clusters/dgx_h100_superpod.toml\"\n[run.plan]\nzero_stage = 1\n"
    "[wall]\nmonths = 3.0\nbatch_law = \"cube-root-parameters\"\nanchor = \"4M tokens\"\n"
    "anchor_parameters = 175e9\nanchor_source = \"a test\"\npoints_per_decade = 1\n";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("where no run is done in time, knee and wall are the first point") {
  const scenario::Files files;
  const auto path = files.write("wall.toml", base);
  const auto json =
      nlohmann::json::parse(run({"wall", path, "--set", "wall.months=1e-6", "--json"}).out);
  CHECK(json.at("knee_flop") == 1e24);
  CHECK(json.at("wall_flop") == 1e24);
}

TEST_CASE("wall prints points up to where no plan is in time, with what binds and the laws") {
  const scenario::Files files;
  const auto path = files.write("wall.toml", base);
  const auto outcome = run({"wall", path, "--json"});
  REQUIRE(outcome.status == 0);
  const auto json = nlohmann::json::parse(outcome.out);
  const auto& points = json.at("points");
  REQUIRE(points.size() == 10);  // 1e24 to 1e33
  double largest = 0;
  for (const auto& point : points) {
    for (const char* key : {"flop", "utilisation", "gpus", "plan", "step_s", "binding"})
      CHECK_MESSAGE(point.contains(key), key);
    largest = std::max(largest, point.at("utilisation").get<double>());
    CHECK(point.at("plan").at("tensor").is_number());
  }
  CHECK(points.front().at("flop").get<double>() == doctest::Approx(1e24));
  CHECK(points.back().at("flop").get<double>() == doctest::Approx(1e33));
  CHECK(points.front().at("utilisation").get<double>() > 0.2);
  CHECK(points.back().at("utilisation").get<double>() == 0.0);
  CHECK(json.at("largest_utilisation").get<double>() == largest);
  // By their definition, from the points.
  const auto first_below = [&](double least) {
    bool passed = false;
    for (const auto& point : points) {
      passed = passed || point.at("utilisation").get<double>() == largest;
      if (passed && point.at("utilisation").get<double>() < least) return point.at("flop");
    }
    return nlohmann::json(nullptr);
  };
  CHECK(json.at("knee_flop") == first_below(0.8 * largest));
  CHECK(json.at("half_flop") == first_below(0.5 * largest));
  CHECK(json.at("wall_flop") == first_below(0.01));
  CHECK(contains(json.at("batch_law"), "cube-root-parameters"));
  CHECK(contains(json.at("batch_law"), "4M tokens at 175B parameters [a test]"));
  CHECK(contains(json.at("model_law"), "tokens-per-parameter, D = 20 N"));
  CHECK(json.at("closed_form").at("flop").get<double>() > 1e28);
  CHECK(json.at("inputs").at(0).at("sha256").get<std::string>().size() == 64);

  const auto screen = run({"wall", path}).out;
  for (const char* part : {"knee (below 80 % of it)", "closed form:", "batch: cube-root-parameters",
                           "too late", "constants: h100-16bit-megatron-core-0.8"})
    CHECK_MESSAGE(contains(screen, part), part);
}

TEST_CASE("wall finds variants beside, and prints the same bytes twice") {
  const scenario::Files files;
  files.write("longer.toml", "include = \"wall.toml\"\n[wall]\nmonths = 30.0\n");
  const auto path = files.write(
      "wall.toml", base +
                       "from = \"1e26 FLOP\"\nto = \"1e32 FLOP\"\n"
                       "[[wall.variant]]\nname = \"longer\"\nscenario = \"longer.toml\"\n");
  const auto json = nlohmann::json::parse(run({"wall", path, "--json"}).out);
  REQUIRE(json.at("variants").size() == 1);
  const auto& longer = json.at("variants").at(0);
  CHECK(longer.at("name") == "longer");
  CHECK(longer.at("wall_flop").get<double>() > json.at("wall_flop").get<double>());
  const auto csv = run({"wall", path, "--csv"}).out;
  CHECK(csv.starts_with("curve,flop,utilisation,in_time,gpus,step_s"));
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 1 + 2 * 7);
  CHECK(run({"wall", path, "--csv"}).out == csv);
}

TEST_CASE("wall refuses what has none, with the place") {
  const scenario::Files files;
  const auto path = files.write("wall.toml", base);
  const auto outcome = run({"wall", path, "--set", "wall.months=0"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, "wall.months = 0"));
  const auto unknown = run({"wall", path, "--set", "wall.batch_law=mine"});
  CHECK(unknown.status == 2);
  CHECK(contains(unknown.err, "there is no batch law 'mine'"));
}

}  // namespace
}  // namespace longhaul::cli
