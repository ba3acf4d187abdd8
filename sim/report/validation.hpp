// Measured against modelled steps, as a table and as JSON.
#pragma once

#include <string>

#include "training/validate.hpp"

namespace longhaul::report {

/// One line a row and one a source, aggregates behind them; what was skipped, and why, at the end.
std::string validation_table(const training::Validation& validation);

/// `rows`: source, model, gpus, measured_s, modelled_s, error (modelled / measured - 1); the
/// aggregates mape, median_ape, p90_ape, bias, slope_per_doubling (ratios) over all rows; the
/// same `by_source`; `skipped`.
std::string validation_json(const training::Validation& validation);

}  // namespace longhaul::report
