// Every page, in every language, on a phone and on a desk, light and dark: it fits, and axe finds nothing.
// DOUJIA_SCREENSHOTS=<folder> keeps a picture of each.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { assertAccessible, assertFits, learner, startBrowser, startServer } from "./doujia.mjs";
import { Memory } from "./student.mjs";

const screenshots = process.env.DOUJIA_SCREENSHOTS;

let server, browser;
before(async () => {
  [server, browser] = [await startServer(), await startBrowser()];
  if (screenshots) await mkdir(screenshots, { recursive: true });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const pages = {
  home: "/",
  banks: "/banks",
  bank: "/bank/pods-and-controllers",
  scenarios: "/scenarios",
  scenario: "/scenario/node-failure?t=6",
  authoring: "/help/authoring",
  "scenario-guide": "/help/scenarios",
  stats: "/stats",
  settings: "/settings",
  help: "/help",
};

for (const reading of ["zh", "en", "both"]) {
  for (const [width, colorScheme] of [[1200, "light"], [360, "dark"], [360, "light"], [1200, "dark"]]) {
    test(`every page in ${reading} at ${width} px, ${colorScheme}`, async () => {
      const options = { locale: "zh-CN", colorScheme, viewport: { width, height: 800 } };
      const { page, leave } = await learner(browser, server.url, options);
      await page.goto("/");
      await page.click(`button[name=reading][value=${reading}]`);
      await page.waitForSelector(`button[value=${reading}][aria-pressed=true]`);
      await Promise.all([page.waitForURL(/\/study$/), page.click('form[action$="/start"] button')]);
      const look = async (name) => {
        await assertAccessible(page, `${name} in ${reading}`);
        await assertFits(page, `${name} in ${reading}`);
        if (screenshots) {
          const path = join(screenshots, `${name}-${reading}-${width}-${colorScheme}.png`);
          await page.screenshot({ path, fullPage: true });
        }
      };
      await look("question");
      await new Memory().answer(page);
      await look("feedback");
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path);
        await look(name);
      }
      await leave();
    });
  }
}

test("what does not exist is a page too, in the reader's language", async () => {
  const { page, faults } = await learner(browser, server.url, { locale: "zh-CN" });
  const response = await page.goto("/nowhere");
  assert.equal(response.status(), 404);
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  await assertAccessible(page, "the page for what does not exist");
  assert.ok(faults.every((fault) => fault.includes("404")), faults.join("\n"));
});

test("the first page weighs less than 50 KB, and nothing jumps", async () => {
  const { page, leave } = await learner(browser, server.url, { locale: "en-US" });
  const sizes = [];
  page.on("response", (response) => sizes.push(response.request().sizes().then((s) => s.responseBodySize + s.responseHeadersSize)));
  await page.addInitScript(() => {
    globalThis.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (globalThis.shift += entry.value))).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto("/", { waitUntil: "networkidle" });
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  assert.ok(total < 50_000, `${total} bytes`);
  assert.equal(await page.evaluate(() => globalThis.shift), 0);
  await leave();
});

test("the player steps, plays and scrubs by keyboard", async () => {
  const { page, leave } = await learner(browser, server.url, { locale: "en-US", reducedMotion: "reduce" });
  await page.goto("/scenario/rolling-update");
  const moment = () => page.locator(".moment.is-now").getAttribute("data-moment");
  const start = await moment();
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await moment(), start, "where nothing has the focus, too");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await moment(), start);
  await page.locator(".stage").focus();
  await page.keyboard.press("ArrowRight");
  const next = await moment();
  assert.notEqual(next, start);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await moment(), start);
  await page.keyboard.press("Space");
  await page.waitForFunction((then) => document.querySelector(".moment.is-now").dataset.moment !== then, start);
  await leave();
});
