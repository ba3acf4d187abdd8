#include <doctest/doctest.h>

#include <csignal>
#include <cstdio>
#include <simgrid/s4u/Actor.hpp>
#include <simgrid/s4u/Comm.hpp>
#include <simgrid/s4u/Engine.hpp>
#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/Link.hpp>
#include <simgrid/s4u/Mutex.hpp>
#include <simgrid/s4u/NetZone.hpp>

#include <stdexcept>

#include "../fabric/fabrics.hpp"
#include "engine/fabric_zone.hpp"
#include "engine/flow_phase.hpp"
#include "engine/forked.hpp"
#include "engine/settings.hpp"
#include "on_fabric.hpp"

using namespace longhaul;
using namespace longhaul::engine;

namespace {

fabric::Fabric star() {
  return fabric::uniform(fabric::Pgft{{4}, {1}}, bytes_per_second(50e9), seconds(1e-6));
}

}  // namespace

TEST_CASE("a forked function hands its bytes back, more than a pipe holds included") {
  CHECK(run_forked([] { return std::string("answer"); }) == "answer");
  CHECK(run_forked([] { return std::string(); }).empty());
  const std::string large(1'000'000, 'x');
  CHECK(run_forked([&] { return large; }) == large);
  CHECK(run_forked_values<double>([] { return std::vector{1.5, -2.0}; }) == std::vector{1.5, -2.0});
}

TEST_CASE("a child's exception, signal or silent exit is the parent's exception") {
  CHECK_THROWS_WITH_AS(run_forked([]() -> std::string { throw std::runtime_error("no fuel"); }),
                       "no fuel", std::runtime_error);
  CHECK_THROWS_WITH_AS(run_forked([]() -> std::string {
                         std::signal(SIGTERM, SIG_DFL);
                         std::raise(SIGTERM);
                         return {};
                       }),
                       "a child process was ended by signal 15 (Terminated)", std::runtime_error);
  CHECK_THROWS_WITH_AS(run_forked([]() -> std::string { std::_Exit(3); }),
                       "a child process left with status 3 and no answer", std::runtime_error);
}

TEST_CASE("each forked simulation has its own clock from 0") {
  for (int repeat = 0; repeat < 2; ++repeat) {
    const auto clock = on_fabric(star(), [](FabricZone& zone, fabric::Router&) {
      const double before = now().value();
      zone.start({0, 1}, bytes(5e10), [](TransferEnd) {});
      run_engine();
      return std::vector{before, now().value()};
    });
    CHECK(clock[0] == 0.0);
    CHECK(clock[1] == doctest::Approx(1.000002));
  }
}

TEST_CASE("a transfer ends LinkFailed when a link of it goes down, and works again after") {
  const auto seen = on_fabric(star(), [](FabricZone& zone, fabric::Router& router) {
    std::vector<double> ends;
    const auto on_end = [&ends](TransferEnd end) {
      ends.push_back(end == TransferEnd::Finished ? 1.0 : 0.0);
      ends.push_back(now().value());
    };
    const fabric::LinkIndex nic = router.route({0, 1}).links[0];
    zone.start({0, 1}, bytes(50e9), on_end);
    call_at(seconds(0.25), [&] { zone.set_alive(nic, false); });
    call_at(seconds(0.5), [&] { zone.set_alive(nic, true); });
    call_at(seconds(1), [&] { zone.start({0, 1}, bytes(50e9), on_end); });
    run_engine();
    return ends;
  });
  REQUIRE(seen.size() == 4);
  CHECK(seen[0] == 0.0);
  CHECK(seen[1] == doctest::Approx(0.25));
  CHECK(seen[2] == 1.0);
  CHECK(seen[3] == doctest::Approx(2.000002));
}

TEST_CASE("one transfer may start the next as it ends") {
  const auto ends = on_fabric(star(), [](FabricZone& zone, fabric::Router&) {
    std::vector<double> times;
    std::function<void(TransferEnd)> next = [&](TransferEnd) {
      times.push_back(now().value());
      if (times.size() < 3) zone.start({0, 1}, bytes(50e9), next);
    };
    zone.start({0, 1}, bytes(50e9), next);
    run_engine();
    return times;
  });
  REQUIRE(ends.size() == 3);
  CHECK(ends[2] == doctest::Approx(3.000006));
}

TEST_CASE("24,576 GPUs are known to SimGrid only where traffic passes") {
  const auto counts = on_fabric(fabric::clos_of(), [](FabricZone& zone, fabric::Router&) {
    zone.start({0, 20'000}, bytes(1e6), [](TransferEnd) {});
    run_engine();
    return std::vector{static_cast<double>(zone.n_links_used()),
                       static_cast<double>(zone.n_under_way())};
  });
  CHECK(counts[0] == 6);  // NIC, leaf, aggregation, core and down again
  CHECK(counts[1] == 0);
}

TEST_CASE("a deadlock is an error") {
  CHECK_THROWS_WITH_AS(
      run_forked([]() -> std::string {
        std::freopen("/dev/null", "w", stderr);  // SimGrid lists the actors there
        start_engine(Clock::Months);
        const fabric::Fabric fabric = star();
        fabric::Router router(fabric);
        FabricZone zone(router);
        auto mutex = simgrid::s4u::Mutex::create();
        simgrid::s4u::Actor::create(
            "waits", simgrid::s4u::Engine::get_instance()->get_all_hosts()[0], [mutex] {
              mutex->lock();
              simgrid::s4u::this_actor::suspend();
            });
        run_engine();
        return "returned";
      }),
      "the simulation is deadlocked at 0 s: actors wait for what will never happen",
      std::runtime_error);
}

TEST_CASE("under the settings SimGrid's own links carry 1 GB over 5 ms and 50 GB/s in 25.000 ms") {
  // Our zone keeps latency away from SimGrid, so TCP-gamma and the latency factor show only here.
  const auto end_s = run_forked_values<double>([] {
    start_engine(Clock::Detail);
    auto* zone = simgrid::s4u::create_full_zone("plain");
    auto* a = zone->create_host("a", 1e9);
    auto* b = zone->create_host("b", 1e9);
    const simgrid::s4u::Link* wire = zone->create_link("wire", 50e9)->set_latency(5e-3)->seal();
    zone->add_route(a->get_netpoint(), b->get_netpoint(), nullptr, nullptr,
                    {simgrid::s4u::LinkInRoute(wire)}, true);
    zone->seal();
    const auto comm = simgrid::s4u::Comm::sendto_async(a, b, 1'000'000'000);
    run_engine();
    return std::vector{now().value()};
  });
  CHECK(end_s[0] == doctest::Approx(0.025).epsilon(1e-9));
}

TEST_CASE("a second platform in a process, or one before the engine, is refused") {
  CHECK_THROWS_AS(on_fabric(star(),
                            [](FabricZone&, fabric::Router& router) -> std::vector<double> {
                              FabricZone second(router);
                              return {};
                            }),
                  std::runtime_error);
  CHECK_THROWS_WITH(run_forked([]() -> std::string {
                      const fabric::Fabric fabric = star();
                      fabric::Router router(fabric);
                      FabricZone zone(router);
                      return {};
                    }),
                    "start_engine() must come before the FabricZone");
}

TEST_CASE("the settings name what changes results, and the version is that of the library") {
  const auto settings = simgrid_settings(Clock::Detail);
  REQUIRE(settings.size() == 4);
  CHECK(settings[0] == std::pair<std::string, std::string>("network/model", "CM02"));
  CHECK(settings[3].second == "1e-12");
  CHECK(simgrid_settings(Clock::Months)[3].second == "1e-9");
  CHECK(simgrid_version().starts_with("3."));
}
