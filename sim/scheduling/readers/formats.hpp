// The formats that are read, one a file of this folder.
#pragma once

#include <string_view>

#include "scheduling/trace_draft.hpp"

namespace longhaul::scheduling {

/// What a format is recognised by.
struct TraceHead {
  std::string_view extension;   ///< of the file's name, with its dot; small letters
  std::string_view first_line;  ///< the first that is neither empty nor starts with #
};

struct Format {
  TraceFormat name;
  bool (*recognises)(const TraceHead&);
  void (*read)(TraceDraft&);
};

extern const Format swf_format, batsim_format, philly_format, kalos_format, gavel_format,
    tiresias_format, longhaul_format;

}  // namespace longhaul::scheduling
