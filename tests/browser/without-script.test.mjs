// Everything works with JavaScript switched off: questions of every kind, ratings, undo, the player's moments.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { assertFits, learner, startBrowser, startServer } from "./doujia.mjs";

let server, browser;
before(async () => {
  [server, browser] = [await startServer(), await startBrowser()];
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Fills the form in with the first of everything. */
async function fill(page) {
  const names = new Set();
  for (const choice of await page.locator("form.question input[name=choice]").all()) {
    if (names.size === 0) await choice.check();
    names.add(await choice.getAttribute("value"));
  }
  for (const field of await page.locator("form.question input[type=text]").all()) await field.fill("1");
  for (const list of await page.locator("form.question select.right-side").all()) await list.selectOption({ index: 1 });
}

for (const width of [1200, 360]) {
  test(`a sitting without script at ${width} px`, async () => {
    const options = { javaScriptEnabled: false, locale: "zh-CN", viewport: { width, height: 800 } };
    const { page, leave } = await learner(browser, server.url, options);
    await page.goto("/");
    await page.click('form[action$="/start"] button');
    const kinds = new Set();
    for (let answered = 0; answered < 25 && !page.url().endsWith("/study/done"); answered++) {
      const kind = (await page.locator("form.question").getAttribute("class")).match(/kind-(\S+)/)[1];
      kinds.add(kind);
      await fill(page);
      await page.click("form.question .button.primary");
      assert.match(page.url(), /\/study\/feedback\/\d+$/, `a ${kind} question`);
      await assertFits(page, `the feedback on a ${kind} question`);
      await page.locator("form.ratings button[name=rating]").first().click();
    }
    assert.ok(kinds.size >= 4, `kinds met: ${[...kinds]}`);
    await page.click('nav.sections a[href$="/scenarios"]');
    await leave();
  });
}

test("the player's moments are links", async () => {
  const { page, leave } = await learner(browser, server.url, { javaScriptEnabled: false, locale: "en-US" });
  await page.goto("/scenario/node-failure");
  const moment = () => page.locator(".moment.is-now").getAttribute("data-moment");
  const before = await moment();
  await page.click('a[data-step="1"]');
  assert.match(page.url(), /[?&]t=\d+/);
  assert.notEqual(await moment(), before);
  assert.ok((await page.locator(".stage .bed").count()) >= 3, "the picture is there");
  await leave();
});
