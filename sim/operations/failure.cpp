#include "operations/failure.hpp"

#include <stdexcept>

namespace longhaul::operations {

PerSecond rate(const FailureCard& card, const FailureCause& cause, const Units& units) {
  if (cause.mtbf) return units[cause.strikes] / *cause.mtbf;
  if (cause.life) return units[cause.strikes] / cause.life->mean();
  const double scale =
      cause.strikes == Strikes::Job ? 1.0 : units[Strikes::Gpu] / static_cast<double>(card.gpus);
  return cause.count * scale / card.observed;
}

Scope scope_of(Strikes strikes) {
  switch (strikes) {
    case Strikes::Gpu:
    case Strikes::Node:
      return Scope::Node;
    case Strikes::Switch:
    case Strikes::Rack:
      return Scope::Rack;
    case Strikes::Pod:
      return Scope::Pod;
    case Strikes::Site:
      return Scope::Site;
    case Strikes::Link:
    case Strikes::Job:
      return Scope::Job;
  }
  throw std::logic_error("a failure that strikes nothing");
}

}  // namespace longhaul::operations
