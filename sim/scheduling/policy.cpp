#include "scheduling/policy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "scheduling/policies/all.hpp"

namespace longhaul::scheduling {

namespace {

struct Maker {
  PolicyEntry entry;
  std::unique_ptr<Policy> (*make)(const PolicyConfig& config);
};

const std::vector<Maker>& makers() {
  static const std::vector<Maker> all = {
      {{"fifo", "in the order of submission; the first waits for its slots, all others behind it"},
       make_fifo},
      {{"first-fit", "in the order of submission, each that fits now"}, make_first_fit},
      {{"sjf", "the shortest estimate first; running jobs are left alone"}, make_sjf},
      {{"srtf", "the shortest remaining estimate first, with preemption"}, make_srtf},
      {{"edf", "the earliest deadline first, with preemption; jobs without one last"}, make_edf},
      {{"las", "least attained service, in levels of slot-hours, with preemption"}, make_las},
      {{"easy", "EASY backfill by counts of slots: only the first in the queue holds a promise"},
       make_easy},
      {{"easy-machines", "EASY backfill with the first one's reservation on named machines"},
       make_easy_machines},
      {{"sjf-backfill", "EASY backfill, the shortest candidates first"},
       make_shortest_first_backfill},
      {{"conservative", "backfill where every job holds a reservation, kept until it improves"},
       make_conservative},
      {{"conservative-rebuild", "the same, with all reservations made anew at each event"},
       make_conservative_rebuild},
      {{"fair-share", "users who used least first, use decaying; backfill by counts"},
       make_fair_share},
      {{"priority", "higher priorities first; they preempt others after a protected time"},
       make_priority},
      {{"finish-time-fair", "in rounds, those that sharing delays most first"},
       make_finish_time_fair},
      {{"max-min", "in rounds, greatest least throughput over kinds of machines (LP)"},
       make_max_min},
      {{"min-makespan", "in rounds, earliest last end over kinds of machines (LP)"},
       make_min_makespan},
      {{"goodput", "elastic: slots go where they add most speed, in rounds"}, make_goodput},
  };
  return all;
}

}  // namespace

double Policy::rank(const Cluster& cluster, JobId job) const {
  return cluster.job(job).submit.value();
}

const std::vector<PolicyEntry>& policies() {
  static const std::vector<PolicyEntry> entries = [] {
    std::vector<PolicyEntry> all;
    for (const auto& maker : makers()) all.push_back(maker.entry);
    return all;
  }();
  return entries;
}

std::unique_ptr<Policy> make_policy(const PolicyConfig& config) {
  std::vector<std::string_view> names;
  for (const auto& maker : makers()) {
    if (maker.entry.name == config.name) return maker.make(config);
    names.push_back(maker.entry.name);
  }
  throw std::invalid_argument(
      fmt::format("there is no policy '{}'; known are {}", config.name, fmt::join(names, ", ")));
}

}  // namespace longhaul::scheduling
