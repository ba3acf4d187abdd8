// The charts of a sweep: which of them suit its design, and what they show.
#pragma once

#include "experiment/store.hpp"
#include "report/page.hpp"
#include "report/sweep_overview.hpp"

namespace longhaul::report {

/// Marks of one chart; where there are more, the page says which are left out.
inline constexpr std::size_t most_means = 5000;
inline constexpr std::size_t most_scattered = 1000;
/// Sampled axes that are drawn.
inline constexpr std::size_t most_scatters = 8;

/// Indices or swings of the axes, means over the axes, scattered samples, or all repeats in bins.
Section sweep_drawings(const experiment::StoreReader& store, const SweepOverview& overview);

}  // namespace longhaul::report
