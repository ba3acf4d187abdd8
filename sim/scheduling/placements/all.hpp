// One function a placement, each in the file of its name.
#pragma once

#include <memory>

#include "scheduling/placement.hpp"

namespace longhaul::scheduling {

std::unique_ptr<Placement> make_lowest();
std::unique_ptr<Placement> make_packed();
std::unique_ptr<Placement> make_spread();
std::unique_ptr<Placement> make_pod_aligned();
std::unique_ptr<Placement> make_rail_aligned();
std::unique_ptr<Placement> make_nearest();

}  // namespace longhaul::scheduling
