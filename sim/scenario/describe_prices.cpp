// The fields of a price card.
#include "scenario/describe.hpp"

namespace longhaul::scenario {

void describe(Fields& f, hardware::PriceList& p) {
  f.required("name", p.name, "name of the list");
  f("source", p.source, "where the figures come from");
  f.required("switch_ports", p.switch_ports, "of the switch that is priced", count);
  f("switch_price", p.switch_price, "of the box", not_negative);
  f("port_price", p.port_price, "of each port of a box, used or not", not_negative);
  f("optical_switch_ports", p.optical_switch_ports,
    "of an optical circuit switch that carry links, spare ones not counted", count);
  f("optical_switch_price", p.optical_switch_price, "of the box; 0: not known", not_negative);
  f("copper_price", p.copper_price, "of a copper cable", not_negative);
  f("optical_price", p.optical_price, "of an optical cable, without its transceivers",
    not_negative);
  f("transceiver_price", p.transceiver_price, "two an optical cable", not_negative);
  f("host_links", p.host_links,
    "whether links to hosts are priced, not only those between switches");
  f("nic_price", p.nic_price, "one a GPU that is no router itself, or enters a campus",
    not_negative);
  f("switch_power", p.switch_power, "of the box", not_negative);
  f("port_power", p.port_power, "of each port of a box, used or not", not_negative);
  f("optical_switch_power", p.optical_switch_power, "of the box; 0: not known", not_negative);
  f("transceiver_power", p.transceiver_power, "of one", not_negative);
  f("nic_power", p.nic_power, "of one", not_negative);
  f.required("copper_reach", p.copper_reach, "longer cables are optical", not_negative);
}

}  // namespace longhaul::scenario
