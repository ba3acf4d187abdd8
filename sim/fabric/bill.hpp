// What a built fabric is made of, and what that costs and draws.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fabric/graph.hpp"
#include "hardware/prices.hpp"
#include "units/quantity.hpp"

namespace longhaul::fabric {

struct BillLine {
  std::string what;        ///< "leaf switch, 64 ports"
  std::int64_t count = 0;  ///< boxes, ports, cables, ..
  Dollars dollars;         ///< of all of them [USD]
  Watts watts;             ///< of all of them [W]
};

struct Bill {
  std::vector<BillLine> lines;
  Dollars dollars;  ///< of all lines [USD]
  Watts watts;      ///< of all lines [W]
  Dollars dollars_per_gpu;
};

/// Switches, their ports, cables, transceivers and NICs, of which GPUs that share one have a part.
/// A switch with more ports in use than the priced one has stands for as many boxes as those need;
/// line switches share a box where several of equal size fit. A link through an optical circuit
/// switch is one optical cable, whatever its length; such a switch counts as one box for each so
/// many boards, spare ones included, as the priced one has pairs of ports. Cables of no length, on
/// a board or in a backplane, are free. Left out: GPUs and scale-up domains, stores with their
/// cables, WAN lines and access to the internet (not the ports that lead there). Throws
/// std::invalid_argument when a priced switch has no ports.
Bill bill_of_materials(const Fabric& fabric, const hardware::PriceList& prices);

}  // namespace longhaul::fabric
