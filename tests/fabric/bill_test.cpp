#include "fabric/bill.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "fabrics.hpp"
#include "scenario/scenario_file.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

hardware::PriceList prices(const std::string& name) {
  return scenario::read_prices(LONGHAUL_SOURCE_ROOT "/platforms/prices/" + name + ".toml");
}

FabricConfig tree_config(std::int64_t ports, std::int64_t levels, std::int64_t gpus,
                         std::int64_t gpus_per_node = 1, Rails rails = Rails::Packed) {
  FabricConfig config;
  config.gpus_per_node = gpus_per_node;
  config.rails = rails;
  config.network.fat_tree = FatTree{.ports = ports, .levels = levels, .gpus = gpus};
  return config;
}

std::int64_t count(const Bill& bill, const std::string& what) {
  for (const BillLine& line : bill.lines)
    if (line.what == what) return line.count;
  return 0;
}

/// Boards of a x a accelerators, as many a side, in planes: rows by copper, columns by fibre.
Fabric hamming_mesh(std::int64_t boards, std::int64_t a, std::int64_t planes) {
  FabricConfig config;
  config.gpus_per_node = 1;
  config.planes = planes;
  config.network.hammingmesh =
      HammingMesh{.board_width = a, .board_height = a, .width = boards, .height = boards};
  return make_fabric(config);
}

}  // namespace

TEST_CASE("rail-optimised 32,768 GPUs cost 152,829,952 USD") {
  // (1,024 + 1,024 + 512) x 64 ports x 694 + 3 x 32,768 links x 2 x 199
  const Bill bill = bill_of_materials(make_fabric(tree_config(64, 3, 32'768, 8, Rails::Optimised)),
                                      prices("rail_only_2023"));
  CHECK(count(bill, "leaf switch, 64 ports") == 1024);
  CHECK(count(bill, "aggregation switch, 64 ports") == 1024);
  CHECK(count(bill, "core switch, 64 ports") == 512);
  CHECK(count(bill, "switch port") == 2560 * 64);
  CHECK(count(bill, "transceiver") == 2 * 3 * 32'768);
  CHECK(count(bill, "NIC") == 32'768);
  CHECK(bill.dollars.value() == 152'829'952.0);
  CHECK(bill.dollars_per_gpu.value() == 152'829'952.0 / 32'768);
}

TEST_CASE("rail-only 32,768 GPUs in domains of 256 cost 94,306,304 USD, 38.3 % less") {
  // 256 rails of 128 GPUs: (4 + 2) switches x 64 x 694 and 2 x 128 links x 2 x 199
  const Bill bill = bill_of_materials(make_fabric(tree_config(64, 2, 128, 256, Rails::Only)),
                                      prices("rail_only_2023"));
  CHECK(count(bill, "leaf switch, 64 ports") == 256 * 4);
  CHECK(count(bill, "core switch, 64 ports") == 256 * 2);
  CHECK(bill.dollars.value() == 94'306'304.0);
  CHECK(1.0 - bill.dollars.value() / 152'829'952.0 == doctest::Approx(0.383).epsilon(1e-3));
}

TEST_CASE(
    "the small table of HammingMesh: tree 25.303 M$, mesh of 2 5.412, of 4 2.706, HyperX 10.824") {
  const hardware::PriceList list = prices("hammingmesh_2022");
  FabricConfig tree = tree_config(64, 2, 1024);
  tree.planes = 16;
  tree.network.fat_tree->cable = metres(20);
  // a plane: 48 switches, 1,024 copper and 1,024 optical cables
  const Bill bill = bill_of_materials(make_fabric(tree), list);
  CHECK(count(bill, "leaf switch, 64 ports") == 16 * 32);
  CHECK(count(bill, "core switch, 64 ports") == 16 * 16);
  CHECK(bill.dollars.value() == 25'303'040.0);

  // Hx2, a plane: 64 lines of 16 boards x 2 = 32 ports, two a switch; 1,024 + 1,024 cables
  const Bill hx2 = bill_of_materials(hamming_mesh(16, 2, 4), list);
  CHECK(count(hx2, "line switch, 64 ports") == 4 * 32);
  CHECK(count(hx2, "copper cable") == 4 * 1024);
  CHECK(count(hx2, "optical cable") == 4 * 1024);
  CHECK(hx2.dollars.value() == 4 * (32 * 14'280.0 + 1024 * 272.0 + 1024 * 603.0));
  // Hx4: 64 lines of 8 x 2 = 16 ports, four a switch
  const Bill hx4 = bill_of_materials(hamming_mesh(8, 4, 4), list);
  CHECK(count(hx4, "line switch, 64 ports") == 4 * 16);
  CHECK(hx4.dollars.value() == 4 * (16 * 14'280.0 + 512 * 272.0 + 512 * 603.0));
  // HyperX: 64 lines of 32 x 2 = 64 ports
  const Bill hyperx = bill_of_materials(hamming_mesh(32, 1, 4), list);
  CHECK(count(hyperx, "line switch, 64 ports") == 4 * 64);
  CHECK(hyperx.dollars.value() == 4 * (64 * 14'280.0 + 2048 * 272.0 + 2048 * 603.0));
  CHECK(hx2.dollars.value() == doctest::Approx(5.412e6).epsilon(1e-4));
  CHECK(hx4.dollars.value() == doctest::Approx(2.706e6).epsilon(1e-4));
  CHECK(hyperx.dollars.value() == doctest::Approx(10.824e6).epsilon(1e-4));
}

TEST_CASE("a 32 x 32 torus of 2 x 2 boards in four planes costs 2,469,888 USD: its fibres") {
  FabricConfig config;
  config.gpus_per_node = 1;
  config.planes = 4;
  config.network.torus = Torus{.dimensions = {32, 32}, .cable = metres(20), .board = {2, 2}};
  const Fabric fabric = make_fabric(config);
  const Bill bill = bill_of_materials(fabric, prices("hammingmesh_2022"));
  CHECK(count(bill, "link on a board or in a backplane") == 4 * 1024);
  CHECK(count(bill, "optical cable") == 4 * 1024);
  CHECK(bill.dollars.value() == 2'469'888.0);
}

TEST_CASE("links between switches are priced where links to hosts are not, however short") {
  // 3 links a GPU of a torus, 504 USD and two modules of 10 W each
  const Bill torus = bill_of_materials(uniform(Torus{{8, 8, 16}}, bytes_per_second(1), seconds(0)),
                                       prices("deepseek_2025"));
  CHECK(torus.dollars.value() == 3 * 1024 * 504.0);
  CHECK(torus.watts.value() == 3 * 1024 * 20.0);
  // 8 x 8 routers: 64 x 7 links, and 64 boxes
  const Bill mesh = bill_of_materials(uniform(HyperX{{8, 8}, 16}, bytes_per_second(1), seconds(0)),
                                      prices("deepseek_2025"));
  CHECK(count(mesh, "link to a host, not priced") == 1024);
  CHECK(mesh.dollars.value() == 448 * 504.0 + 64 * 83'000.0);
}

TEST_CASE("GPUs that share a NIC share its cable and port; a faster cable is one cable") {
  // A node of 8 shares a NIC; 40 leaves of 20 nodes, 20 spines [Fire-Flyer 2, a zone].
  FabricConfig config;
  config.gpus_per_nic = 8;
  config.network.pgft = Pgft{.children = {160, 40}, .parents = {1, 20}, .speeds = {1, 8}};
  const Fabric fabric = make_fabric(config);
  const Bill bill = bill_of_materials(fabric, prices("rail_only_2023"));
  CHECK(count(bill, "NIC") == 800);
  CHECK(count(bill, "leaf switch, 64 ports") == 40);  // 20 + 20 ports in use
  CHECK(count(bill, "transceiver") == 2 * (800 + 800));
  CHECK(bill.dollars.value() == 60 * 64 * 694.0 + 1600 * 2 * 199.0);
  const auto up = std::ranges::find(fabric.links, LinkKind::SwitchToSwitch, &Link::kind);
  CHECK(up->bandwidth.value() == 8 * 50e9);
  CHECK(up->cables == 1);
  config.gpus_per_nic = 3;
  CHECK_THROWS_WITH(make_fabric(config),
                    "gpus_per_nic = 3, but a node has 8 GPUs; take a divisor of that");
  CHECK_THROWS_WITH(validate(Pgft{.children = {4, 4}, .parents = {1, 4}, .speeds = {2, 1}}),
                    "speeds = [2, 1], but a fat tree of 2 layers needs as many, the first 1 for "
                    "NICs and all at least 1, or none");
}

TEST_CASE("DeepSeek's table: 9, 72 and 491 M$") {
  const hardware::PriceList list = prices("deepseek_2025");
  // 96 x 83.0 k$ + 2,048 x 504 $
  const Bill two = bill_of_materials(make_fabric(tree_config(64, 2, 0, 8)), list);
  CHECK(count(two, "optical cable") == 2048);
  CHECK(two.dollars.value() == doctest::Approx(9e6).epsilon(0.5 / 9));
  CHECK(two.dollars.value() == 96 * 83'000.0 + 2048 * 504.0);
  // Eight planes, GPU i of a node on plane i: 768 switches.
  const Bill planes = bill_of_materials(make_fabric(tree_config(64, 2, 0, 8, Rails::Only)), list);
  CHECK(count(planes, "NIC") == 16'384);
  CHECK(count(planes, "leaf switch, 64 ports") + count(planes, "core switch, 64 ports") == 768);
  CHECK(planes.dollars.value() == doctest::Approx(72e6).epsilon(0.5 / 72));
  // 5,120 switches, 131,072 links
  const Bill three = bill_of_materials(make_fabric(tree_config(64, 3, 0, 8)), list);
  CHECK(count(three, "NIC") == 65'536);
  CHECK(count(three, "optical cable") == 131'072);
  CHECK(three.dollars.value() == doctest::Approx(491e6).epsilon(0.5 / 491));
  // 5,120 x 940 W + 2 x 131,072 x 10 W + 65,536 x 25 W
  CHECK(three.watts.value() == 5120 * 940.0 + 262'144 * 10.0 + 65'536 * 25.0);
}

TEST_CASE("a switch with more ports than a box has stands for several, with all their ports") {
  // 4 leaves of 12 GPUs + 4 uplinks = 16 ports in use, 4 spines of 4: boxes of 10 ports
  FabricConfig config;
  config.gpus_per_node = 1;
  config.network.pgft = Pgft{{12, 4}, {1, 4}, {1, 1}};
  hardware::PriceList list;
  list.switch_ports = 10;
  list.port_price = dollars(1);
  list.port_power = watts(2);
  const Bill bill = bill_of_materials(make_fabric(config), list);
  CHECK(count(bill, "leaf switch, 10 ports") == 8);
  CHECK(count(bill, "core switch, 10 ports") == 4);
  CHECK(bill.dollars.value() == 120.0);
  CHECK(bill.watts.value() == 240.0);
}

TEST_CASE("domains, stores and lines between sites are not in the bill") {
  FabricConfig config = tree_config(4, 2, 0, 2);
  hardware::PriceList list;
  list.switch_ports = 64;
  list.optical_price = dollars(1);
  const double alone = bill_of_materials(make_fabric(config), list).dollars.value();
  CHECK(alone == 16.0);  // 8 NICs, 8 links up
  config.storage_bandwidth = bytes_per_second(1e12);
  CHECK(bill_of_materials(make_fabric(config), list).dollars.value() == alone);
  config.sites.sites = 2;
  config.sites.campus_switches = 2;
  // two sites, each with 2 cables from its spines to its campus switches
  CHECK(bill_of_materials(make_fabric(config), list).dollars.value() == 2 * alone + 4);
}

TEST_CASE("a price list needs a switch with ports") {
  CHECK_THROWS_WITH_AS(bill_of_materials(make_fabric(tree_config(4, 2, 0)), {}),
                       "switch_ports = 0, but a switch that is priced has at least 1 port",
                       std::invalid_argument);
}
