// Conservative backfill that makes all reservations anew, as WRENCH does: a job may get a later one
// than it had where those before it moved.
#include "scheduling/policies/all.hpp"
#include "scheduling/policies/conservative.hpp"

namespace longhaul::scheduling {

std::unique_ptr<Policy> make_conservative_rebuild(const PolicyConfig& /*config*/) {
  return std::make_unique<Conservative>(Conservative::OnSurprise::Rebuild);
}

}  // namespace longhaul::scheduling
