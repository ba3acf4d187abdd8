#include "fabric/topologies/fleet.hpp"

namespace longhaul::fabric {

void validate(const Fleet& p) {
  at_least("devices", p.devices, 1);
  positive("up", p.up.value());
  positive("down", p.down.value());
  at_least("latency", p.latency.value(), 0.0);
  check_links(static_cast<double>(p.devices), 2.0 * static_cast<double>(p.devices));
}

std::int64_t endpoints(const Fleet& p) { return p.devices; }

void lay(const Fleet& p, Builder& builder, std::span<const VertexIndex> gpus) {
  builder.set_structure(Structure::Tree);
  const VertexIndex internet = builder.add(VertexKind::Internet, 1, 1);
  const double share = builder.port() / builder.parts().nic_bandwidth;
  Fabric& fabric = builder.fabric();
  for (const VertexIndex gpu : gpus) {
    const LinkIndex up =
        fabric.add_cable({gpu, internet, LinkKind::Access, share * p.up, p.latency, metres(0)});
    fabric.links[static_cast<std::size_t>(reverse(up))].bandwidth = share * p.down;
  }
}

}  // namespace longhaul::fabric
