// Laws are chosen by name: looking one up, and the names to offer when there is none.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace longhaul::training {

/// The law of this name; empty when there is none.
template <class Law>
std::optional<Law> find_named(std::span<const Law> laws, std::string_view name) {
  const auto found =
      std::find_if(laws.begin(), laws.end(), [&](const Law& law) { return law.name == name; });
  return found == laws.end() ? std::nullopt : std::optional<Law>(*found);
}

/// Names of all laws, in their order, for messages.
template <class Law>
std::vector<std::string_view> names_of(std::span<const Law> laws) {
  std::vector<std::string_view> names;
  names.reserve(laws.size());
  for (const Law& law : laws) names.push_back(law.name);
  return names;
}

}  // namespace longhaul::training
