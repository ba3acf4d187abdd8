#include "engine/settings.hpp"

#include <xbt/log.h>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u/Engine.hpp>
#include <simgrid/s4u/NetZone.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include <simgrid/version.h>  // needs what stands above

namespace longhaul::engine {
namespace {

bool deadlocked = false;  // SimGrid's signal has no other place to leave word

}  // namespace

std::vector<std::pair<std::string, std::string>> simgrid_settings(Clock clock) {
  return {{"network/model", "CM02"},
          {"network/TCP-gamma", "0"},
          {"network/crosstraffic", "0"},
          {"surf/precision", clock == Clock::Detail ? "1e-12" : "1e-9"}};
}

std::string simgrid_version() {
  int major = 0, minor = 0, patch = 0;
  sg_version_get(&major, &minor, &patch);
  return patch == 0 ? fmt::format("{}.{}", major, minor)
                    : fmt::format("{}.{}.{}", major, minor, patch);
}

void start_engine(Clock clock) {
  using simgrid::s4u::Engine;
  if (!Engine::has_instance()) {
    xbt_log_control_set("xbt_cfg.thresh:warning");  // "Configuration change: ..."
    // SimGrid would end the process at Ctrl-C; what becomes of it is the caller's to say.
    struct sigaction of_caller {};
    sigaction(SIGINT, nullptr, &of_caller);
    // Lives as long as the process: SimGrid's kernel cannot be started a second time.
    new Engine("longhaul");
    sigaction(SIGINT, &of_caller, nullptr);
    for (const auto& [key, value] : simgrid_settings(clock)) Engine::set_config(key + ":" + value);
    Engine::on_deadlock_cb([] { deadlocked = true; });
    return;
  }
  for (const auto& [key, value] : simgrid_settings(clock))
    if (key == "surf/precision") Engine::set_config(key + ":" + value);
}

Seconds now() { return seconds(simgrid::s4u::Engine::get_clock()); }

void call_at(Seconds date, std::function<void()> callback) {
  simgrid::kernel::timer::Timer::set(std::max(date, now()).value(), std::move(callback));
}

void run_engine() {
  deadlocked = false;
  // A run of timers alone has no platform, which SimGrid does not expect.
  if (simgrid::s4u::Engine::get_instance()->get_netzone_root() == nullptr)
    simgrid::s4u::create_empty_zone("none")->seal();
  simgrid::s4u::Engine::get_instance()->run();
  if (deadlocked)
    throw std::runtime_error(
        fmt::format("the simulation is deadlocked at {} s: actors wait for what will never happen",
                    now().value()));
}

}  // namespace longhaul::engine
