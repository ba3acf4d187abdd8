// SimGrid's own trace of a simulation, in the Paje format, which ViTE and pj_dump read.
#pragma once

#include <cstdint>
#include <istream>
#include <ostream>
#include <string>

namespace longhaul::engine {

/// A longer trace is cut short: SimGrid holds all of it in memory, about a kilobyte an event.
inline constexpr std::int64_t most_link_events = 2'000'000;

/// Lets SimGrid trace the next run of this process's engine into a file: each link that a flow
/// needs becomes a container with its `bandwidth` and its `bandwidth_used` [B/s], exact from one
/// change of rates to the next. Only one run is traced: SimGrid closes the file when it ends.
/// Throws std::logic_error when there is a platform already, as SimGrid opens the file with it.
void trace_links(const std::string& file);

/// Whether trace_links() was called: links then have names to be read.
bool traces_links();

/// Copies such a trace with its events in the order of time, definitions first. SimGrid writes a
/// link that is made on the way before earlier changes of others. Returns the number of events:
/// more than `most_link_events` where the trace is cut short.
std::int64_t order_by_time(std::istream& trace, std::ostream& into);

}  // namespace longhaul::engine
