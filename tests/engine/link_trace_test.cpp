#include "engine/link_trace.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "../fabric/fabrics.hpp"
#include "engine/fabric_zone.hpp"
#include "engine/forked.hpp"
#include "engine/settings.hpp"

namespace longhaul::engine {
namespace {

namespace fs = std::filesystem;

/// Two nodes of two GPUs under one leaf switch; NICs of 50 GB/s.
fabric::Fabric two_nodes() {
  auto config = fabric::clos_config({.gpus_per_leaf = 4,
                                     .leaves_per_pod = 1,
                                     .pods = 1,
                                     .aggregation_per_pod = 1,
                                     .cores = 1,
                                     .taper = 1});
  config.gpus_per_node = 2;
  config.parts.nic_bandwidth = bytes_per_second(50e9);
  return make_fabric(config);
}

struct Change {
  double time_s, used;  // [B/s] from then on
};

/// What a trace says of the links, by the names of their containers, and that it is in order.
struct Read {
  std::map<std::string, std::vector<Change>> links;
  std::map<std::string, double> bandwidth;
  double end_s = 0;
  bool in_order = true;

  explicit Read(std::istream& trace) {
    std::map<int, std::string> types, containers;
    for (std::string line; std::getline(trace, line);) {
      if (line.empty() || line[0] == '%' || line[0] == '#') continue;
      std::istringstream words(line);
      int event = 0;
      words >> event;
      int type = 0, container = 0, father = 0;
      double time_s = 0, value = 0;
      std::string name;
      if (event <= 1) {  // container or variable type
        words >> type >> father >> name;
        types[type] = name;
        continue;
      }
      words >> time_s;
      in_order = in_order && time_s >= end_s;
      end_s = time_s;
      if (event == 6) {
        words >> container >> type >> father;
        std::getline(words, name);
        containers[container] = name.substr(2, name.size() - 3);  // out of its quotes
      }
      if (event != 8) continue;
      words >> type >> container >> value;
      in_order = in_order && containers.count(container) == 1;
      if (types[type] == "bandwidth_used") links[containers[container]].push_back({time_s, value});
      if (types[type] == "bandwidth") bandwidth[containers[container]] = value;
    }
  }
  double bytes_over(const std::string& link) const {
    const auto& changes = links.at(link);
    double bytes = 0;
    for (std::size_t i = 0; i < changes.size(); ++i)
      bytes += changes[i].used *
               ((i + 1 < changes.size() ? changes[i + 1].time_s : end_s) - changes[i].time_s);
    return bytes;
  }
};

}  // namespace

TEST_CASE("a trace of SimGrid's holds what every link carried, whatever rates changed on the way") {
  std::string folder = (fs::temp_directory_path() / "longhaul-paje-XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const auto file = folder + "/a.trace";
  run_forked([&] {
    trace_links(file);
    const auto fabric = two_nodes();
    fabric::Router router(fabric);
    FabricZone zone(router);
    // Alone for 10 ms, then two share the NIC of GPU 2, then the second alone.
    zone.start({0, 2}, bytes(1e9), [](TransferEnd) {});
    call_at(seconds(0.01), [&] { zone.start({1, 2}, bytes(1e9), [](TransferEnd) {}); });
    run_engine();
    return std::string();
  });
  std::ifstream written(file);
  std::stringstream ordered;
  order_by_time(written, ordered);
  fs::remove_all(folder);
  CHECK(ordered.str().find("#This file was generated using SimGrid") == 0);
  const Read trace(ordered);
  CHECK(trace.in_order);
  REQUIRE(trace.links.size() == 3);
  for (const auto& [name, changes] : trace.links) {
    CHECK(trace.bandwidth.at(name) == 50e9);
    const bool into = name.find(" -> gpu 2 ") != std::string::npos;
    const bool first =
        name.find(": gpu 0 (node 0 leaf 0 pod 0) -> leaf switch 0") != std::string::npos;
    // 0.5 GB at 50 GB/s, 0.5 GB each at 25 GB/s, 0.5 GB at 50 GB/s.
    CHECK(trace.bytes_over(name) == doctest::Approx(into ? 2e9 : 1e9).epsilon(1e-6));
    if (!first) continue;
    REQUIRE(changes.size() == 3);
    CHECK(changes[0].used == 50e9);
    CHECK(changes[1].time_s == doctest::Approx(0.01).epsilon(1e-3));
    CHECK(changes[1].used == 25e9);
    CHECK(changes[2].time_s == doctest::Approx(0.03).epsilon(1e-3));
    CHECK(changes[2].used == 0);
  }
}

TEST_CASE("a platform that exists already cannot be traced") {
  CHECK_THROWS_WITH(run_forked([] {
                      start_engine(Clock::Detail);
                      const auto fabric = two_nodes();
                      fabric::Router router(fabric);
                      const FabricZone zone(router);
                      trace_links("none.trace");
                      return std::string();
                    }),
                    "trace_links() must come before the platform");
}

}  // namespace longhaul::engine
