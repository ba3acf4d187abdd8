// Reports of real sweeps in a real browser. Screenshots stay in LONGHAUL_SCREENSHOTS.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {writeFileSync} from "node:fs";
import {join} from "node:path";
import {
  finish, folder, hostile, open, page, program, shot, test, test_dark, test_phone, test_quiet,
  test_title,
} from "./browser.mjs";

const scenario = join(folder, "s.toml");
writeFileSync(scenario, `
title = "${hostile}"
seed = 5
[run]
step_time = "1 min"
steps = 5000
[run.checkpoint]
interval = "30 min"
write = "1 min"
read = "0 s"
[failures.causes]
name = "often"
gpus = 1
observed = "1 day"
[[failures.causes.cause]]
name = "failure"
group = "other"
count = 8
strikes = "job"
[recovery]
restart = "2 min"
detect = "0 s"
`);

/// The page of a sweep over these axes.
function report(name, axes, more = []) {
  const store = join(folder, `${name}.sqlite`);
  const options = axes.flatMap((axis) => ["--sweep", axis]);
  execFileSync(program, ["sweep", scenario, ...options, ...more, "--out", store],
      {stdio: ["ignore", "ignore", "inherit"]});
  execFileSync(program, ["report", store], {stdio: ["ignore", "ignore", "inherit"]});
  return join(folder, `${name}.html`);
}
const uniform = [
  'run.checkpoint.interval={log_uniform=["3 min","8 h"]}',
  'run.checkpoint.write={uniform=["10 s","5 min"]}', 'recovery.restart={uniform=["1 min","30 min"]}',
];
const intervals = "run.checkpoint.interval=3 min..8 h/8/log";

// Of each chart its marks, and the rows of its data.
const charts = () => page.$$eval("#charts .chart", (figures) => figures.map((figure) => {
  const n = (selector) => figure.querySelectorAll(`svg ${selector}`).length;
  const spec = JSON.parse(figure.querySelector("script").textContent);
  return {
    title: figure.querySelector("h3").textContent, svgs: n("g.root"),
    points: n(".mark-symbol.role-mark path"), bars: n(".mark-rect.role-mark path"),
    lines: n(".mark-line path"), areas: n(".mark-area path"), rules: n(".mark-rule.role-mark line"),
    rows: spec.data.values.length,
  };
}));

await open(report("grid", [intervals, "run.checkpoint.write=10 s,1 min,5 min",
  "recovery.restart=1 min,10 min,30 min"], ["--repeats", "3"]));
await test_title();

await test("each mean of the value in the box is a point, each curve a line", async () => {
  const found = await charts();
  assert.equal(found.length, 3);  // ettr, goodput, interruptions: mfu is 0 everywhere
  for (const chart of found) {
    assert.equal(chart.rows, 8 * 3 * 3, chart.title);
    assert.equal(chart.points, 8 * 3, chart.title);
    assert.equal(chart.rules, 8 * 3, chart.title);
    assert.equal(chart.lines, 3, chart.title);
  }
});
await shot("sweep");

await test("another value in the box draws its means", async () => {
  const path = () => page.$eval("#charts .mark-line path", (line) => line.getAttribute("d"));
  const before = await path();
  await page.locator("#charts select").first().selectOption({label: "30 min"});
  await page.waitForFunction((d) =>
    document.querySelector("#charts .mark-line path").getAttribute("d") !== d, before);
  assert.equal((await charts())[0].points, 24);
});

await test("there is a row for each combination, which sorts by its mean", async () => {
  const column = () => page.$$eval("#combinations tbody td:nth-child(6)",
      (cells) => cells.map((cell) => Number(cell.dataset.sortBy)));
  assert.equal((await column()).length, 72);
  await page.locator("#combinations th", {hasText: "ettr"}).getByRole("button").click();
  const sorted = await column();
  assert.deepEqual(sorted, [...sorted].sort((a, b) => a - b));
  const best = await page.textContent(".tiles strong");
  assert.ok(Math.abs(sorted.at(-1) - Number(best)) < 1e-5);
});

await test("pointing at a mean tells its number", async () => {
  await page.locator("#charts .mark-symbol.role-mark path").first().hover();
  const tooltip = page.locator("#vg-tooltip-element.visible");
  await tooltip.waitFor();
  assert.match(await tooltip.textContent(), /interval \[h\].*ettr.*95 % from.*repeats3/s);
});

await test_dark("#charts .role-axis-label text", "sweep_dark");
await test_phone("sweep_phone");
await test_quiet();

// The other kinds of charts.
const kinds = [
  {name: "line", axes: [intervals], more: ["--repeats", "3"],
    holds: (chart) => chart.lines === 1 && chart.areas === 1 && chart.points === 8},
  {name: "words", axes: ['run.fidelity="flow","analytic"'], more: ["--repeats", "3"],
    holds: (chart) => chart.points === 2 && chart.rules === 2},
  {name: "repeats", axes: [], more: ["--repeats", "100"],
    holds: (chart) => chart.bars === chart.rows && chart.rules === 1},
  {name: "samples", axes: uniform, more: ["--set", 'sweep.design="sobol"', "--set",
    "sweep.samples=64"], holds: (chart) => chart.points === 64},
  {name: "tornado", axes: uniform, more: ["--set", 'sweep.design="one-at-a-time"'],
    holds: (chart) => chart.bars === 6},
  {name: "indices", axes: uniform, more: ["--set", 'sweep.design="saltelli"', "--set",
    "sweep.samples=16"], holds: (chart) => chart.bars === 6 && chart.rules === 6},
];
for (const {name, axes, more, holds} of kinds) {
  await open(report(name, axes, more));
  await test(`a sweep with ${name} is drawn`, async () => {
    const found = await charts();
    assert.ok(found.length > 0);
    for (const chart of found) assert.ok(holds(chart), JSON.stringify(chart));
  });
  await shot(`sweep_${name}`);
  await test_phone(`sweep_${name}_phone`);
  await test_quiet();
}

await finish();
