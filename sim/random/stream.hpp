// Named random streams of one root seed: adding a stream, or a draw to one, never shifts another.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>

namespace longhaul::random {

/// The seed of the stream `name` under `root_seed`: FNV-1a of the name, mixed with the root by
/// SplitMix64, so that near roots and near names give unrelated streams.
std::uint64_t stream_seed(std::uint64_t root_seed, std::string_view name);

/// A generator of its own. The engine is the standard 64-bit Mersenne twister, whose output the
/// C++ standard fixes; distributions come from Boost.Random, the same everywhere.
class Stream {
 public:
  Stream(std::uint64_t root_seed, std::string_view name) : engine_(stream_seed(root_seed, name)) {}

  double uniform();                    ///< in [0, 1)
  double exponential(double mean);     ///< mean > 0
  std::int64_t below(std::int64_t n);  ///< uniform in 0 .. n-1, n >= 1
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace longhaul::random
