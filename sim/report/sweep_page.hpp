// A sweep as a page.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "experiment/store.hpp"
#include "report/page.hpp"

namespace longhaul::report {

/// Rows of its tables; where there are more, the page says so.
inline constexpr std::size_t most_combinations = 2000;
inline constexpr std::size_t most_failed = 200;

/// `metrics`: what is drawn; empty: default_metrics. Throws InputError for one that there is none
/// of.
Page sweep_page(const experiment::StoreReader& store, std::vector<std::string> metrics);

}  // namespace longhaul::report
