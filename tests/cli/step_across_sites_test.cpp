// longhaul step and run of sites that are far apart.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "desk.hpp"

namespace longhaul::cli {
namespace {

using Json = nlohmann::json;

/// The small run, 16 GPUs and data 4, over two sites.
const std::vector<std::string> two_sites{
    "run.across_sites.sites=2", "run.across_sites.bandwidth=1 Gbps",
    "run.across_sites.distance=1000 km", "run.across_sites.loss_law=hoffmann-2022"};

struct SitesDesk : Desk {
  Outcome started(std::vector<std::string> arguments, const std::string& method) const {
    for (const auto& assignment : two_sites)
      arguments.insert(arguments.end(), {"--set", assignment});
    arguments.insert(arguments.end(), {"--set", "run.across_sites.method=" + method});
    return (*this)(arguments);
  }
  Json json(std::vector<std::string> arguments, const std::string& method) const {
    const auto outcome = started(std::move(arguments), method);
    CAPTURE(outcome.err);
    REQUIRE(outcome.status == 0);
    return Json::parse(outcome.out);
  }
};

TEST_CASE("a link that nobody gave is told to be assumed") {
  const SitesDesk desk;
  const auto outcome = desk({"step", "scenario.toml", "--set", "run.across_sites.sites=2"});
  REQUIRE(outcome.status == 0);
  CHECK(outcome.out.find("assumed, as run.across_sites does not give it: bandwidth, distance\n") !=
        std::string::npos);
  CHECK(desk.started({"step", "scenario.toml"}, "diloco").out.find("assumed, as") ==
        std::string::npos);
}

TEST_CASE("a step across sites is the step inside a replica and what it waits for") {
  const SitesDesk desk;
  for (const std::string method : {"synchronous", "pipeline", "diloco", "streaming-diloco"}) {
    CAPTURE(method);
    const auto json = desk.json({"step", "scenario.toml", "--json"}, method);
    const auto& sites = json["across_sites"];
    CHECK(sites["method"] == method);
    CHECK(sites["replicas"] == (method.ends_with("diloco") ? 2 : 1));
    // 1,000 km of 4.9 ns a metre.
    CHECK(sites["latency_s"] == doctest::Approx(0.0049));
    const auto exposed_s = sites["exposed_s"].get<double>();
    CHECK(exposed_s > 0);
    CHECK(json["step_terms"]["sites_s"] == exposed_s);
    CHECK(json["step_s"] ==
          doctest::Approx(sites["replica_step_s"].get<double>() + exposed_s).epsilon(1e-12));
    CHECK(sites["efficiency"] ==
          doctest::Approx(sites["replica_step_s"].get<double>() / json["step_s"].get<double>()));
    // Ten days of steps of 32 sequences of 1,024 tokens.
    CHECK(sites["end_tokens"] ==
          doctest::Approx(864000 / json["step_s"].get<double>() * 32 * 1024));
    CHECK(sites["end_loss"].get<double>() >= sites["end_loss_one_replica"].get<double>());
    CHECK(json["tokens"] == 32 * 1024);
  }
  // A gigabyte and more at 1 Gbps, every step.
  CHECK(desk.json({"step", "scenario.toml", "--json"}, "synchronous")["step_s"] > 10);
}

TEST_CASE("the screen of a step across sites fits 100 columns") {
  const SitesDesk desk;
  const auto outcome = desk.started({"step", "scenario.toml"}, "streaming-diloco");
  REQUIRE(outcome.status == 0);
  for (const char* part : {"\nsites        2 sites, streaming-diloco of 2 replicas\n",
                           "\n             a link of 125 MB/s a site, 4.9 ms one way; ",
                           "\n             a link for 0.90, 0.95, 0.96: ", " by hoffmann-2022\n"})
    CHECK_MESSAGE(outcome.out.find(part) != std::string::npos, outcome.out);
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\xC2\xB7") == std::string::npos) CHECK_MESSAGE(line.size() <= 100, line);
  }
}

TEST_CASE("months across sites take the same step") {
  const SitesDesk desk;
  const auto step = desk.json({"step", "scenario.toml", "--json"}, "diloco");
  const auto run = desk.json({"run", "scenario.toml", "--json", "--out", "r"}, "diloco");
  for (const char* key : {"step_terms", "step_s", "mfu", "memory", "tokens_per_s_per_gpu"})
    CHECK_MESSAGE(step[key] == run[key], key);
}

TEST_CASE("what knows one site alone says so") {
  const SitesDesk desk;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"step", "scenario.toml", "--every-rank"},
        {"plan", "scenario.toml"}}) {
    const auto outcome = desk.started(arguments, "synchronous");
    CHECK(outcome.status == 2);
    CHECK_MESSAGE(outcome.err.find("[run.across_sites]") != std::string::npos, outcome.err);
  }
}

}  // namespace
}  // namespace longhaul::cli
