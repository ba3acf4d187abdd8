// How one of several equal paths is chosen: what [fabric.routing] configures.
#pragma once

#include <cstdint>

#include "fabric/graph.hpp"

namespace longhaul::fabric {

enum class PathChoice : std::uint8_t {
  DestinationModulo,  ///< D-mod-k: by the destination's number, or the source's when it sends to a
                      ///< store; shifts never collide [Zahavi, JPDC 72(11), 2012]
  SeededHash,         ///< ECMP: by a hash of seed, source, destination, flow, queue pair and switch
  Spray,              ///< over all of them, packet by packet
  Adaptive,           ///< the next hop with the fewest flows under way
  Valiant,            ///< by a router drawn at random, minimal to it and from it
  Ugal,               ///< minimal or Valiant, by flows times hops where the flow enters the network
};

struct Routing {
  PathChoice choice = PathChoice::DestinationModulo;
  std::int64_t queue_pairs = 1;  ///< into which a flow is split where the choice is hashed
  std::uint64_t seed = 0;

  friend bool operator==(const Routing&, const Routing&) = default;
};

/// Throws std::invalid_argument, with what would be right, for what such a fabric cannot do.
void validate(const Routing& routing, Structure structure);

}  // namespace longhaul::fabric
