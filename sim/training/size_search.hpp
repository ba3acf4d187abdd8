// The fastest plan on as many GPUs of a platform as it can use.
#pragma once

#include <cstdint>

#include "training/plan_search.hpp"

namespace longhaul::training {

/// How many GPUs a search settled on, and what it found there.
struct SizedPlans {
  std::int64_t n_gpus = 0;
  PlanSearch search;  ///< `best` is empty where nothing fits memory; then of the most GPUs
};

/// Of all the plans that `search_plans` considers on multiples of `gpus_per_node` GPUs, up to
/// `most_gpus` and above half of them, the fastest; of equals the one on fewer. Of numbers of GPUs
/// that some plan divides the largest 16 are tried; where no plan runs on any, those above a
/// quarter are, and so on. n_gpus = 0: no plan runs on any number.
SizedPlans fastest_size(const ModelShape& model, const Plan& given, const OpenFields& open,
                        const Batch& batch, std::int64_t most_gpus, std::int64_t gpus_per_node,
                        const hardware::Chip& chip, const Network& network,
                        const Efficiency& efficiency);

}  // namespace longhaul::training
