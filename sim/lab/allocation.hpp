// What a run comes to, in closed form, once its compute is known.
#pragma once

#include "lab/years.hpp"

namespace longhaul::lab {

/// Fills in parameters, data, epochs, data_worth and effective compute from compute and worth.
///
/// Twenty tokens a parameter, times the lab's over-training. What the stock of `decided` does not
/// hold comes again or is written by models, which takes its share of the compute; a run that still
/// lacks data trains a larger model on what there is. The worth of the data is that of the compute
/// with which as many new tokens would have reached the same loss.
void allocate(LabRun& run, const LabConfig& lab, const world::World& world,
              const training::ScalingLaw& scaling);

/// Why a run that got its time is no larger: data, where for lack of them less than half of its
/// compute came to use; else what held it for most of the time.
Bound bound_of(const LabRun& run, Bound held_by);

}  // namespace longhaul::lab
