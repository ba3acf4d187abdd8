#include "report/reference.hpp"

namespace longhaul::report {

std::string reference_of_schedules() {
  return R"(## Schedules

A scenario with `[schedule]` has no run of its own: jobs of a trace, or drawn at random by `[schedule.load]`, queue for
the cluster. `longhaul schedule` takes it, or a trace with options in place of fields; `longhaul sweep` and `longhaul
figures` take it as others, with one policy a point. Machines are `schedule.hosts`, `cluster.nodes` x
`cluster.gpus_per_node`, or those of `cluster.platform`. `[failures]` (causes that strike a gpu or a node), `[repair]`
(its two stages), `[power]` (one site's caps and curtailments) and `cluster.arrival` act on them. With a model in
`[run]`, jobs of whole nodes and replicas train it, and go slower on a placement as the closed form of its step does.
A trace in the folder that the environment variable `LONGHAUL_TRACES` names is written `"$LONGHAUL_TRACES/..."`.
Policies, placements, formats of traces and the rules: `sim/scheduling/README.md`.

Per policy, in `policies` of `--json` and as metrics of a sweep:

| key | unit | meaning |
|---|---|---|
| `policy`, `wall_s` | , s | `--json` only: its name; time that it took to simulate |
| `jobs` | | that ended, killed ones among them |
| `offered_load` | | slot time asked for over what all slots offer from the first submission to the last |
| `mean_wait_s`, `median_wait_s`, `p99_wait_s`, `max_wait_s`, `sum_wait_s` | s | all time in the queue, first and after each preemption or failure; percentiles by nearest rank |
| `jobs_that_wait` | | more than 0 s |
| `mean_turnaround_s`, `median_turnaround_s`, `p99_turnaround_s`, `max_turnaround_s` | s | from submission to end |
| `mean_bounded_slowdown` | | of max(1, turnaround / max(run time, 10 s)) |
| `makespan_s` | s | last end less first submission |
| `utilisation`, `goodput` | 0-1 | slot time of jobs, and that of work that was kept, over slots x makespan |
| `fragmentation`, `blocked` | 0-1 | free slots on partly used nodes, and free slots while the first in the queue asked for no more, likewise |
| `longest_queue` | | after the policy decided |
| `killed`, `refused`, `missed_deadlines` | | jobs that ran into their limit; that the cluster never has room for; that ended too late |
| `preemptions`, `job_failures` | | of running jobs |
| `slot_hours.useful`, `.restarting`, `.redone`, `.killed`, `.idle`, `.down`, `.unpowered`, `.absent` | h | slots x time by what was done with it: they sum to all slots until the last end |
| `failures.<cause>.nodes`, `.jobs`, `.redone_slot_hours` | , , h | nodes that it took, jobs that went back to the queue, work lost |
| `energy_j` | J | `schedule.watts` x machines x makespan, busy or idle; else by what the platform says of busy, idle, failed and switched-off nodes; 0: nothing says it |

`--jobs-out` writes a row a job and policy, with Batsim's names where they mean the same:

| column | unit | meaning |
|---|---|---|
| `job_id`, `policy`, `user` | | |
| `submission_time`, `starting_time`, `finish_time` | s | since the start of the trace; the first start |
| `requested_number_of_resources`, `requested_time` | , s | slots; what its user said it would take, empty: nothing |
| `success`, `final_state` | | 1 where it ended by itself; COMPLETED_SUCCESSFULLY, COMPLETED_WALLTIME_REACHED or REJECTED |
| `execution_time`, `waiting_time`, `turnaround_time` | s | on machines; in the queue; their sum |
| `stretch` | | turnaround over execution |
| `preemptions`, `failures` | | of this job |
| `allocated_resources` | | slots of its last stretch, "0-3 7" |
| `deadline`, `missed_deadline` | s, | since the start of the trace; 1 where it ended later, else 0; both empty for jobs without one |

`--trace` writes who ran on which node and when as a Chrome trace for ui.perfetto.dev, up to 200,000 slices.

`--gantt` draws the same, a panel a policy (at most 6) with machines upwards and time to the right, as an SVG, PDF or
PNG: a box for each run of neighbouring slots that a job had at a stretch, with its name where that fits. Of more than
10,000 boxes a policy the largest are drawn, and a line below says how many are left out and their share of slot time.

)";
}

}  // namespace longhaul::report
