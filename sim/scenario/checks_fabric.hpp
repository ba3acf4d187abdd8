// Whether a platform's fabric can be built.
#pragma once

#include <string>

#include "diagnostics/diagnostic.hpp"
#include "fabric/fabric_config.hpp"
#include "scenario/reader.hpp"

namespace longhaul::scenario {

/// Whether the fabric at `path` can be built. Says why not at the key that the reason begins with
/// ("ports = 5: half of ..": at "fabric.fat_tree.ports"), or at `path`.
bool check_fabric(const fabric::FabricConfig& config, const std::string& path, const Reader& reader,
                  Diagnostics& diagnostics);

}  // namespace longhaul::scenario
