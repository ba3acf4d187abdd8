#include "report/reference.hpp"

namespace longhaul::report {

std::string reference_of_years() {
  return R"(## Years

A scenario with `[world]` and `[lab]` has no run of its own: labs train run after run until `duration`, their
deadline. `longhaul run`, `longhaul sweep` and `longhaul figures` take it as others; `[run.checkpoint]`,
`[failures]` and `[recovery]` say what failures cost its runs, by the exact renewal of their mean rates on
`cluster.gpus_per_node` chips a node; with `lab.months` the months of each run are simulated for it. Strategies, with what they need: `sim/lab/README.md`.

`summary.json` and the metrics of a sweep:

| key | unit | meaning |
|---|---|---|
| `simulated_s` | s | simulated time |
| `algorithms_oom` | | decimal logarithm of what a FLOP of the last recipe is worth, over the start's |
| `jumps` | | of algorithms |
| `runs` | | released |
| `best_effective_flop` | FLOP | effective compute of the lab's best model: physical x worth of recipe and data; 0: none |
| `best_flop` | FLOP | its physical compute |
| `best_loss` | nats a token | of the compute-optimal model of that effective compute, by `world.scaling` |
| `best_length_s`, `best_at_s` | s | length of its run; when it was released |
| `unspent_s` | s | where `lab.reported` is given: that less `best_length_s`, time of the calendar not spent at it |
| `leading_s` | s | time with the best model of all labs |
| `useful_flop`, `lost_flop`, `idle_flop`, `experiments_flop`, `serving_flop` | FLOP | what the chips could do, by what became of it: kept in released runs; lost to failures, in runs given up or cut off; unused; held for experiments; serving. They sum to all that the largest cluster could sustain, or to more while a run keeps chips that the money of the day would not buy |
| `cost_usd`, `energy_j` | USD, J | of all its chips for the whole time, used or not (idle ones at `world.idle_fraction` of their power): chips by `world.money.chip_life`, energy at the sites' prices |
| `runs_cost_usd`, `runs_energy_j` | USD, J | of its runs alone: their chips for their time, and energy |
| `usd_per_effective_flop` | USD/FLOP | `cost_usd` over `best_effective_flop` |
| `revenue_usd` | USD | by `world.revenue.formula`, from the first release on |
| `bound_by.power`, `.chips`, `.data`, `.latency`, `.money`, `.time` | | released runs by why they were no larger |
| `bound_since_s.*` | s | when the first of those was decided; negative: none |
| `end_chips`, `end_flop_per_s`, `end_power_w` | , FLOP/s, W | of the largest cluster at the deadline; peak |
| `rival.*` | | the same of `[rival]` |

`longhaul forecast` draws such a scenario `--samples` times (1,000), keeps the draws in
`results/<scenario>-<seed>.forecast.sqlite` as a sweep does, and prints each metric's 10th, 50th and 90th
percentile and mean; `--json` prints `title`, `seed`, `samples`, `failed`, `first_error` where some did, `metrics` (by name: `mean`, `p10`, `p50`,
`p90`), `version` and `revision`.

`runs.csv` has a row a run, in the order of their ends:

| column | unit | meaning |
|---|---|---|
| `lab` | | its name |
| `decided`, `start`, `end` | | UTC; recipe and cluster are those of the first |
| `length_s` | s | from start to end |
| `ending` | | `released`, `abandoned` (for another run), `cut` (by the deadline) |
| `bound` | | as above |
| `best` | | better than what its lab released before, and no worse than the others' best |
| `format` | | number format of the chips' peak, of the phase that gives most of it |
| `chips`, `peak_flop_per_s`, `sustained_flop_per_s`, `power_w` | , FLOP/s, FLOP/s, W | of its cluster |
| `goodput` | 0-1 | share of its time that it keeps, with failures |
| `flop`, `worth`, `data_worth`, `effective_flop` | FLOP | physical compute; worth of a FLOP of its recipe, and of its data over as many new tokens; their product |
| `loss` | nats a token | as `best_loss` |
| `parameters`, `tokens`, `epochs` | | of the model; seen; of the stock, where there is one |
| `energy_j`, `cost_usd` | J, USD | of the run |

`years.csv` has a row a lab every `output.years`:

| column | unit | meaning |
|---|---|---|
| `date`, `time_s`, `lab` | s | UTC; since the start |
| `worth_oom` | | decimal logarithm of what a FLOP of a recipe of the day is worth |
| `chips`, `format`, `peak_flop_per_s`, `sustained_flop_per_s`, `power_w` | , , FLOP/s, FLOP/s, W | of the largest cluster of the day |
| `limit` | | why it is no larger: `chips`, `power`, `money` |
| `experiments`, `serving` | 0-1 | shares of it that no run gets |
| `running` | | whether a run goes on |
| `best_flop`, `best_effective_flop`, `best_loss` | FLOP, FLOP, nats a token | the most physical compute of a released model; of the best model |

`longhaul report` writes such a folder as a page too. It shows

- the answer: the best model with its effective and physical FLOP, loss, date and length of run; runs, cost, energy,
  revenue, algorithms; with a rival both labs side by side, and who led for how long
- the best model so far and the most physical compute of one, from `runs.csv`; each run as a bar in the row of what
  bound it, filled when it was released, hollow when abandoned, dashed when cut; and from `years.csv` the worth of a
  FLOP, chips and power of the largest cluster. Scales are logarithmic where values span a factor of ten; zeros are
  left out there, which the page says. Of more than 1,000 points of a line every n-th is drawn
- where the compute went, in shares that sum to all; released runs by what bound them
- each run in a table that sorts and filters; of more than 2,000 the longest, which the page says
- the resolved scenario and its provenance

)";
}

}  // namespace longhaul::report
