#include "report/reference.hpp"

namespace longhaul::report {

std::string reference_of_forecasts() {
  return R"(## Forecasts

`longhaul forecast FILE` draws the inputs of `[constraints]` many times (`--samples`, 20,000) and prints how
what they allow spreads; nothing is written. Besides `[constraints]` it reads `title`, `start` and `seed`.
Each input is drawn from a stream of its own, then tied as `[[constraints.correlation]]` says: the same
seed, samples and file give the same bytes. `sim/world/README.md` has the equations. `--json` prints

| key | unit | meaning |
|---|---|---|
| `title`, `seed`, `samples` | | of the scenario; draws |
| `gpt4_flop` | FLOP | `constraints.gpt4_compute` |
| `constraints.*` | | `power`, `chips`, `data` and `latency`, each with the keys below |
| `constraints.*.p10_flop`, `.p50_flop`, `.p90_flop` | FLOP | percentiles of the draws |
| `constraints.*.p10_gpt4`, `.p50_gpt4`, `.p90_gpt4` | | the same over `gpt4_flop` |
| `constraints.*.binds` | 0-1 | share of draws in which it is the least of the four |
| `least` | | the same percentiles of the least of the four, draw by draw |
| `details.*` | | `p10_UNIT`, `p50_UNIT` and `p90_UNIT` of what lies behind; null where it is infinite |
| `details.campus`, `.bandwidth` | flop | the largest run on one campus; over sites, by bandwidth |
| `details.distributed_power` | w | for the run, over all sites |
| `details.run_chips` | h100e | H100-equivalents of the run |
| `details.run_data` | tokens | that can be trained on, repeats counted |
| `details.latency_FORM_BATCH` | flop | the wall in both forms (`appendix`, `text`), with a `fixed` batch and with one that `grows` |
| `details.layer_latency_FORM` | s | serial time of a layer of the run at its wall, with a fixed batch |
| `version`, `revision`, `inputs` | | of the program; the files, with their SHA-256 |

A figure whose scenario holds `[constraints]` instead of a `[sweep]` finds in `data.csv` a row a constraint,
then `least`, with the columns `constraint`, the six percentiles and `binds`; it has no other tables.

)";
}

}  // namespace longhaul::report
