#include "operations/renewal.hpp"

#include <cmath>
#include <stdexcept>

namespace longhaul::operations {

Seconds expected_wall_time(Seconds work, Seconds interval, const CheckpointCosts& costs) {
  if (!(interval > seconds(0)) || !(costs.mtbf > seconds(0)))
    throw std::invalid_argument("the checkpoint interval and the mtbf must be positive");
  const auto& m = costs.mtbf;
  return m * std::exp(costs.restart / m) * std::expm1((interval + costs.write) / m) *
         (work / interval);
}

Seconds young_interval(Seconds write, Seconds mtbf) {
  return seconds(std::sqrt(2 * write.value() * mtbf.value()));
}

Seconds daly_interval(Seconds write, Seconds mtbf) {
  if (write >= 2.0 * mtbf) return mtbf;
  const double ratio = write / (2.0 * mtbf);
  return young_interval(write, mtbf) * (1 + std::sqrt(ratio) / 3 + ratio / 9) - write;
}

double short_form_ettr(Seconds interval, const CheckpointCosts& costs) {
  const double lost = (costs.restart + interval / 2.0) / costs.mtbf;
  return (1 - lost) / (1 + costs.write / interval);
}

Seconds implied_loss(double ettr, Seconds time, double interruptions) {
  return (1 - ettr) * time / interruptions;
}

}  // namespace longhaul::operations
