#include "report/reference.hpp"

namespace longhaul::report {

std::string reference_of_walls() {
  return R"(## Walls

`longhaul wall FILE` takes runs of more and more compute, from `wall.from` to `wall.to`, and looks for the
best plan of each on the platform of `[cluster]`, grown to the size that it needs: of all plans that are
done within `wall.months` the one of the highest utilisation, C (times 1 + B/B_crit with the trade-off, as
more tokens are trained on) over what its GPUs' peak would do in the run's time. Beyond some compute no number of GPUs is enough, and utilisation is 0. Steps are timed by the step
model (`sim/training/README.md`) with the platform family's latencies, bandwidths and counts of switches
(`sim/fabric/README.md`). It needs `[cluster]` and `[wall]`; of `[run]` it reads `efficiency`, `stack` and
of `plan` what no search decides: `precision`, `attention`, `zero_stage`, `order` and `schedule`. Each
`[[wall.variant]]` names another such scenario, found beside it. `--json` prints

| key | unit | meaning |
|---|---|---|
| `name`, `title`, `months` | | of the curve (`base`) and the scenario |
| `batch_law`, `model_law`, `depth_law` | | with their sources, the anchor and its source |
| `largest_utilisation` | 0-1 | of all points |
| `knee_flop` | FLOP | the first point, from that of the largest utilisation on, below 80 % of it; null where there is none |
| `half_flop`, `wall_flop` | FLOP | the same below half of it, and below 1 % |
| `closed_form.flop`, `.parameters` | | where serial latency alone fills the months; null where nothing ends |
| `closed_form.layer_s`, `.tensor` | s | serial time of a layer there; tensor degree in each of two dimensions |
| `assumptions` | | one a line |
| `points` | | by rising compute |
| `points[].flop` | FLOP | of training, C |
| `points[].utilisation` | 0-1 | 0 where no plan is in time |
| `points[].in_time` | | whether the plan is done within the months; else it is the fastest one |
| `points[].gpus`, `.step_s` | s | of the plan |
| `points[].plan` | | as `run.plan`, every field; tensor groups as a grid of `tensor_rows` x `tensor_columns`; null where no plan fits memory |
| `points[].binding` | | what takes most: `kernel latency`, `collective latency inside the domain`, `collective latency across the network`, `bubble`, `bandwidth`, `memory` (kernels that only move bytes, and recomputation) or `batch` (products of too few tokens) |
| `points[].lost` | 0-1 | of the step, by cause; they overlap |
| `points[].steps`, `.parameters`, `.data_tokens`, `.layers`, `.batch_tokens` | | of the run |
| `variants` | | the same keys for each |
| `version`, `revision`, `inputs` | | of the program; the files, with their SHA-256 |

`--csv` prints a row a point, and a figure whose scenario holds `[wall]` finds it as `data.csv`: `curve`,
`flop`, `utilisation`, `in_time`, `gpus`, `step_s`, `steps`, `parameters`, `layers`, `batch_tokens`, `binding`,
`tensor_rows`, `tensor_columns`, `pipeline`, `virtual_stages`, `data`, `context`, `microbatch`, then of the curve
`knee_flop`, `half_flop`, `wall_flop` (empty where there is none), `closed_form_flop` and, without its sources,
`batch_law`.

)";
}

}  // namespace longhaul::report
