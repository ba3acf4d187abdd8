#include "engine/link_trace.hpp"

#include <simgrid/instr.h>
#include <simgrid/s4u/Engine.hpp>
#include <simgrid/s4u/Link.hpp>

#include <xbt/log.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine/settings.hpp"

namespace longhaul::engine {
namespace {

using simgrid::s4u::Engine;
using simgrid::s4u::Link;

constexpr const char* bandwidth = "bandwidth";
constexpr const char* bandwidth_used = "bandwidth_used";
// What instr.h's events begin with; all from here on are followed by a time.
constexpr int first_timed_event = 6;

struct TracedLink {
  const Link* link;
  double used = -1;  // [B/s] as last written
};

bool traces = false;
std::int64_t n_written = 0;

void write(const Link& link, const char* variable, double value, double since_s) {
  ++n_written;
  simgrid::instr::set_link_variable(link.get_name(), variable, value, since_s);
}

/// Rates change where time stands still, so those of the time that has just passed are known once
/// it has.
void write_changes(std::vector<TracedLink>& links, double passed_s) {
  if (n_written >= most_link_events) return;
  const double since_s = now().value() - passed_s;
  for (auto& [link, used] : links) {
    const bool is_new = used < 0;
    if (const double usage = link->get_usage(); std::exchange(used, usage) == usage) continue;
    if (is_new) {
      // The type of links exists from the first link on; a second declaration is ignored.
      simgrid::instr::declare_link_variable(bandwidth);
      simgrid::instr::declare_link_variable(bandwidth_used);
      write(*link, bandwidth, link->get_bandwidth(), since_s);
    }
    write(*link, bandwidth_used, used, since_s);
  }
}

}  // namespace

void trace_links(const std::string& file) {
  start_engine(Clock::Detail);
  if (Engine::get_instance()->get_netzone_root() != nullptr)
    throw std::logic_error("trace_links() must come before the platform");
  xbt_log_control_set("ker_engine.thresh:warning");  // "CTRL-C pressed, exiting. ..."
  // SimGrid's own utilisation (tracing/uncategorized) knows a flow's last rate alone.
  for (const char* setting :
       {"tracing:yes", "tracing/platform:yes", "tracing/disable_link:yes",
        "tracing/platform/topology:no", "tracing/precision:9", "debug/verbose-exit:no"})
    Engine::set_config(setting);
  Engine::set_config("tracing/filename:" + file);
  traces = true;
  static std::vector<TracedLink> links;  // SimGrid keeps the callbacks for good
  Link::on_creation_cb([](const Link& link) {
    if (link.get_name() != "__loopback__") links.push_back({&link});
  });
  Engine::on_time_advance_cb([](double passed_s) { write_changes(links, passed_s); });
}

bool traces_links() { return traces; }

std::int64_t order_by_time(std::istream& trace, std::ostream& into) {
  std::vector<std::pair<double, std::string>> events;
  for (std::string line; std::getline(trace, line);) {
    std::size_t read = 0;
    const bool is_definition = line.empty() || line[0] == '#' || line[0] == '%' ||
                               std::stoi(line, &read) < first_timed_event;
    if (is_definition)
      into << line << '\n';
    else
      events.emplace_back(std::stod(line.substr(read)), line);
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& event : events) into << event.second << '\n';
  return std::ssize(events);
}

}  // namespace longhaul::engine
