// What a price card in platforms/prices/ says of the parts of a network.
#pragma once

#include <cstdint>
#include <string>

#include "units/quantity.hpp"

namespace longhaul::hardware {

/// Prices and power of network parts. A price or power of zero: part of another, or not known.
struct PriceList {
  std::string name;
  std::string source;             ///< where the figures come from
  std::int64_t switch_ports = 0;  ///< of the switch that is priced, used or not
  Dollars switch_price;           ///< of the box [USD]
  Dollars port_price;             ///< of each of its ports, beside the box [USD]
  /// Of an optical circuit switch that carry links, beside those kept for repairs. Default: the 128
  /// of the 136 of TPU v4 [Jouppi+, ISCA'23].
  std::int64_t optical_switch_ports = 128;
  Dollars optical_switch_price;  ///< of the box [USD]
  Dollars copper_price;          ///< of a copper cable [USD]
  Dollars optical_price;         ///< of an optical cable, its transceivers not counted [USD]
  Dollars transceiver_price;     ///< two an optical cable [USD]
  Dollars nic_price;             ///< one a GPU that is no router itself [USD]
  Watts switch_power;            ///< of the box [W]
  Watts port_power;              ///< of each of its ports, beside the box [W]
  Watts optical_switch_power;    ///< of the box [W]
  Watts transceiver_power;       ///< [W]
  Watts nic_power;               ///< [W]
  Metres copper_reach;           ///< longer cables are optical [m]
  bool host_links = true;        ///< whether links to hosts are priced
};

}  // namespace longhaul::hardware
