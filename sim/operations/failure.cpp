#include "operations/failure.hpp"

namespace longhaul::operations {

PerSecond rate(const FailureCard& card, const FailureCause& cause, std::int64_t run_gpus) {
  const double scale = cause.strikes == Strikes::Job
                           ? 1.0
                           : static_cast<double>(run_gpus) / static_cast<double>(card.gpus);
  return cause.count * scale / card.observed;
}

}  // namespace longhaul::operations
