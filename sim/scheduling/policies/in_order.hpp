// What policies share that serve a queue in its order, or all jobs in an order of theirs.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "scheduling/cluster.hpp"

namespace longhaul::scheduling {

/// Starts the first jobs of the queue while they fit: in the way that is fastest now, or, under
/// policies that make promises, as asked. Returns the place of the first that does not; the queue's
/// length where all do.
std::size_t start_in_order(Cluster& cluster, bool (Cluster::*start)(JobId) = &Cluster::start);

/// Runs the first jobs of an order of running and waiting ones that fit together: those that run
/// and do not belong to them are preempted, last ones first, where one that does needs their slots.
/// Jobs that may not be preempted keep theirs.
void run_first(Cluster& cluster, const std::vector<JobId>& order);

/// Whether the job would fit if these running ones left.
bool fits_with(const Cluster& cluster, JobId job, const std::vector<JobId>& leaving);

/// Running jobs, lower ranks first, between those of the queue: an order for run_first(). What lies
/// behind the last job of the queue that could still fit is left out.
std::vector<JobId> merged_order(const Cluster& cluster,
                                const std::function<double(JobId running)>& rank);

/// Backfill by counts. `order` is the queue from the first job on that does not fit now: it gets a
/// promise by the estimates of running jobs, and others start, in their order, that fit now and do
/// not delay it [Feitelson & Weil 1998].
void backfill(Cluster& cluster, std::span<const Waiting> order);

/// The same with the promise to `head`, one of the queue, and all others of it that wait by a key
/// of theirs, lower ones first and equals as in the queue. Costs a look at each, and an order of
/// those alone that could start now.
void backfill_by(Cluster& cluster, const Waiting& head,
                 const std::function<double(const Waiting&)>& key);

}  // namespace longhaul::scheduling
