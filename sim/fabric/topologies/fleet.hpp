// Devices spread over the Internet, each behind an access link of its own that is slower up than
// down. The Internet between them has no limit of its own.
#pragma once

#include <cstdint>
#include <span>

#include "fabric/builder.hpp"

namespace longhaul::fabric {

/// Defaults are assumptions: a good access line of a household.
struct Fleet {
  static constexpr const char* table = "fleet";  ///< of [fabric]
  std::int64_t devices = 1000;
  BytesPerSecond up = bytes_per_second(2.5e6);     ///< from a device (20 Mbps)
  BytesPerSecond down = bytes_per_second(12.5e6);  ///< to a device (100 Mbps)
  Seconds latency = seconds(50e-3);  ///< of an access link, one way: twice that between devices

  friend bool operator==(const Fleet&, const Fleet&) = default;
};

/// Throws std::invalid_argument for no devices, rates that are not positive and latencies below 0.
void validate(const Fleet& params);

std::int64_t endpoints(const Fleet& params);

/// What access links carry is shared by planes as a NIC's bandwidth is, which counts for nothing
/// else here.
void lay(const Fleet& params, Builder& builder, std::span<const VertexIndex> gpus);

}  // namespace longhaul::fabric
