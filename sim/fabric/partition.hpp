// What failures cut off from the rest.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fabric/router.hpp"

namespace longhaul::fabric {

struct Partition {
  std::vector<std::pair<std::int64_t, std::int64_t>> gpus;  ///< [first, last], ascending
  std::int64_t n_gpus = 0;
  std::string text;  ///< "leaf switch 3 down cuts off 32 GPUs: 96-127"
};

/// The GPUs that can no longer reach the largest part of those that enter the same networks with
/// everything up: all GPUs, or those of a rail where nothing joins the rails. GPUs reach each other
/// over the switches and GPUs that pass traffic on, through their node's GPUs too where those
/// forward. A cable with a dead direction counts as dead.
Partition cut_off(const Router& router);

}  // namespace longhaul::fabric
