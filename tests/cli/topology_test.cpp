// longhaul topology and longhaul list as a user meets them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "cli/topology_spec.hpp"
#include "desk.hpp"
#include "program.hpp"
#include "scenario/scenario_file.hpp"
#include "training/calibration.hpp"

namespace longhaul::cli {
namespace {

using Json = nlohmann::json;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Json topology(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "topology");
  arguments.emplace_back("--json");
  const auto outcome = run(arguments);
  CHECK_MESSAGE(outcome.status == 0, outcome.err);
  return Json::parse(outcome.out, nullptr, false);
}

}  // namespace

TEST_CASE("topologies named on the command line: dragonfly a=6 p=3 h=3 and torus 5x7") {
  const Json rows = topology({"dragonfly a=6 p=3 h=3", "torus 5x7", "fat-tree k=4 levels=3"});
  REQUIRE(rows.size() == 3);
  const Json& dragonfly = rows[0];
  CHECK(dragonfly["gpus"] == 6 * 3 * 19);  // a h + 1 = 19 groups
  CHECK(dragonfly["switches"] == 6 * 19);
  CHECK(dragonfly["inter_switch_links"] == 19 * 15 + 19 * 18 / 2);
  CHECK(dragonfly["diameter_hops"] == 5);  // three routers' links and two NICs
  const Json& torus = rows[1];
  CHECK(torus["gpus"] == 35);
  CHECK(torus["switches"] == 0);
  CHECK(torus["links"] == 70);
  CHECK(torus["diameter_hops"] == 2 + 3);
  // 35/34 (24/20 + 48/28)
  CHECK(torus["mean_hops"].get<double>() == doctest::Approx(35 / 34.0 * (1.2 + 12 / 7.0)));
  CHECK(rows[2]["switches"] == 20);
  CHECK(rows[2]["links"] == 48);
  CHECK(rows[2]["bisection_links"] == 8);
  CHECK(rows[2]["bisection_bytes_per_s"] == 8 * 50e9);
  CHECK(rows[2]["injection_bytes_per_s"] == 16 * 50e9);
  for (const Json& row : rows)
    for (const char* key : {"name", "articulation_points", "cost_usd", "power_w",
                            "all_to_all_bound_bytes_per_s", "losses", "bill"})
      CHECK_MESSAGE(row.contains(key), key);
}

TEST_CASE("numbers of a topology by their letters, in order, and lists as 4x4") {
  const Json rows = topology({"dragonfly 6x3x3", "dragonfly a=6", "hammingmesh 2x2 4x3",
                              "hammingmesh a=4 b=2 x=1 y=2", "pgft 4x4 1x4", "hyperx 4x4 2"});
  CHECK(rows[0]["gpus"] == 342);
  CHECK(rows[1]["gpus"] == 342);  // balanced: p = h = 3
  CHECK(rows[2]["gpus"] == 2 * 2 * 4 * 3);
  CHECK(rows[2]["switches"] == 2 * 3 + 2 * 4);  // one a row and one a column of accelerators
  CHECK(rows[3]["gpus"] == 4 * 2 * 1 * 2);
  CHECK(rows[4]["gpus"] == 16);
  CHECK(rows[5]["gpus"] == 32);
  // A shell takes brackets for itself.
  const Json set = topology({"torus 5x7", "--set", "fabric.torus.dimensions=4x4x2"});
  CHECK(set[0]["gpus"] == 32);
}

TEST_CASE("--set goes on top of every fabric, and a collective runs on each") {
  const Json rows =
      topology({"fat_tree k=8 levels=2", "torus 8x4", "--set", "fabric.nic_bandwidth=100 Gbps",
                "--collective", "all-reduce", "--size", "16MB"});
  REQUIRE(rows.size() == 2);
  for (const Json& row : rows) {
    CHECK(row["gpus"] == 32);
    CHECK(row["ranks"] == 32);
    CHECK(row["size_bytes"] == 16e6);
    CHECK(row["flow_s"].get<double>() ==
          doctest::Approx(row["analytic_s"].get<double>()).epsilon(1e-9));
    // 2 (31/32) 16 MB over one port of 12.5 GB/s is 2.48 ms
    CHECK(row["analytic_s"].get<double>() > (row["topology"] == "torus" ? 2.48e-3 / 4 : 2.48e-3));
  }
  CHECK(rows[0]["injection_bytes_per_s"] == 32 * 12.5e9);
}

TEST_CASE("boards at optical switches: those that stand by cost, and carry nothing") {
  const Json rows = topology({"torus 4x4x8 board=4x4x4 optical_switches=true spare_boards=1",
                              "torus 4x4x8 board=4x4x4 optical_switches=true twist=true",
                              "torus 4x4x8", "--collective", "all-to-all", "--size", "1MB"});
  REQUIRE(rows.size() == 3);
  CHECK(rows[0]["ranks"] == 128);
  // The twisted one saves its share of 4.031496 hops: tests/fabric/direct_topologies_test.cpp.
  CHECK(rows[1]["mean_hops"].get<double>() == doctest::Approx(3.464567));
  for (const char* key : {"gpus", "links", "diameter_hops", "mean_hops", "bisection_links",
                          "all_to_all_bound_bytes_per_s", "all_reduce_bytes_per_s"})
    CHECK_MESSAGE(rows[0][key] == rows[2][key], key);
  const auto count = [](const Json& row, const std::string& what) {
    for (const Json& line : row["bill"])
      if (line["what"] == what) return line["count"].get<int>();
    return 0;
  };
  CHECK(count(rows[0], "optical circuit switch, 128 ports, price not known") == 48);
  CHECK(count(rows[0], "optical cable") == 3 * 48);
  CHECK(count(rows[1], "optical cable") == 2 * 48);
}

TEST_CASE("the table has a column a fabric, CSV a line") {
  const auto table = run({"topology", "torus 4x4", "fat_tree k=4"});
  CHECK(table.status == 0);
  CHECK(contains(table.out, "torus 4x4"));
  CHECK(contains(table.out, "diameter [hops]"));
  const auto csv = run({"topology", "torus 4x4", "fat_tree k=4", "--csv"});
  CHECK(std::count(csv.out.begin(), csv.out.end(), '\n') == 3);
  CHECK(csv.out.starts_with("name,topology,gpus,"));
  CHECK(contains(csv.out, "\ntorus 4x4,torus,16,"));
}

TEST_CASE("impossible fabrics are refused with what would do") {
  const auto error = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "topology");
    const auto outcome = run(arguments);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  CHECK(contains(error({"fat_tree k=7"}), "take an even number such as 6 or 8"));
  CHECK(contains(error({"fat_tree k=64 gpus=100"}), "take 96 or 128"));
  CHECK(contains(error({"fat_tree k=64 taper=2.5"}), "take one of 1, 3, 7"));
  CHECK(contains(error({"hypercube 8"}), "topologies are fat_tree, pgft"));
  CHECK(contains(error({"dragonfly q=3"}), "dragonfly has no 'q'; there are: "));
  CHECK(contains(error({"torus 4x4", "--set", "fabric.nic_bandwidth=0 B/s"}), "nic_bandwidth"));
  CHECK(contains(
      error({"fat_tree k=8", "--set", "fabric.planes=1000000000", "--set",
             "fabric.sites.sites=1000000000", "--set", "fabric.sites.buildings=1000000000"}),
      "more than a fabric can hold"));
  CHECK(contains(error({"fat_tree k=8", "--set", "fabric.sites.sites=2000"}),
                 "more than a fabric can hold"));
  CHECK(contains(error({"fat_tree k=8", "--set", "fabric.rails=only", "--set",
                        "fabric.gpus_per_node=8", "--set", "fabric.forwarding=false"}),
                 "joins them; GPUs do not forward (forwarding = false)"));
  CHECK(contains(error({"fat_tree k=28 levels=3", "--collective", "all-to-all"}), "take fewer"));
  CHECK(contains(error({"none.toml"}), "none.toml"));
  CHECK(contains(error({"torus 4x4", "--collective", "all-reduce", "--algorithm", "x"}),
                 "there is no all-reduce 'x' here; there are: ring"));
  CHECK(contains(error({"torus 4x4", "--collective", "all-reduce", "--size", "4"}), "--size 4"));
  CHECK(contains(error({"torus 4x4", "--collective", "all-reduce", "--gpus", "17"}),
                 "--gpus 17, but there are 16"));
  CHECK(contains(error({"torus 4x4", "--size", "2GB"}), "--collective"));
  CHECK(contains(error({"torus 4x"}), "'torus 4x': error: fabric.torus.dimensions = '4x', but a"));
  CHECK(contains(error({"torus 0x4"}),
                 "'torus 0x4': error: fabric.torus.dimensions holds 0, but a "
                 "list of whole numbers from 1"));
  CHECK(contains(error({"torus 5 7"}),
                 "7 is one number too many for torus, whose numbers are, in "
                 "this order: dimensions; a list is written 5x7"));
  CHECK(contains(error({"dragonfly a=6 p=3 a=7"}), "gives fabric.dragonfly.routers twice"));
  CHECK(contains(error({"torus 4x4", "--set", "fabric.torus.dimensions=4x0"}),
                 "--set fabric.torus.dimensions=4x0: error: fabric.torus.dimensions holds 0"));
  CHECK(contains(error({"torus 4x4x8 optical_switches=true"}), "give board, such as [4, 4, 4]"));
  CHECK(contains(error({"torus 4x4x9 twist=true"}), "'torus 4x4x9 twist=true': error: "));
}

TEST_CASE("prices are those asked for, else the card's own, else those of rail_only_2023") {
  const scenario::Files files;
  const std::string platforms = LONGHAUL_SOURCE_ROOT "/platforms/";
  files.write("card.toml", "name = \"card\"\nchip = \"" + platforms +
                               "chips/h100_sxm.toml\"\nprices = \"" + platforms +
                               "prices/hammingmesh_2022.toml\"\nstorage.bandwidth = \"1 TB/s\"\n"
                               "power.server_per_gpu = \"1 W\"\n[fabric]\ngpus_per_node = 1\n"
                               "[fabric.fat_tree]\nports = 64\ngpus = 64\n");
  const auto cost = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), files.path("card.toml"));
    return topology(arguments)[0]["cost_usd"].get<double>();
  };
  // 2 leaves and a spine: 3 switches; 64 copper cables to hosts, 64 optical ones up
  CHECK(cost({}) == 3 * 14'280 + 64 * 272 + 64 * 603);
  CHECK(cost({"--prices", "rail_only_2023"}) == 3 * 64 * 694 + 128 * 2 * 199);
  CHECK(cost({"--prices", platforms + "prices/rail_only_2023.toml"}) ==
        cost({"--prices", "rail_only_2023"}));
  const auto missing = run({"topology", "torus 4x4", "--prices", "none"});
  CHECK(missing.status == 2);
  CHECK(contains(missing.err, "--prices none: error: is no card"));
  CHECK(contains(missing.err, "take one of deepseek_2025, hammingmesh_2022, rail_only_2023"));
}

TEST_CASE("a step whose GPUs have no path is the user's mistake") {
  const Desk desk;
  desk.files.write(
      "cards/cluster.toml",
      "name = \"rails\"\nchip = \"chip.toml\"\nstorage.bandwidth = \"1 TB/s\"\n"
      "power.server_per_gpu = \"1 W\"\n[fabric]\nrails = \"only\"\nforwarding = false\n"
      "[fabric.fat_tree]\nports = 4\ngpus = 4\n");
  // Stages are 4 ranks apart: from rail 4 of node 0 to rail 0 of node 1.
  const auto outcome = desk({"step", "scenario.toml", "--set", "run.plan.tensor=1", "--set",
                             "run.plan.pipeline=4", "--set", "run.plan.data=4"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, "GPUs do not forward (forwarding = false)"));
}

TEST_CASE("list names every system of the catalogue with its size") {
  const auto outcome = run({"list"});
  CHECK(outcome.status == 0);
  for (const char* part : {"meta_24k_roce", "24,576", "tpu_v5p_pod", "8,960", "oci_zettascale",
                           "131,072", "dragonfly", "slim_fly"})
    CHECK_MESSAGE(contains(outcome.out, part), part);
}

TEST_CASE("every system of the catalogue has constants for steps in 16 bits") {
  const auto sets = scenario::read_calibration(LONGHAUL_SOURCE_ROOT "/platforms/calibration.toml");
  for (const auto& system : catalogue()) {
    const auto chip = find_platform(system, {}).platform.chip.name;
    CHECK_MESSAGE(training::find_set(sets, chip, training::Precision::Bf16, "") != nullptr, chip);
  }
}

}  // namespace longhaul::cli
