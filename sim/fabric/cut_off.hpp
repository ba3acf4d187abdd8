// Which nodes parts that failed cut off from the others.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/router.hpp"

namespace longhaul::fabric {

/// Nodes (GPUs where there are no scale-up domains), by number, with a GPU that links which are
/// alive do not join to the largest part of those with its number in their nodes: a network of
/// rails may not join others. Of parts of equal size the one with the first GPU stays. Links of a
/// node's scale-up domain join its GPUs where those forward. GPUs that stand by are in no part, and
/// are not said to be cut off.
std::vector<std::int64_t> nodes_cut_off(const Router& router);

}  // namespace longhaul::fabric
