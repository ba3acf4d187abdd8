#include "training/laws/diloco.hpp"

#include <array>
#include <cmath>
#include <stdexcept>

#include "training/laws/named.hpp"

namespace longhaul::training {
namespace {

constexpr double loss_of_one_parameter = 19.226;  // arXiv 2503.09799, as the next two
constexpr double parameters_exponent = -0.0985;
constexpr double replicas_exponent = 0.0116;

void require_replica(std::int64_t replicas) {
  if (replicas < 1) throw std::invalid_argument("a run needs at least one replica");
}

}  // namespace

std::span<const ReplicaLaw> replica_laws() {
  static const std::array<ReplicaLaw, 2> laws{{
      {"none", 0.0, "replicas cost no loss"},
      {"charles-2025", replicas_exponent,
       "Charles+ 2025, arXiv 2503.09799: 35M to 2.4B parameters in 1 to 8 replicas"},
  }};
  return laws;
}

std::optional<ReplicaLaw> find_replica_law(std::string_view name) {
  return find_named(replica_laws(), name);
}

double loss_factor(const ReplicaLaw& law, std::int64_t replicas) {
  require_replica(replicas);
  return std::pow(static_cast<double>(replicas), law.exponent);
}

double diloco_loss(double n_parameters, std::int64_t replicas) {
  require_replica(replicas);
  if (!(n_parameters > 0.0)) throw std::invalid_argument("a loss needs positive parameters");
  return loss_of_one_parameter * std::pow(n_parameters, parameters_exponent) *
         std::pow(static_cast<double>(replicas), replicas_exponent);
}

std::span<const OuterStateLaw> outer_state_laws() {
  static const std::array<OuterStateLaw, 3> laws{{
      {"none", 0.0, false, "all of it lies on the hosts, as INTELLECT-1's (arXiv 2412.01152)"},
      {"two-copies", 8.0, false,
       "Douillard+ 2023, arXiv 2311.08105, algorithm 1: the parameters last agreed on and Nesterov "
       "momentum, in 32 bits"},
      {"one-fragment", 8.0, true,
       "Douillard+ 2025, arXiv 2501.18512: the two copies of the fragment under way alone"},
  }};
  return laws;
}

std::optional<OuterStateLaw> find_outer_state_law(std::string_view name) {
  return find_named(outer_state_laws(), name);
}

double outer_state_bytes(const OuterStateLaw& law, std::int64_t fragments) {
  if (fragments < 1) throw std::invalid_argument("a model has at least one fragment");
  return law.one_fragment ? law.bytes_per_parameter / static_cast<double>(fragments)
                          : law.bytes_per_parameter;
}

}  // namespace longhaul::training
