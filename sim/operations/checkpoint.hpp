// When to write a checkpoint, and how large it is.
#pragma once

#include <cstdint>
#include <optional>

#include "units/quantity.hpp"

namespace longhaul::operations {

enum class IntervalPolicy { Fixed, Young, Daly };

struct CheckpointConfig {
  IntervalPolicy policy = IntervalPolicy::Daly;
  Seconds interval;                       ///< of work between checkpoints, for Fixed
  Bytes bytes_per_parameter = bytes(14);  ///< 2 weights + 4 master + 8 Adam
  std::optional<Seconds> write;           ///< blocking; empty: as long as the store takes
  std::optional<Seconds> read;            ///< on restart; empty: as long as the store takes
};

/// Work between checkpoints by the policy, for a write of `write` and a mean time between
/// unexpected interruptions of `mtbf` (infinite when nothing fails).
/// Young: sqrt(2 d M) [Young, CACM 17(9), 1974]; Daly: daly_interval() of renewal.hpp.
Seconds checkpoint_interval(const CheckpointConfig& config, Seconds write, Seconds mtbf);

/// The same in whole steps, at least one: the nearest number of steps to the interval. Without
/// failures (infinite mtbf) Young and Daly never write: the largest int64.
std::int64_t checkpoint_steps(const CheckpointConfig& config, Seconds write, Seconds mtbf,
                              Seconds step);

}  // namespace longhaul::operations
