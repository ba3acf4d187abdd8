#include "world/site.hpp"

#include <fmt/format.h>

#include <map>

namespace longhaul::world {

operations::SupplyConfig with_sources(const Site& site, std::int64_t index, const Date& start,
                                      std::uint64_t seed) {
  if (site.sources.empty()) return site.supply;
  std::map<double, Watts> added;  // by time [s]
  for (std::size_t i = 0; i < site.sources.size(); ++i) {
    const auto& source = site.sources[i];
    random::Stream stream(seed, fmt::format("world/source/{}/{}", index, i));
    added[(since(start, source.at) + source.kind.lead.draw(stream)).value()] += source.power;
  }
  std::map<double, Watts> base;
  for (const auto& step : site.supply.cap_steps) base[since(start, step.at).value()] = step.cap;

  auto supply = site.supply;
  supply.cap_steps.clear();
  Watts now = site.supply.cap.value_or(Watts());
  supply.cap = now;
  Watts more;
  auto next = base.begin();
  for (auto source = added.begin(); next != base.end() || source != added.end();) {
    const bool is_base =
        source == added.end() || (next != base.end() && next->first < source->first);
    const double time = is_base ? next->first : source->first;
    if (is_base)
      now = (next++)->second;
    else
      more += (source++)->second;
    operations::CapStep step;
    step.at.after = seconds(time);
    step.cap = now + more;
    supply.cap_steps.push_back(step);
  }
  return supply;
}

}  // namespace longhaul::world
