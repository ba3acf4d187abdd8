// A browser with one page, and tests by their sentences.
import assert from "node:assert/strict";
import {existsSync, mkdirSync, mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {dirname, join} from "node:path";
import {fileURLToPath, pathToFileURL} from "node:url";

export const source_root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const program = process.env.LONGHAUL_PROGRAM;
export const hostile = "</script><script>alert(1)</script>";
const browser_path = "/usr/bin/chromium";

function skip(why) {
  console.log(`skipped: ${why}; ./setup --dev installs it`);
  process.exit(77);
}

const playwright = await import("playwright-core").catch(() => null);
if (!playwright) skip("playwright-core is not in tests/browser/node_modules");
if (!existsSync(browser_path)) skip(`there is no ${browser_path}`);
assert.ok(program, "LONGHAUL_PROGRAM names no program");

export const folder = mkdtempSync(join(tmpdir(), "longhaul-browser-"));
const screenshots = process.env.LONGHAUL_SCREENSHOTS || join(folder, "screenshots");
mkdirSync(screenshots, {recursive: true});

const context = await playwright.chromium.launchPersistentContext(join(folder, "profile"), {
  executablePath: browser_path,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  viewport: {width: 1200, height: 900},
});
export const page = await context.newPage();
page.setDefaultTimeout(60000);
const requests = [], complaints = [];
page.on("request", (request) => requests.push(request.url()));
page.on("console", (message) => {
  if (["error", "warning"].includes(message.type())) complaints.push(message.text());
});
page.on("pageerror", (error) => complaints.push(error.message));
page.on("dialog", (dialog) => {
  complaints.push(`dialog: ${dialog.message()}`);
  dialog.dismiss();
});

let n_failed = 0, n_passed = 0;
export async function test(sentence, check) {
  try {
    await check();
    ++n_passed;
    console.log(`ok      ${sentence}`);
  } catch (problem) {
    ++n_failed;
    console.log(`FAILED  ${sentence}\n${problem.stack}`);
  }
}
export const shot = (name) =>
  page.screenshot({path: join(screenshots, `${name}.png`), fullPage: true});
const drawn = () => page.waitForSelector("html[data-drawn=yes]");

let address;
export async function open(file) {
  address = pathToFileURL(file).href;
  requests.length = complaints.length = 0;
  await page.setViewportSize({width: 1200, height: 900});
  await page.goto(address);
  await drawn();
}

export async function test_title() {
  await test("a title that would be a script is text", async () => {
    assert.equal(await page.textContent("h1"), hostile);
    assert.equal(await page.title(), hostile);
  });
}

export async function test_dark(text, name) {
  await test("a dark screen gets a dark page", async () => {
    const light_of = (selector, property) => page.$eval(selector, (element, name) => {
      const [r, g, b] = getComputedStyle(element)[name].match(/\d+/g).map(Number);
      return (r + g + b) / 3;
    }, property);
    assert.ok(await light_of("body", "backgroundColor") > 200);
    await page.emulateMedia({colorScheme: "dark"});
    assert.ok(await light_of("body", "backgroundColor") < 60);
    assert.ok(await light_of("h1", "color") > 180);
    assert.ok(await light_of(text, "fill") > 140);
    await shot(name);
    await page.emulateMedia({colorScheme: "light"});
  });
}

export async function test_phone(name) {
  await test("on a phone nothing but tables and listings scrolls sideways", async () => {
    await page.setViewportSize({width: 390, height: 844});
    await page.reload();
    await drawn();
    await page.evaluate(() => { document.querySelector("details").open = true; });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    const wide = await page.$$eval(".drawing svg", (drawings) =>
      drawings.filter((svg) => svg.getBoundingClientRect().right > 390).length);
    assert.equal(wide, 0);
    await page.evaluate(() => { document.querySelector("details").open = false; });
    await shot(name);
  });
}

export async function test_quiet() {
  await test("nothing is fetched, and nothing is complained about", () => {
    assert.deepEqual([...new Set(requests)], [address]);
    assert.deepEqual(complaints, []);
  });
}

export async function finish() {
  await context.close();
  rmSync(folder, {recursive: true, force: true});
  console.log(`${n_passed} passed, ${n_failed} failed; screenshots in ${screenshots}`);
  process.exit(n_failed === 0 ? 0 : 1);
}
