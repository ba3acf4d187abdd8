#include "random/stream.hpp"

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>

namespace longhaul::random {

namespace {

/// [Steele+, OOPSLA'14] SplitMix64's finaliser.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

}  // namespace

std::uint64_t stream_seed(std::uint64_t root_seed, std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a, 64 bit
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return mixed(mixed(root_seed) ^ hash);
}

double Stream::uniform() { return boost::random::uniform_01<double>{}(engine_); }

double Stream::exponential(double mean) {
  return boost::random::exponential_distribution<double>{1.0 / mean}(engine_);
}

std::int64_t Stream::below(std::int64_t n) {
  return boost::random::uniform_int_distribution<std::int64_t>{0, n - 1}(engine_);
}

}  // namespace longhaul::random
