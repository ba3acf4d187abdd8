// Reports of years of labs in a real browser. Screenshots stay in LONGHAUL_SCREENSHOTS.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {writeFileSync} from "node:fs";
import {join} from "node:path";
import {
  finish, folder, hostile, open, page, program, shot, source_root, test, test_dark, test_phone,
  test_quiet, test_title,
} from "./browser.mjs";

/// The page of a scenario of years.
function report(name, scenario, more = []) {
  const result = join(folder, name);
  execFileSync(program, ["run", scenario, "--out", result, ...more],
      {stdio: ["ignore", "ignore", "inherit"]});
  execFileSync(program, ["report", result], {stdio: ["ignore", "ignore", "inherit"]});
  return join(result, "report.html");
}

// Of each chart over time what is drawn, and how many rows of data it has.
const charts = () => page.$$eval("#timeline .chart", (figures) => figures.map((figure) => {
  const n = (selector) => figure.querySelectorAll(`svg ${selector}`).length;
  const spec = JSON.parse(figure.querySelector("script").textContent);
  return {
    title: figure.querySelector("h3").textContent, svgs: n("g.root"),
    lines: n(".mark-line path"), points: n(".mark-symbol.role-mark path"),
    bars: n(".mark-rect.role-mark path"), legends: n(".mark-text.role-legend-label text"),
    rows: (spec.data ?? spec.layer[0].data).values.length,
  };
}));

// One lab, whose hostile name stands in every row.
await open(report("three", join(source_root, "scenarios/lab_on_three_clusters.toml"),
    ["--set", `title=${hostile}`, "--set", `lab.name=${hostile}`]));
await test_title();

await test("records, runs and samples of one lab are drawn", async () => {
  const found = await charts();
  assert.deepEqual(found.map((chart) => chart.title), [
    "Best model so far, in effective FLOP", "Most physical compute of a released model", "Runs",
    "What a FLOP of the day's recipe is worth", "Chips of the largest cluster",
    "Power of the largest cluster",
  ]);
  for (const chart of found) {
    assert.ok(chart.svgs > 0, chart.title);
    if (chart.title === "Runs") assert.equal(chart.bars, chart.rows);
    else assert.equal(chart.lines, 1, chart.title);
  }
  assert.equal(found[0].points, found[0].rows - 1);  // the last holds to the end
});

await test("a logarithmic axis has powers of ten", async () => {
  const labels = await page.$$eval("#timeline .chart:first-of-type .role-axis-label text",
      (texts) => texts.map((text) => text.textContent).filter((text) => /e/.test(text)));
  assert.deepEqual(labels, ["1e25", "1e26", "1e27", "1e28"]);
});

await test("shares of compute sum to all", async () => {
  const labels = await page.$$eval("#compute .chart:first-of-type .mark-text.role-mark text",
      (texts) => texts.map((text) => Number(text.textContent.match(/([\d.]+) %/)[1])));
  assert.ok(Math.abs(labels.reduce((a, b) => a + b) - 100) < 0.3);
});

await test("runs sort by their effective FLOP, and filter", async () => {
  const values = () => page.$$eval("#runs tbody tr:not([hidden]) td:nth-child(7)",
      (cells) => cells.map((cell) => Number(cell.dataset.sortBy)));
  await page.locator("#runs th", {hasText: "effective FLOP"}).getByRole("button").click();
  const sorted = await values();
  assert.ok(sorted.length > 5);
  assert.deepEqual(sorted, [...sorted].sort((a, b) => a - b));
  await page.fill("#runs .filter input", "2026");
  assert.ok((await values()).length < sorted.length);
  await page.fill("#runs .filter input", "");
});

await test("pointing at a run tells of it", async () => {
  await page.locator("#timeline .mark-rect.role-mark path").first().hover();
  const tooltip = page.locator("#vg-tooltip-element.visible");
  await tooltip.waitFor();
  assert.match(await tooltip.textContent(), /ending.*released.*bound by.*chips.*effective FLOP/s);
});

await test("charts over time zoom together", async () => {
  const labels = () => page.$$eval("#timeline .chart", (figures) => figures.map((figure) =>
    [...figure.querySelectorAll(".role-axis-label text")].map((text) => text.textContent)
        .filter((text) => /^20\d\d$|^[A-Z][a-z]{2} \d\d$/.test(text)).join()));
  const before = await labels();
  assert.equal(new Set(before).size, 1);
  await page.getByRole("button", {name: "Zoom in"}).click();
  await page.waitForFunction((text) => {
    const first = [...document.querySelectorAll("#timeline .chart")].map((figure) =>
      [...figure.querySelectorAll(".role-axis-label text")].map((label) => label.textContent)
          .filter((label) => /^20\d\d$|^[A-Z][a-z]{2} \d\d$/.test(label)).join());
    return first.every((now) => now !== text && now === first[0]);
  }, before[0]);
  await page.getByRole("button", {name: "Whole span"}).click();
});

await shot("years");
await test_dark("#compute .mark-text.role-mark text", "years_dark");
await test_phone("years_phone");
await test_quiet();

// Two labs, one of which gives runs up and is cut off at the end.
const race = join(folder, "race.toml");
writeFileSync(race, `
title = "${hostile}"
start = 2024-01-01
duration = "5 years"
[world]
scaling = "hoffmann-2022"
[world.algorithms]
growth = 5
[world.trend]
chips = 16384
chips_growth = 2
flops = "1 PFLOP/s"
power = "1 kW"
price = "30000 USD"
utilisation = 0.4
[world.money]
chip_life = "4 years"
[[world.site]]
name = "north"
cap = "40 MW"
price = "0.06 USD/kWh"
[lab]
name = "Patient"
strategy = "fixed-length"
length = "8 months"
share = 0.5
experiments = 0.2
serving = 0.1
[rival]
name = "Restless"
strategy = "restart"
length = "9 months"
threshold = 2
share = 0.5
`);
await open(report("race", race));
await test_title();

await test("each of two labs is a line, and has its bars", async () => {
  const found = await charts();
  assert.equal(found.length, 7);
  const titles = found.map((chart) => chart.title);
  assert.deepEqual(titles.slice(2, 4), ["Runs of Patient", "Runs of Restless"]);
  for (const i of [0, 1]) {
    assert.equal(found[i].lines, 2, titles[i]);
    assert.equal(found[i].legends, 2, titles[i]);
  }
  // Algorithms are the world's, of whose chips and power each has half.
  for (const i of [4, 5, 6]) assert.equal(found[i].lines, 1, titles[i]);
});

await test("runs that were not released are hollow", async () => {
  const fills = await page.$$eval("#timeline .mark-rect.role-mark path",
      (bars) => bars.map((bar) => bar.getAttribute("fill")));
  assert.ok(fills.includes("transparent"));
  assert.ok(fills.includes("var(--first)") && fills.includes("var(--second)"));
});
await shot("years_two");
await test_phone("years_two_phone");
await test_quiet();

await open(report("unsampled", race, ["--set", "output.years=0 s"]));
await test("without samples the runs are drawn alone", async () => {
  assert.equal((await charts()).length, 4);
});
await test_quiet();

await finish();
