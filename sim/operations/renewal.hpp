// What failures and checkpoints cost a run, in closed form.
#pragma once

#include "units/quantity.hpp"

namespace longhaul::operations {

struct CheckpointCosts {
  Seconds write;    ///< blocking time of one checkpoint
  Seconds restart;  ///< from a failure to the first new step
  Seconds mtbf;     ///< mean time between failures of the whole run
};

/// Expected wall time of `work` with a checkpoint after every `interval` of it. Failures are
/// exponential and may strike during writes and restarts too:
///   T = M e^(R/M) (e^((tau + d)/M) - 1) W/tau       [Daly, FGCS 22(3), 2006]
/// Throws std::invalid_argument unless interval and mtbf are positive.
Seconds expected_wall_time(Seconds work, Seconds interval, const CheckpointCosts& costs);

/// sqrt(2 d M)                                        [Young, CACM 17(9), 1974]
Seconds young_interval(Seconds write, Seconds mtbf);

/// sqrt(2 d M) (1 + sqrt(d/(2M))/3 + d/(18M)) - d for d < 2M, else M    [Daly 2006, eq. 37]
Seconds daly_interval(Seconds write, Seconds mtbf);

/// Effective training time ratio in its published short form,
///   (1 - (u0 + dt/2)/M)/(1 + w/dt)                   [Kokolis+, HPCA'25]
/// for an interval dt, a write w and an overhead u0 a failure.
double short_form_ettr(Seconds interval, const CheckpointCosts& costs);

/// The time lost at each of `interruptions` that leaves `ettr` of `time`: (1 - ettr) time / n.
Seconds implied_loss(double ettr, Seconds time, double interruptions);

}  // namespace longhaul::operations
