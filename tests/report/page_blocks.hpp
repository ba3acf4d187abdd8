// What stands in a section of a page.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "report/page.hpp"

namespace longhaul::report {

/// Its blocks of this kind, from the top.
template <class T>
std::vector<T> blocks(const Page& page, const std::string& id) {
  std::vector<T> found;
  for (const auto& section : page.sections)
    if (section.id == id)
      for (const auto& block : section.blocks)
        if (const auto* one = std::get_if<T>(&block)) found.push_back(*one);
  return found;
}

}  // namespace longhaul::report
