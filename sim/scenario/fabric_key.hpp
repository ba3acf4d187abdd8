// Which key of a fabric is wrong.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "fabric/fabric_config.hpp"
#include "scenario/reader.hpp"

namespace longhaul::scenario {

/// The key that a message of fabric::validate() begins with ("ports = 5: half of ..") of the fabric
/// at `path`: "fabric.fat_tree.ports". `path` itself where it begins with none.
inline std::string fabric_key(const Reader& reader, const std::string& path,
                              const fabric::FabricConfig& config, std::string_view message) {
  const std::string key(message.substr(0, message.find(" = ")));
  if (key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos) return path;
  std::vector<std::string> tables{"", "sites.", "routing."};
  std::apply(
      [&](const auto&... network) {
        (..., (network ? tables.push_back(std::string(network->table) + ".") : void()));
      },
      config.network.all());
  for (const std::string& table : tables)
    if (std::string full = fmt::format("{}.{}{}", path, table, key); reader.knows(full))
      return full;
  return path;
}

}  // namespace longhaul::scenario
