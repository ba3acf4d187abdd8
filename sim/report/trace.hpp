// The timeline of a step as a Chrome trace, which ui.perfetto.dev and chrome://tracing open.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>

#include "report/provenance.hpp"
#include "report/trace_format.hpp"
#include "training/timeline.hpp"

namespace longhaul::report {

/// Writes a complete event ("X") a slice, under a process a stage and a thread a lane, named by
/// metadata events, which come first. Slices of one lane neither overlap nor nest once rounded to
/// nanoseconds; those that round to nothing are kept. Events come by start.
///
/// Of a timeline with more than `most_events` slices the first are written; `otherData` then says
/// how many there were and when the last one written starts, beside the provenance.
void write_trace(std::ostream& stream, const training::Timeline& timeline,
                 const Provenance& provenance, std::size_t most_events = most_trace_events);

/// Writes the trace to a file: aside first, renamed when it is whole. Throws InputError, and leaves
/// nothing behind, when it cannot or when `refuse_other_than_trace` does.
void write_trace_file(const std::string& path, const training::Timeline& timeline,
                      const Provenance& provenance);

}  // namespace longhaul::report
