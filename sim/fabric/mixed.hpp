// Hashes of small numbers: of hashed choices of paths, and of vertices that look alike.
#pragma once

#include <cstdint>

namespace longhaul::fabric {

/// splitmix64 [Steele, Lea & Flood, OOPSLA'14]: every bit of the input moves every bit out.
inline std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Of a sequence: the hash of what came before, and the next number.
inline std::uint64_t mixed(std::uint64_t hash, std::uint64_t next) {
  return mixed(hash + mixed(next));
}

}  // namespace longhaul::fabric
