// A platform grown to the size that a run needs: counts of switches, latencies and bandwidths of
// its tiers in closed form, at sizes of which nobody builds a graph. Up to 131,072 GPUs the built
// graph says the same (tested).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fabric/fabric_config.hpp"
#include "units/quantity.hpp"

namespace longhaul::fabric {

/// What joins parts of the tier before it: a leaf switch, a pod, a layer more, a campus, sites.
/// Where a node has rails, GPUs of one rail are meant.
struct Tier {
  std::string name;
  std::int64_t gpus = 0;       ///< that one such part joins, as a part of something larger
  std::int64_t most_gpus = 0;  ///< that it joins where it is the top
  std::int64_t switches = 0;   ///< on the way between two GPUs that no lower tier joins
  Seconds latency;             ///< of that way [s]
  BytesPerSecond bandwidth;    ///< of a GPU, to other parts of the tier before it, one way [B/s]
};

/// A torus of GPUs that are the routers, of any size, its sides alike.
struct TorusFamily {
  int dimensions = 3;
  Seconds link_latency;      ///< between neighbours [s]
  BytesPerSecond bandwidth;  ///< of one of a GPU's 2 dimensions links, one way [B/s]
};

struct Family {
  std::vector<Tier> tiers;  ///< the lowest first; of a torus none
  std::optional<TorusFamily> torus;
};

/// Why there is no family of this fabric, with what would do; empty where there is one. Throws as
/// validate() where there is not one topology.
std::string why_it_cannot_grow(const FabricConfig& config);

/// The family that a fabric is of: fat trees of the same switches and taper, with 2 layers of them
/// or as many more as it takes; a three-layer Clos of more pods; where there are several buildings
/// or sites, more of them, each as it is; a torus of as many dimensions. `most_gpus` of the last
/// tier is 2^60 at least.
///
/// A way between GPUs that layer l of a tree joins passes 2l - 1 switches and takes 2 nic_latency
/// + (2l - 1) switch_latency + its cables; over a campus of trees with L layers 2L + 1 switches;
/// between sites 2L + 3, as a line counts as a switch. Throws std::invalid_argument where there is
/// none.
Family family_of(const FabricConfig& config);

/// How many of the tiers a network of so many GPUs has; at least 1 where there are any.
std::size_t tiers_for(const Family& family, std::int64_t gpus);

}  // namespace longhaul::fabric
