#include "report/reference.hpp"

namespace longhaul::report {

std::string reference_of_sweeps() {
  return R"(## Sweeps

`longhaul sweep SCENARIO` simulates a scenario at many points, each in a process of its own, `-j` at a
time. The points are in the scenario's `[sweep]` table:

```toml
[sweep]
repeats = 20                      # of each combination
where   = "gpus * step_time > 60" # only combinations for which this holds

[[sweep.axis]]
key    = "run.gpus"
values = [4096, 8192, 16384]

[[sweep.axis]]
key    = "run.plan.data"
formula = "gpus / 128"            # follows from another axis

[[sweep.axis]]
key       = "run.checkpoint.interval"
log_range = { from = "10 min", to = "4 h", n = 12 }
```

Axes cross each other, the last one fastest; those with the same `zip` go forward together. An axis
varies any field that is no table, or a card by its path (`key = "run.model"`); items of lists and the
seed cannot be varied. `when` limits an axis to combinations where a condition holds: elsewhere the
field keeps the scenario's value, and the axis counts once (a zip, where all of its axes are off; samples,
where no sampled axis is set).

Conditions and formulas are SQL expressions over the names of axes (the key's last part, or `name`):
numbers are in base units (s, B, FLOP, W, ...), words are texts in single quotes, whole numbers divide
as such (`7 / 2` is 3, `7 / 2.0` is 3.5), and an axis that is not set is NULL. They may call `abs`,
`coalesce`, `format`, `glob`, `hex`, `ifnull`, `iif`, `instr`, `length`, `like`, `lower`, `ltrim`,
`max`, `min`, `nullif`, `printf`, `round`, `rtrim`, `sign`, `substr`, `substring`, `trim`, `typeof`,
`upper` and, where SQLite has them, `ceil`, `ceiling`, `exp`, `floor`, `ln`, `log`, `log10`, `log2`,
`mod`, `pow`, `power`, `sqrt` and `trunc`. A formula of a whole-number field has to give a whole number.

On the command line an axis is `--sweep key=a,b,c`, `--sweep "key=10 min..4 h/12"` (12 values at equal
distances), `--sweep "key=10 min..4 h/12/log"` (at equal ratios) or `--sweep
'key={uniform=["1 min","10 min"]}'`. It takes the place of the file's axis with the same key.

**Samples.** Axes with a `sample`, a distribution, are drawn together, `sweep.samples` times, in each
place of the grid of the others. `sweep.design` says how: `latin-hypercube` (the default), `sobol`
(low discrepancy, with a random digital shift) or `random`.

**Seeds.** Repeat r of every combination draws from the seed `sweep/repeat/<r>` of the root seed, so
that combinations differ by their values alone (common random numbers); with `seeds = "independent"`
each combination has seeds of its own, by its values. A field that is given as a distribution in the
scenario is drawn anew for every repeat.

**Precision.** With `[sweep.precision]` repeats go on until the confidence interval of `metric` is
narrower than `half_width` x |mean|, at most `at_most` of them. Their number depends on the values of
the first repeats alone, not on the order in which they are done.

**Sensitivity.** `design = "one-at-a-time"`: the scenario as it is, then each axis at a low and a high
value by itself (the quantiles 0.05 and 0.95 of a distribution, the first and the last of a list).
`design = "saltelli"`: `samples` x (axes + 2) points for first- and total-order indices.
`longhaul sensitivity STORE` prints the tornado or the indices.

**What is kept.** Each point is committed as it arrives. After Ctrl-C, a crash or the kill of any of its
processes the same command does what is missing: points in flight, no others. A point that fails is
recorded with its error and counts as done (`--retry-failed` does it again); one whose worker is killed
three times stays missing. More `--repeats` (or another `sweep.precision` by `--set`) of the same sweep
add to the store. Another sweep, another revision of the program, or a change of any file that a point
reads, the scenario's among them, are refused; a card that was missing may come. A file that changes
while a sweep runs stops it before a point of the changed one is stored.

### The store

One SQLite file, `results/<scenario>-<seed>.sqlite` or what `--out` names. `PRAGMA application_id` is
0x4C484155, `PRAGMA user_version` the version of this schema: 1. While a sweep runs, a file that ends in
`-wal` stands beside it.

| table | column | meaning |
|---|---|---|
| `sweep` | `key`, `value` | title, scenario, seed, `set` (what `--set` gave), `sweep` (the table as TOML), simulate, design, inputs (keys of the axes that the design varies), combinations, repeats, version, revision, calibration, simgrid, simgrid_settings; shard where it is a part; unfinished while not all is there that was asked for |
| `input` | `path`, `sha256` | every file that a point may read, from the folder of Longhaul's data or else the scenario's; empty: it was missing |
| `axis` | `key`, `name`, `unit` | in their order; the unit of numbers |
| `metric` | `name`, `column` | every number there is, and its column in `point` (the same, unless only the case of letters differs) |
| `point` | `combination`, `repeat` | from 0; the primary key |
| | `seed` | of this point |
| | `error` | why it failed; NULL where it did not |
| | `wall_s` | seconds it took |
| | `base`, `changes` | the resolved scenario: the text of `base`, with the lines `number:line` of `changes` in the place of its own |
| | *key of an axis* | its value: a number in base units or a text; NULL where it is not set |
| | *name of a metric* | a key of `summary.json`, nested ones joined by points: `lost_s.restart`; all but `events`. With `simulate = "step"`: `step_s`, `mfu`, `hfu`, `tokens_per_step`, `flop_per_step`, `gpus`, and what `summary.json` has of the step |
| `base` | `id`, `toml` | resolved scenarios |

So `sqlite3 results/mine-1.sqlite 'SELECT "run.gpus", avg(ettr) FROM point GROUP BY 1'` works.

### Exports

`longhaul export STORE` prints every point in the order of combination and repeat, as CSV or
(`--format jsonl`) an object a line: the same bytes whatever `-j`, shards and interruptions.

| column | meaning |
|---|---|
| `combination`, `repeat`, `seed`, `error` | as in the store |
| *keys of axes* | in base units |
| *metrics* | all, sorted by name, or those of `--metric` in their order |
| `wall_s` | with `--timing` only, as it differs from run to run |
| `scenario` | with `--resolved` only, which wants `jsonl`: the resolved scenario as TOML |

`--summary` puts the repeats of a combination together, a row for each metric:

| column | meaning |
|---|---|
| `combination`, *keys of axes*, `metric` | |
| `n`, `failed` | repeats with a value; repeats that failed |
| `mean`, `standard_deviation` | of these; the deviation of the population (n - 1) |
| `low`, `high` | confidence interval of the mean by Student's t, `--confidence` 0.95 |
| `minimum`, `p5`, `p25`, `p50`, `p75`, `p95`, `maximum` | percentiles, linear between order statistics |

`--scenario 12/0` prints the resolved scenario of combination 12, repeat 0: `longhaul run` makes the
same run of it.

`longhaul sensitivity --json` prints `title`, `metric` and `axes`: for a tornado `key`, `low`, `high` (the
metric at the axis's ends) and `swing`, the widest first, with `baseline`; for indices `key`,
`first_order`, `total_order` and their 95 % intervals, with `base_samples`, `mean` and `variance`. Base
samples with a failed point are left out.

## More than one machine

Nothing passes between workers: each shard of a sweep has a store of its own, one file with one
writer, and `longhaul merge` joins them. With `--shard I/N` a sweep does the points whose number
leaves I - 1 when it is divided by N; points count through all combinations,
repeat by repeat, so that more repeats leave a point where it was. With
`sweep.precision` combinations count, as their repeats depend on each other.

`longhaul merge OUT STORE...` joins stores of one sweep into OUT, and adds to it if it is there. A
folder stands for the `*.sqlite` in it. Stores of another sweep are refused (anything but the shard
and the number of repeats differs: scenario, seed, axes, program), and so are two results for one
point that differ in anything but `wall_s`. OUT is written aside and renamed when it is whole.
`export` of it gives the bytes of the same sweep done at once. The last line says how many of the
expected points are there (combinations x repeats) and which are missing, as combination/repeat. The
exit status is 4 when points are missing or failed, 0 all the same with `--partial`.

### Any scheduler

`longhaul sweep ... --list N` prints N commands, quoted for a shell, with absolute paths; `--list
points` one for each point, at most 100,000 in all. They write to OUT`.shards/`, use one worker each
unless `-j` is given, and can be done again: what their stores hold is skipped. The last lines are
comments with the merge. Relative paths inside of `--set` count from the folder a command starts in.
GNU parallel takes the list as it is:

```sh
longhaul sweep my.toml --out all.sqlite --list 64 | parallel
longhaul merge all.sqlite all.sqlite.shards
```

HTCondor with `list.txt`, and a script `part.sh` of `#!/bin/sh` and `sed -n "$(($1 + 1))p" list.txt
| sh`:

```
executable           = part.sh
arguments            = $(Process)
transfer_input_files = list.txt
request_cpus         = 1
log                  = sweep.log
queue 64
```

where the machines share the file system. Snakemake:

```python
rule all:
    input: expand("done/{i}", i=range(1, 65))
    shell: "longhaul merge all.sqlite all.sqlite.shards"
rule shard:
    output: touch("done/{i}")
    shell: "sed -n {wildcards.i}p list.txt | sh"
```

### Slurm

```sh
longhaul sweep my.toml --out all.sqlite --slurm 64 --slurm-option=--partition=cpu \
  --slurm-option=--cpus-per-task=8 --slurm-option=--time=4:00:00
```

writes `array.sh`, `merge.sh`, the shards' stores and logs to `all.sqlite.slurm/`, on a file system
that all nodes share, and submits an array of 64 tasks, and a job that merges their stores into
`all.sqlite` once all tasks have ended, however they did. A task has a worker for each of its CPUs;
`-j 8` asks for 8 of them. 60 s before a time limit a task stops as with Ctrl-C; what is done is
kept. The same command later submits only shards that have points left, and the merge; it refuses
while jobs of the last one wait or run. With `--retry-failed` failed points are done again.
`--slurm-dry-run` writes the scripts and prints the commands. How many tasks an array may have is
set by the cluster (`MaxArraySize`, 1,001 by default).

## Figures

A figure is a folder of `scenarios/figures/`; the table of those that are shipped is
[figures/README.md](figures/README.md).

| file | holds |
|---|---|
| `scenario.toml` | the question, and its `[sweep]`, or the `[constraints]` of a forecast |
| `plot.gp` | a script for gnuplot, run after `scenarios/figures/style.gp`; it sets neither terminal nor output. A first line `# 3.4 in x 3.0 in` is the size on paper (else 3.4 x 2.4) |
| `README.md` | its first paragraph is the caption |
| `published.csv` | what to compare with, if anything; its column `source` says where each row is from |

The script finds the paths of the tables below as `data`, `summary` and `points`, and `published`
(`''` where there is none). `longhaul figures [NAME...]` simulates the points that are missing and
writes a folder a figure, `results/figures/NAME/` or below what `--out` names:

| file | holds |
|---|---|
| `NAME.sqlite` | the store of the sweep; made anew when the program or an input changed. A file of this name that is no store is left alone and the command stops |
| `data.csv` | as `longhaul export --means`: a row a combination with `combination`, the axes by key, `n` (repeats), `failed`, and for each metric `METRIC`, `METRIC_low` and `METRIC_high`: mean and 95 % confidence interval, which is empty for one repeat |
| `summary.csv` | as `longhaul export --summary`: a row a combination and metric |
| `points.csv` | as `longhaul export`: a row a point |
| `NAME.svg`, `.pdf`, `.png` | the figure; 288 dots an inch. The same points give the same bytes, with one gnuplot and its fonts |
| `NAME.txt` | caption, version, revision, seed, SHA-256 of every input, settings, and how long the points took, added up |

A figure of which points failed is not drawn (exit status 4). Without gnuplot the points are kept.

)";
}

}  // namespace longhaul::report
