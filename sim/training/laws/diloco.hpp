// What training in replicas that exchange seldom costs beside time: loss, and memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace longhaul::training {

/// The loss of a run in M replicas over that of the same run in one: M^exponent.
struct ReplicaLaw {
  std::string name;
  double exponent = 0;
  std::string source;
};

/// "none", which costs nothing, and the published fits.
std::span<const ReplicaLaw> replica_laws();
std::optional<ReplicaLaw> find_replica_law(std::string_view name);

/// Throws std::invalid_argument unless there is a replica.
double loss_factor(const ReplicaLaw& law, std::int64_t replicas);

/// Loss of DiLoCo with M replicas at 20 tokens a parameter, 19.226 N^-0.0985 M^0.0116 nats a token
/// [Charles+ 2025, arXiv 2503.09799]; M^0.0116 is the law "charles-2025". Throws
/// std::invalid_argument unless both are positive.
double diloco_loss(double n_parameters, std::int64_t replicas);

/// What a replica keeps for the outer optimizer on its accelerators [B a parameter].
struct OuterStateLaw {
  std::string name;
  double bytes_per_parameter = 0;
  bool one_fragment = false;  ///< only of the fragment under way; the rest lies on the hosts
  std::string source;
};

/// "none" and the published ways.
std::span<const OuterStateLaw> outer_state_laws();
std::optional<OuterStateLaw> find_outer_state_law(std::string_view name);

/// Bytes a parameter where the model is exchanged in so many fragments.
double outer_state_bytes(const OuterStateLaw& law, std::int64_t fragments);

}  // namespace longhaul::training
