#include "scenario/checks_fabric.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string_view>
#include <tuple>
#include <vector>

namespace longhaul::scenario {
namespace {

std::string key_of(std::string_view reason, const fabric::FabricConfig& config,
                   const std::string& path, const Reader& reader) {
  const std::string_view key = reason.substr(0, reason.find(" = "));
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

}  // namespace

bool check_fabric(const fabric::FabricConfig& config, const std::string& path, const Reader& reader,
                  Diagnostics& diagnostics) {
  try {
    fabric::validate(config);
    return true;
  } catch (const std::invalid_argument& reason) {
    diagnostics.error(reader.where(key_of(reason.what(), config, path, reader)), reason.what());
    return false;
  }
}

}  // namespace longhaul::scenario
