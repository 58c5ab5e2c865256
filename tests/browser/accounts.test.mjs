// A guest with progress makes an account, in either language, without a slip of the page: it fits a phone, axe finds
// nothing, and another browser finds the progress again. DOUJIA_SCREENSHOTS=<folder> keeps a picture of each page.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { assertAccessible, assertFits, learner, startBrowser, startServer } from "./doujia.mjs";
import { Memory } from "./student.mjs";

const screenshots = process.env.DOUJIA_SCREENSHOTS;
const password = "a bean in every pod";

let server, browser;
before(async () => {
  [server, browser] = [await startServer(), await startBrowser()];
  if (screenshots) await mkdir(screenshots, { recursive: true });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const tours = [
  ["zh-CN", "王小明", 360, "light"],
  ["zh-CN", "李小红", 1200, "dark"],
  ["en-US", "Ada Lovelace", 1200, "light"],
  ["en-US", "A name as long as a name is allowed here", 360, "dark"],
];

for (const [locale, name, width, colorScheme] of tours) {
  test(`a guest makes an account: ${locale} at ${width} px, ${colorScheme}`, async () => {
    const options = { locale, colorScheme, viewport: { width, height: 800 } };
    const { page, faults, leave } = await learner(browser, server.url, options);
    const look = async (what) => {
      await assertAccessible(page, what);
      await assertFits(page, what);
      if (screenshots) {
        const path = join(screenshots, `${what}-${locale}-${width}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: true });
      }
    };
    const send = (form) => Promise.all([page.waitForNavigation(), page.click(`form.${form} .button`)]);
    await page.goto("/");
    await Promise.all([page.waitForURL(/\/study$/), page.click('form[action$="/start"] button')]);
    await new Memory().answer(page);
    await page.goto("/");
    await look("home-of-a-guest");
    await page.click('.hero a[href="/sign-up"]');
    await look("sign-up");
    await page.fill("#name", name);
    await page.fill("#password", "password123");
    await page.fill("#again", "password123");
    await send("sign-up");
    await look("sign-up-with-a-slip");
    assert.ok(faults.splice(0).every((fault) => fault.includes("422")));
    await page.fill("#password", password);
    await page.fill("#again", password);
    await send("sign-up");
    assert.ok(page.url().endsWith("/account?new"));
    assert.equal((await page.textContent(".who")).trim(), name);
    await look("account");

    const elsewhere = await learner(browser, server.url, options);
    await elsewhere.page.goto("/account");
    await assertAccessible(elsewhere.page, "sign-in");
    await assertFits(elsewhere.page, "sign-in");
    if (screenshots) await elsewhere.page.screenshot({ path: join(screenshots, `sign-in-${locale}-${width}.png`) });
    await elsewhere.page.fill("#name", name.toUpperCase());
    await elsewhere.page.fill("#password", password);
    await Promise.all([elsewhere.page.waitForURL(/\/account$/), elsewhere.page.click("form.sign-in .button")]);
    assert.equal(await elsewhere.page.locator(".browsers li").count(), 2);
    await elsewhere.page.goto("/stats");
    assert.match(await elsewhere.page.textContent("main"), /1/);
    const [download] = await Promise.all([
      elsewhere.page.waitForEvent("download"),
      elsewhere.page.goto("/account").then(() => elsewhere.page.click("a[download]")),
    ]);
    assert.equal(download.suggestedFilename(), "doujia-data.json");
    await elsewhere.leave();

    await page.goto("/account");
    await send("others");
    await look("sessions-ended");
    await page.fill("#delete-present", password);
    await send("delete");
    assert.equal(new URL(page.url()).pathname, "/");
    await leave();
  });
}
