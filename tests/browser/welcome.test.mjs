// The page of the link that a fresh server prints: in all languages, on a phone and on a desk, light and dark, with axe; then
// someone becomes the first administrator, and the link is of no more use. DOUJIA_SCREENSHOTS=<folder> keeps a picture of each page.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { assertAccessible, assertFits, learner, startBrowser, startServer } from "./doujia.mjs";

const screenshots = process.env.DOUJIA_SCREENSHOTS;
const password = "peas in their pods";

let server, browser, link;
before(async () => {
  [server, browser] = [await startServer(), await startBrowser()];
  if (screenshots) await mkdir(screenshots, { recursive: true });
  link = await server.welcome();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function look(page, name) {
  await assertFits(page, name);
  await assertAccessible(page, name);
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

for (const [reading, width, colorScheme] of [["zh", 1200, "light"], ["en", 360, "dark"], ["zh", 360, "light"], ["en", 1200, "dark"], ["both", 360, "light"]]) {
  test(`the first administrator is welcome in ${reading} at ${width} px, ${colorScheme}`, async () => {
    const { page, leave } = await learner(browser, server.url, { locale: "zh-CN", colorScheme, viewport: { width, height: 800 } });
    await page.goto(link);
    await page.click(`button[name=reading][value=${reading}]`);
    await page.waitForSelector(`button[value=${reading}][aria-pressed=true]`);
    await page.goto(link);
    await look(page, `welcome-${reading}-${width}-${colorScheme}`);
    // What is wrong is said at its field.
    await page.fill("#name", "x".repeat(60));
    await page.fill("#password", "short-but");
    await page.evaluate(() => document.querySelectorAll("form.welcome input").forEach((field) => field.removeAttribute("maxlength")));
    await page.locator("form.welcome").evaluate((form) => (form.noValidate = true));
    const answer = page.waitForResponse((response) => response.request().method() === "POST");
    await page.click("form.welcome button.primary");
    assert.equal((await answer).status(), 422);
    await page.waitForLoadState("load");
    assert.ok((await page.locator("[aria-invalid=true]").count()) > 0);
    await look(page, `welcome-wrong-${reading}-${width}-${colorScheme}`);
    await leave({ expected: /^(422 |console: .*422)/ });
  });
}

test("who opens the link first becomes the administrator, and the next finds it used", async () => {
  const first = await learner(browser, server.url, { locale: "en-US" });
  await first.page.goto(link);
  await first.page.fill("#name", "root");
  await first.page.fill("#password", password);
  await first.page.fill("#again", password);
  await Promise.all([first.page.waitForURL(/\/admin$/), first.page.click("form.welcome button.primary")]);
  await first.leave();
  const next = await learner(browser, server.url, { locale: "en-US", viewport: { width: 360, height: 800 } });
  await next.page.goto(link);
  assert.equal(await next.page.locator("form.welcome").count(), 0);
  await look(next.page, "welcome-gone");
  await next.leave({ expected: /^(404 |console: .*404)/ });
});
