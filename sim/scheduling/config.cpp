#include "scheduling/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>

#include "scheduling/job.hpp"
#include "scheduling/placement.hpp"
#include "scheduling/policy.hpp"

namespace longhaul::scheduling {

namespace {

constexpr std::int64_t most_machines = 10'000'000;
constexpr std::int64_t most_slots = 100'000'000;

/// What stands between the commas, without spaces around it.
std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const auto comma = text.find(',');
    auto part = text.substr(0, comma);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    parts.emplace_back(part);
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

std::int64_t machines_in(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n < 1 || n > most_machines)
    throw std::invalid_argument(
        fmt::format("'{}' is no number of machines from 1 to {}; give 400, or v100=36,p100=36",
                    text, most_machines));
  return n;
}

}  // namespace

std::vector<std::string> policy_names(const std::string& policy) {
  auto names = parts_of(policy);
  for (const auto& name : names) make_policy({.name = name});
  return names;
}

Layout layout_of_hosts(const std::string& hosts, std::int64_t slots_per_host,
                       const std::vector<std::string>& kinds) {
  Layout layout;
  layout.slots_per_node = slots_per_host;
  layout.nodes = 0;
  for (const auto& part : parts_of(hosts)) {
    const auto equals = part.find('=');
    const auto n =
        machines_in(std::string_view(part).substr(equals == std::string::npos ? 0 : equals + 1));
    layout.nodes += n;
    if (layout.nodes > most_machines || layout.nodes > most_slots / slots_per_host)
      throw std::invalid_argument(
          fmt::format("{} of {} slots are more than {} machines or {} slots", hosts, slots_per_host,
                      most_machines, most_slots));
    if (equals == std::string::npos) continue;
    const auto kind = std::find(kinds.begin(), kinds.end(), part.substr(0, equals));
    if (kind == kinds.end())
      throw std::invalid_argument(
          fmt::format("the trace knows no machines of kind '{}'; {}", part.substr(0, equals),
                      kinds.empty() ? std::string("its jobs run alike on all, give a number alone")
                                    : fmt::format("it has {}", fmt::join(kinds, ", "))));
    layout.kinds.insert(layout.kinds.end(), static_cast<std::size_t>(n),
                        static_cast<std::int32_t>(kind - kinds.begin()));
  }
  if (!layout.kinds.empty() && static_cast<std::int64_t>(layout.kinds.size()) != layout.nodes)
    throw std::invalid_argument("give a kind with each number of machines, or with none");
  return layout;
}

void intensify(Trace& trace, double intensity) {
  for (auto& job : trace.jobs) {
    if (job.deadline) job.deadline = job.submit / intensity + (*job.deadline - job.submit);
    job.submit /= intensity;
  }
}

}  // namespace longhaul::scheduling
