// What a chip card in platforms/chips/ says of one accelerator.
#pragma once

#include <cstdint>
#include <string>

#include "units/quantity.hpp"

namespace longhaul::hardware {

/// Dense peak rates by number format; zero where the chip has no such format.
struct PeakRates {
  FlopPerSecond bf16;
  FlopPerSecond fp8;
  FlopPerSecond fp4;
  bool operator==(const PeakRates&) const = default;
};

/// One accelerator. Bandwidths are one way.
struct Chip {
  std::string name;
  std::string released;               ///< first shipments, YYYY-MM
  std::string source;                 ///< where the figures come from
  PeakRates peak;                     ///< [FLOP/s]
  std::int64_t multiprocessors = 0;   ///< streaming multiprocessors, for wave quantisation
  Bytes memory_size;                  ///< [B]
  BytesPerSecond memory_bandwidth;    ///< [B/s]
  BytesPerSecond scale_up_bandwidth;  ///< to its scale-up domain (NVLink), one way [B/s]
  BytesPerSecond nic_bandwidth;       ///< to the scale-out network, one way [B/s]
  Watts tdp;                          ///< thermal design power [W]
  bool operator==(const Chip&) const = default;
};

}  // namespace longhaul::hardware
