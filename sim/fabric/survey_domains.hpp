// Who talks to whom over the network, in what scale-up domain, for surveys.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "fabric/network_rows.hpp"

namespace longhaul::fabric {

/// Which GPUs form a scale-up domain, each alone where there are none, and which of several
/// networks without a link between them (rails) each is on.
struct Domains {
  std::vector<std::int32_t> node;     // of a GPU
  std::vector<std::int32_t> network;  // of a vertex
  std::vector<std::int64_t> gpus_of_node, gpus_of_network;
  std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t> gpus_of_both;  // node, network

  /// GPUs of a GPU's node that are on its network.
  std::int64_t together(VertexIndex gpu) const;
  /// Senders of a node's traffic into one network: its own there, and the others' through them.
  double weight(VertexIndex gpu) const;
};

/// Of the network links in `rows`. Throws NoPath where a node has no GPU on a network by which
/// alone it could reach another's.
Domains find_domains(const Fabric& fabric, const Rows& rows);

/// Throws NoPath, which names both.
[[noreturn]] void throw_unreachable(const Fabric& fabric, std::int64_t from, std::int64_t to);

}  // namespace longhaul::fabric
