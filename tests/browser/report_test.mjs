// A report of a real run in a real browser. Screenshots stay in LONGHAUL_SCREENSHOTS.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {join} from "node:path";
import {
  finish, folder, hostile, open, page, program, shot, source_root, test, test_dark, test_phone,
  test_quiet, test_title,
} from "./browser.mjs";

const result = join(folder, "result");
execFileSync(program, [
  "run", join(source_root, "scenarios/llama3_405b_54_days.toml"), "--out", result,
  "--set", `title=${hostile}`, "--set", "duration=9 days",
], {stdio: ["ignore", "ignore", "inherit"]});
execFileSync(program, ["report", result], {stdio: ["ignore", "ignore", "inherit"]});

const column = (i) => page.$$eval(`.table:has(.filter) tbody td:nth-child(${i})`,
    (cells) => cells.map((cell) => cell.dataset.sortBy ?? cell.textContent));
const header = (name) => page.locator(".table:has(.filter) th", {hasText: name});

await open(join(result, "report.html"));

await test("every chart is drawn, with a mark for each of its rows", async () => {
  const charts = await page.$$eval(".chart", (figures) => figures.map((figure) => {
    const n = (selector) => figure.querySelectorAll(`svg ${selector}`).length;
    const spec = JSON.parse(figure.querySelector("script").textContent);
    return {
      title: figure.querySelector("h3").textContent, svgs: n("g.root"),
      bars: n(".mark-rect.role-mark path"),
      lines: n(".mark-line path") + n(".mark-area path"), points: n(".mark-symbol.role-mark path"),
      texts: n(".mark-text.role-mark text"),
      rows: figure.closest("#timeline") ? undefined : spec.data.values.length,
    };
  }));
  assert.equal(charts.length, 7);
  for (const chart of charts) {
    assert.ok(chart.svgs > 0, chart.title);
    assert.ok(chart.lines > 0 || chart.points > 0 || chart.bars > 0, chart.title);
    if (chart.rows === undefined) continue;
    assert.equal(chart.bars, chart.rows, chart.title);
    assert.equal(chart.texts, chart.rows, chart.title);
  }
});

await test("there is a point and a row for each stop", async () => {
  const points = await page.$$eval(".chart:has(h3) .mark-symbol.role-mark path", (p) => p.length);
  assert.ok(points > 20);
  assert.equal((await column(1)).length, points);
});

await test_title();

await shot("desktop");

await test("a click on a header sorts, another turns it round", async () => {
  const down = header("down [min]");
  await down.getByRole("button").click();
  assert.equal(await down.getAttribute("aria-sort"), "ascending");
  const up = (await column(7)).map(Number);
  assert.deepEqual(up, [...up].sort((a, b) => a - b));
  assert.ok(up[0] < up.at(-1));
  await down.getByRole("button").click();
  assert.equal(await down.getAttribute("aria-sort"), "descending");
  assert.deepEqual((await column(7)).map(Number), [...up].reverse());
});

await test("the keyboard sorts as well, with empty cells last", async () => {
  const node = header("node");
  for (const direction of ["ascending", "descending"]) {
    await node.getByRole("button").focus();
    await page.keyboard.press("Enter");
    assert.equal(await node.getAttribute("aria-sort"), direction);
    const nodes = await column(5);
    const numbers = nodes.filter((text) => text !== "").map(Number);
    assert.ok(numbers.length > 0 && numbers.length < nodes.length);
    assert.deepEqual(nodes.slice(numbers.length).filter((text) => text !== ""), []);
    const sign = direction === "ascending" ? 1 : -1;
    assert.deepEqual(numbers, [...numbers].sort((a, b) => sign * (a - b)));
  }
  assert.equal(await page.locator("th[aria-sort]").count(), 1);
});

await test("the filter hides rows without the words", async () => {
  const all = (await column(2)).length;
  await page.fill(".filter input", "gpu unexpected");
  const visible = await page.$$eval(".table:has(.filter) tbody tr:not([hidden])",
      (rows) => rows.map((row) => row.textContent));
  assert.ok(visible.length > 0 && visible.length < all);
  assert.ok(visible.every((text) => text.includes("gpu")));
  assert.equal(await page.textContent(".filter [role=status]"), `${visible.length} of ${all} rows`);
  await page.fill(".filter input", "");
});

// What stands below each chart over time, and where.
const time_labels = () => page.$$eval("#timeline .chart", (figures) => figures.map((figure) =>
  [...figure.querySelector(".role-axis-label").querySelectorAll("text")]
      .map((text) => text.textContent + text.getAttribute("transform")).sort().join(" ")));
await test("charts over time zoom together, by button, wheel and drag, and come back", async () => {
  const whole = await time_labels();
  assert.equal(new Set(whole).size, 1);
  const changes = async (act) => {
    const before = await time_labels();
    await act();
    for (let i = 0; i < 100 && (await time_labels()).some((now) => now === before[0]); ++i)
      await page.waitForTimeout(50);
    const now = await time_labels();
    assert.notEqual(now[0], before[0]);
    assert.equal(new Set(now).size, 1);
  };
  await changes(() => page.getByRole("button", {name: "Zoom in"}).click());
  await changes(() => page.getByRole("button", {name: "Whole span"}).click());
  assert.deepEqual(await time_labels(), whole);
  const box = await page.locator("#timeline .drawing").first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.keyboard.down("Control");
  await changes(() => page.mouse.wheel(0, -600));
  await page.keyboard.up("Control");
  await changes(async () => {
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 4, box.y + box.height / 2, {steps: 3});
    await page.mouse.up();
  });
  await changes(() => page.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 2));
});

await test("pointing at a bar tells its number", async () => {
  await page.locator("#hours .mark-rect.role-mark path").nth(1).hover();
  const tooltip = page.locator("#vg-tooltip-element.visible");
  await tooltip.waitFor();
  assert.match(await tooltip.textContent(), /restart.* h · /);
});

await test("only the losses remain where that is asked for", async () => {
  const bars = () => page.locator("#hours .mark-rect.role-mark path").count();
  const all = await bars();
  await page.check("#hours input[type=checkbox]");
  await page.waitForFunction((n) =>
    document.querySelectorAll("#hours .mark-rect.role-mark path").length === n, all - 1);
  await page.uncheck("#hours input[type=checkbox]");
});

await test_dark("#stops .mark-text.role-mark text", "dark");

await test_phone("phone");

await test_quiet();

await test("a script that is not the page's own does not run", async () => {
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    return window.ran === true;
  });
  assert.equal(ran, false);
});

await finish();
