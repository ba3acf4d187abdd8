#include "report/reference.hpp"

namespace longhaul::report {

std::string reference_of_results() {
  return R"(## Replay files

`failures.replay` names a CSV file; lines that start with `#` are comments.

| column | unit | meaning |
|---|---|---|
| `time_s` | s | since the start of the run; rows are sorted by it |
| `cause` | | a cause of `failures.causes`; whether it is planned stands there |
| `lost_s` | s | the whole loss: the run stands still so long and goes on where it stood. Empty (or no such column): the stop is detected, recovered from and its work redone as any other |

A stop that comes during another one begins it anew.

## Results

`longhaul run` writes a folder, `results/<scenario>-<seed>` or what `--out` names. It is written
aside and renamed when it is whole. Same scenario, seed and program: the same bytes, but for `wall_s`.

### `summary.json`

| key | unit | meaning |
|---|---|---|
| `title`, `seed` | | of the scenario |
| `simulated_s` | s | simulated time |
| `step_s` | s | undisturbed step time on the first placement |
| `mfu` | 0-1 | model FLOP utilisation of the undisturbed step; 0 without a model |
| `hfu` | 0-1 | hardware FLOP utilisation: with recomputation |
| `run_mfu` | 0-1 | MFU of the whole time: `mfu` x `goodput`, where no decision changes the batch and the run never stood on more GPUs than planned; of the time of all its GPUs where it did |
| `steps` | | kept steps |
| `tokens`, `flop` | tokens, FLOP | of kept steps; model FLOP |
| `redone_steps`, `redone_tokens`, `redone_flop` | | of steps that were finished and then lost with a failure |
| `ettr` | 0-1 | effective training time ratio: time in steps that were kept / `simulated_s` |
| `goodput` | 0-1 | useful time / `simulated_s`: of kept steps what they take undisturbed on all GPUs of the plan; on more than those, all they took |
| `interruptions.total`, `.unexpected`, `.planned` | | stops of the run; a failure during a recovery counts |
| `interruptions.by_cause`, `.by_group` | | the same by cause and by group of causes |
| `mtbi_s` | s | `simulated_s` / unexpected interruptions; 0 when there were none |
| `lost_s` | s | time by what it was lost to; sums to `simulated_s` x (1 - `goodput`) |
| `lost_s.redone` | s | steps, and parts of steps, that a failure took |
| `lost_s.detection` | s | from a failure until it was noticed |
| `lost_s.replacement` | s | bringing in nodes that stand by, choosing nodes, changing the size of the run |
| `lost_s.restart` | s | from there to the next step, reading the checkpoint included |
| `lost_s.checkpoint` | s | blocking writes, finished or cut short |
| `lost_s.maintenance` | s | planned stops |
| `lost_s.waiting` | s | for a node: fetched from the cold pool, repaired or arriving |
| `lost_s.curtailed` | s | pauses for want of power |
| `lost_s.stragglers` | s | what kept steps took beyond the undisturbed step: `step_s`, or a later recipe's (slower nodes or placements) |
| `lost_s.resized` | s | what kept steps took beyond `step_s` as the run stood on fewer nodes; on more than planned all of a step is useful |
| `lost_s.capped` | s | the same as chips were slowed for want of power |
| `lost_s.recorded` | s | losses stated by a replay file |
| `lost_s.unfinished` | s | the part of a step under way at the end |
| `lost_by_cause_s` | s | by cause: the work that its stops took and the time down after them |
| `faults` | | by cause: faults that did not stop the run when they came; causes that slow or corrupt |
| `interruptions_by_lemons` | | of all interruptions, those that lemons had beyond what any node has |
| `nodes_barred` | | nodes that are not used again |
| `gpu_hours` | h | GPU-hours by what GPUs of the run were spent on (keys as in `lost_s`, and `useful`), and by what those of other nodes were doing: `warm` (standing by), `idle`, `cold`, `repair`, `drained` (maintenance), `barred`, `off` (not there yet); sums to `gpu_hours.total`: all GPUs x time |
| `checkpoints` | | written |
| `checkpoint_bytes` | B | size of one; 0 where its write time was given |
| `checkpoint_write_s` | s | blocking time of one |
| `checkpoint_steps` | | steps between two |
| `energy_j` | J | of the run's nodes and those that stand by for it or are in repair, with their share of network, storage and building |
| `peak_power_w` | W | likewise, of all sites at once |
| `energy_cost_usd`, `co2_kg` | USD, kg | of that energy, at the `price` and `co2_kg_per_kwh` of each site |
| `sites` | J, W, USD, kg | by `power.site`: `energy_j`, `peak_w`, `cost_usd`, `co2_kg` |
| `gpus` | | of the run |
| `analytic_step_s` | s | the undisturbed step with collectives in closed form |
| `step_terms` | s | the undisturbed step by term: these sum to `step_s`; `*_hidden_s` run under compute and do not count |
| `tokens_per_s_per_gpu` | tokens/s | of the undisturbed step |
| `not_reached` | | lines such as "2 of 3 arrivals": rows of `cluster.arrival`, `power.site[].step` and `.curtailment`, of a replay and of `run.decision` for moments after the end of the run; left out without any |
| `network_cost_usd`, `network_power_w` | USD, W | of the whole platform's network, where `cluster.platform.prices` has its parts |
| `memory` | B | of the fullest GPU, by part |
| `events` | | timers that fired and transfers that ended on the simulation's clock |
| `wall_s` | s | real time the program took |

### `events.csv`

| column | unit | meaning |
|---|---|---|
| `time_s` | s | since the start of the run |
| `date` | | UTC |
| `event` | | `interruption`; `checkpoint` (written), `checkpoint_lost` (a failure cut it or its drain short); `restart` (steps begin again); `waiting` (for a node); `repaired` (a node is back); `fault` (the run goes on, slower or corrupt), `mended`; `barred` (a node is not used again); `resized` (to `node` nodes); `arrived` (`node` nodes); `decision`; `power` (the run may draw more or less than before, or a pause is near); `end` |
| `cause` | | of an interruption or a fault |
| `node` | | that was taken out, or is back; of a fault of the fabric the number of the switch or cable |
| `step` | | steps done when it happened |
| `duration_s` | s | of what ended: the write, or the time down |

### `timeline.csv`

One row every `output.timeline`, and one at the end.

| column | unit | meaning |
|---|---|---|
| `time_s`, `date` | s | since the start of the run; UTC |
| `state` | | `step`, `checkpoint`, `detection`, `replacement`, `waiting`, `restart`, `maintenance`, `curtailed`, `recorded` |
| `steps` | | done and not lost so far |
| `tokens` | tokens | of these |
| `redone_steps` | | lost so far |
| `nodes_free`, `nodes_down` | | of the platform |
| `energy_j` | J | so far |
| `mean_power_w` | W | since the row above |

### `--trace FILE`

The months in the Trace Event Format, which ui.perfetto.dev opens, in microseconds of simulated time.
Only an earlier trace is replaced.

| track | holds |
|---|---|
| state | a slice a stretch of the run: `compute` (steps that were kept), `redone`, `checkpoint`, `detection`, `replacement`, `waiting`, `restart`, `maintenance`, `curtailed`, `recorded`, `unfinished`; they follow each other without gaps, and sum by state to `lost_s` of `summary.json` (`compute` to useful time and stragglers) |
| stops | an instant a stop, named by its cause: `lost_s` (work it took), `planned`, `node`, `date` |
| kept steps, mean power [W] | from the samples of `timeline.csv`; a value holds until the next |

`otherData` holds the provenance, `start` (date of time 0), `simulated_s`, and how many `slices`,
`stops` and `samples` there were. A trace has at most 200,000 events: beyond, steps and the
checkpoints between two stops are one slice, with seconds and number of each state in its arguments;
then all slices that start in the same stretch of time; likewise stops; counters leave samples out.
`otherData.note` and the terminal then say what was thinned.

### `resolved.toml`, `provenance.json`

The scenario with every default and every card written out, which reads back to itself; and version,
git revision, seed, SHA-256 of every input, calibration set, SimGrid version and settings, wall time.

## A report

`longhaul report RESULTS` writes a result as one HTML file, `RESULTS/report.html` or what `--out`
names; only an earlier report is replaced, and one in the folder goes with it when the run is
simulated again. It opens in any browser without a network, light, dark, on a phone and on paper. It
shows

- the answer: ETTR, goodput, MFU, tokens, stops, energy; what was lost to what
- hours by cause, which sum to the simulated time
- goodput, power, progress and stops over calendar time (UTC). Rows of `timeline.csv` are put together
  evenly into at most 1,000 windows; the page says of how many rows and how long they are
- interruptions by cause, and each stop in a table that sorts and filters; of more than 2,000 stops
  the longest, which the page says
- what each site drew, cost and emitted, where the scenario has `power.site`
- the terms of an undisturbed step, where the scenario has a model
- the resolved scenario and its provenance

A *stop* there ends with the next step, or with the next interruption on the way to it; *redone* are
the steps done when it began that were lost with it. Of years of labs the page shows what
[Years](#years) says.

`longhaul report STORE` does the same for a store that `longhaul sweep` wrote, as `STORE` with `.html`
in place of `.sqlite`. `--metric`, which may be given several times, names what is drawn; without it
these are, up to four that the store has, of `ettr`, `goodput`, `run_mfu`, `interruptions.unexpected`,
`step_s` and `mfu`. A metric that is the same at every point is named, but not drawn. The page shows

- the answer: the combination with the highest mean of each metric (the lowest of step times, losses,
  interruptions, energy, power and memory), its 95 % interval, and how many others have an interval
  that meets it; combinations, points, repeats, failed; the values of each axis
- means over the first axis of numbers with 95 % intervals, on a logarithmic scale where its values are
  spaced so; a curve for each value of the next axis that has at most 8; boxes that pick a value of
  each further one. Formulas, and axes that another one determines, are neither. Without an axis of
  numbers a point stands beside each word; without any axis the repeats are counted in bins
- of a random, Latin hypercube or Sobol design the mean over each sampled axis (of more than 8 axes
  the first), a point a combination; of one-at-a-time and saltelli what `longhaul sensitivity` says
- every combination in a table that sorts and filters, and every failed point with its error
- what was varied, the first resolved scenario and the store's provenance

A chart of means has at most 5,000 combinations, one of samples evenly at most 1,000, the tables at
most 2,000 combinations and 200 failed points; the page says what is left out. Numbers of an axis are
in a unit that fits the largest.

## A step

`longhaul step` prices one step of a scenario and writes no folder: `[cluster]` and `[run]` are
enough, and what only months need is not looked at. `--json` prints

| key | unit | meaning |
|---|---|---|
| `title`, `seed`, `gpus` | | of the scenario; without a title the file's name |
| `platform`, `chip`, `model` | | names on their cards |
| `step_s` | s | one undisturbed step |
| `analytic_step_s` | s | the same with collectives in closed form |
| `mfu`, `hfu` | 0-1 | model and hardware FLOP utilisation |
| `tokens` | tokens | of a step |
| `tokens_per_s_per_gpu` | tokens/s | |
| `flop`, `hardware_flop` | FLOP | of a step on all GPUs; the second with recomputation |
| `step_terms` | s | as in `summary.json`: what does not end in `_hidden_s` sums to `step_s` |
| `traffic[].term` | | the term it is counted under, exposed and hidden |
| `traffic[].collective` | | `all-reduce`, `reduce-scatter`, `all-gather`, `all-to-all`, `point-to-point` |
| `traffic[].ranks`, `.ranks_per_domain` | | of one group; of these in one scale-up domain |
| `traffic[].payload_bytes` | B | a rank's whole buffer, of one call |
| `traffic[].calls` | | a step, of a GPU on the fullest stage |
| `traffic[].call_s` | s | one call, nothing hidden |
| `memory` | B | of the fullest GPU, by part |
| `memory_bytes`, `memory_size_bytes` | B | their sum; what the chip has |
| `across_sites.method`, `.sites`, `.replicas` | | with `[run.across_sites]` only, as the next: the method, and copies of the parameters that train by themselves |
| `.bandwidth_bytes_per_s`, `.latency_s` | B/s, s | of a site's link, one way |
| `.replica_step_s` | s | the step inside a replica; with `.exposed_s` it is `step_s` |
| `.exposed_s`, `.region_exposed_s`, `.hidden_s` | s | waited for other sites, of that within regions, and under compute; a step on average |
| `.sent_bytes` | B | by the site that sends most, to other regions, a step on average |
| `.efficiency` | 0-1 | `.replica_step_s` over `step_s` |
| `.bandwidth_90_bytes_per_s`, `_95_`, `_96_` | B/s | of a site's link, for an efficiency of 0.90, 0.95 and 0.96; null: none is enough |
| `.end_tokens`, `.end_loss`, `.end_loss_one_replica` | tokens, nats a token | of the undisturbed run at its end; null without an end, or without `loss_law` |
| `plan` | | `run.plan` with every default |
| `microbatches` | | of a replica in a step |
| `fidelity` | | `flow` or `analytic` |
| `calibration` | | set of constants |
| `simgrid`, `simgrid_settings` | | version and settings; with `flow` only |
| `version`, `revision` | | of the program |
| `every_rank_step_s` | s | with `--every-rank`: the step with every rank of it simulated |
| `trace`, `trace_step_s` | s | with `--trace`: the file, and where its timeline ends |
| `paje` | | with `--paje`: the file |

`--every-rank` (up to 1,024 GPUs, not DualPipe) also simulates the step without any symmetry, all of
its traffic on the fabric at the time it is sent, to check the figure above.

`--trace FILE` writes the step's timeline in the Trace Event Format, which ui.perfetto.dev opens: a
process a stage, a thread for compute and for each kind of traffic. Only an earlier trace is
replaced. The timeline plays the pipeline schedule piece by piece; where stages differ it ends a
little off `step_s`, which is a closed form.

`--paje FILE` (up to 256 GPUs, not DualPipe) simulates every rank likewise and lets SimGrid write its
own trace of the links in the Paje format, which ViTE and `pj_dump` read: a container for each
direction of a link that a flow needed, named by its ends, with `bandwidth` and `bandwidth_used` (B/s,
exact between two changes). More than 2,000,000 events are refused. Only an earlier such trace is
replaced.

## Plans

`longhaul plan` looks for the fastest plans of a scenario and writes no folder: `[cluster]` and
`[run]` are enough. On `run.gpus` it tries every product of tensor, pipeline, context and data (and
the divisors of the experts), microbatches up to 64 that divide a replica's batch, virtual stages
that divide a stage's layers (1f1b only), and recomputation: none, selective, full on each eighth of
the layers. What `--keep` names keeps its value of `[run.plan]`; `zero_stage`, `precision`,
`attention`, `order`, `schedule` and `uneven_layers` always do, and `sequence_parallel` where tensor > 1. Plans that
cannot run or do not fit memory are dropped, all others timed with collectives in closed form on links
that nobody shares. A *rival* is the fastest plan with another value of one field, whatever else
differs in it. Where no plan fits, the leanest is named and what would help, with exit status 2.
`--json` prints

| key | unit | meaning |
|---|---|---|
| `title`, `model`, `gpus`, `calibration` | | of the scenario; the set of constants |
| `considered` | | plans: `invalid` + `too_large` + `timed` |
| `invalid` | | cannot run: something does not divide |
| `too_large` | | can run, but do not fit memory |
| `timed` | | the rest |
| `given_step_s` | s | the scenario's own plan, timed alike; null when it cannot run or does not fit |
| `plans` | | the fastest, `--top` of them (10), fastest first |
| `plans[].step_s` | s | one step |
| `plans[].mfu`, `.hfu` | 0-1 | model and hardware FLOP utilisation |
| `plans[].plan` | | as `run.plan`, every field |
| `plans[].memory` | B | of the fullest GPU, by part |
| `plans[].step_terms` | s | as in `summary.json` |
| `rivals` | | by field: the rival of the first plan, with the same keys; none for a field that is kept or has one value only |
| `rivals.*.longer_s` | s | by term: what the rival takes beyond the first plan; these sum to the difference of `step_s` |

How fast the search was goes to standard error, so that the same input prints the same bytes.

)" + reference_of_topologies() +
         reference_of_sweeps() + reference_of_forecasts() + reference_of_years() +
         reference_of_schedules() + reference_of_walls() +
         R"(## Exit statuses

| status | meaning |
|---|---|
| 0 | done |
| 1 | our fault: please report it |
| 2 | the input cannot be used; every mistake is listed and nothing was written. Or a file cannot be written: what a sweep finished is kept |
| 3 | outside a stated band |
| 4 | a sweep is through, but points of it failed or are missing |
| 130 | interrupted with Ctrl-C; an earlier result is still whole, and a sweep keeps what it finished |
)";
}

}  // namespace longhaul::report
