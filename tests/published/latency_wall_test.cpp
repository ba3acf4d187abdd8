// The published latency wall [Erdil & Schneider-Joseph 2024, arXiv 2411.01137; Sevilla+ 2024]: in
// three months utilisation falls beyond 1e28 to 2e28 FLOP (the knee), and nothing is done beyond
// 1e31 to 2e31 (the wall). Not all of their constants are public: here kernels of 4.5 us, NCCL's
// tree, domains of 8, C = 6 N D, D = 20 N and a batch as N^(1/3), through both anchors and in both
// published forms of a layer's latency, from the shipped scenario. Nothing was tuned to come near.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <string>

#include "experiment/wall.hpp"
#include "scenario/scenario_file.hpp"

using namespace longhaul;

namespace {

experiment::Wall wall_of(const std::string& file) {
  const auto path = LONGHAUL_SOURCE_ROOT "/scenarios/figures/latency_wall/" + file;
  return experiment::find_wall(scenario::read_scenario(path, {}, scenario::Purpose::Wall).scenario);
}

/// How far outside of [low, high], as a factor; below 1 where it is lower.
double off(Flop compute, double low, double high) {
  const double value = compute.value();
  return value < low ? value / low : value > high ? value / high : 1.0;
}
bool within_three(double factor) { return factor >= 1.0 / 3 && factor <= 3.0; }

struct Row {
  const char* anchor;
  const char* form;
  const char* file;
  bool knee, wall, closed;  ///< whether it comes within a factor of three
};

}  // namespace

TEST_CASE("knee and wall for both anchors and both published forms, beside the published") {
  std::string table = fmt::format("\n{:<12} {:<9} {:>9} {:>7} {:>9} {:>7} {:>11} {:>7}\n", "anchor",
                                  "form", "knee", "off", "wall", "off", "closed form", "off");
  for (const Row& row : {Row{"4M at 175B", "text", "scenario.toml", false, false, false},
                         Row{"4M at 175B", "appendix", "appendix.toml", false, false, false},
                         Row{"60M at 1.8T", "text", "anchor_60m.toml", true, true, true},
                         Row{"60M at 1.8T", "appendix", "appendix_60m.toml", false, true, false}}) {
    const auto wall = wall_of(row.file);
    REQUIRE(wall.knee);
    REQUIRE(wall.wall);
    const double knee = off(*wall.knee, 1e28, 2e28);
    const double end = off(*wall.wall, 1e31, 2e31);
    const double closed = off(wall.closed.compute, 1e31, 2e31);
    table += fmt::format("{:<12} {:<9} {:>9.2g} {:>7.2g} {:>9.2g} {:>7.2g} {:>11.3g} {:>7.2g}\n",
                         row.anchor, row.form, wall.knee->value(), knee, wall.wall->value(), end,
                         wall.closed.compute.value(), closed);
    CHECK(within_three(knee) == row.knee);
    CHECK(within_three(end) == row.wall);
    CHECK(within_three(closed) == row.closed);
  }
  MESSAGE(table << "published                 1e28-2e28         1e31-2e31\n");
}

TEST_CASE("latency halved, a batch as the root of the data and half the depth raise the wall") {
  const auto base = wall_of("scenario.toml");
  for (const char* file : {"latency_halved.toml", "batch_growing.toml", "depth_halved.toml"}) {
    CAPTURE(file);
    const auto better = wall_of(file);
    CHECK(*better.wall > *base.wall);
    CHECK(better.closed.compute > base.closed.compute);
  }
}
