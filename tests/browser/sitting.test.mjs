// A whole sitting: from the first page to "done for today", by keyboard alone, in every language, width and color scheme.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { assertAccessible, assertFits, learner, startBrowser, startServer } from "./doujia.mjs";
import { Memory, tabTo } from "./student.mjs";

let server, browser;
before(async () => {
  [server, browser] = [await startServer(), await startBrowser()];
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const sittings = [
  { reading: "zh", locale: "zh-CN", width: 1200, colorScheme: "light" },
  { reading: "en", locale: "en-US", width: 360, colorScheme: "dark" },
  { reading: "both", locale: "zh-CN", width: 1200, colorScheme: "dark" },
  { reading: "both", locale: "en-US", width: 360, colorScheme: "light" },
];

for (const { reading, locale, width, colorScheme } of sittings) {
  test(`a sitting in ${reading} (${locale}) at ${width} px, ${colorScheme}`, async () => {
    const { page, leave } = await learner(browser, server.url, { locale, colorScheme, viewport: { width, height: 800 } });
    await page.goto("/");
    const lang = await page.getAttribute("html", "lang");
    assert.equal(lang, locale.startsWith("zh") ? "zh-CN" : "en", "the language of the browser comes first");
    if (reading === "both") {
      await tabTo(page, 'button[value="both"]');
      await Promise.all([page.waitForLoadState("load"), page.keyboard.press("Enter")]);
      await page.waitForSelector('button[value="both"][aria-pressed="true"]');
    }
    await assertAccessible(page, "the first page");
    await assertFits(page, "the first page");
    await tabTo(page, 'form[action$="/start"] button');
    await Promise.all([page.waitForURL(/\/study$/), page.keyboard.press("Enter")]);

    const memory = new Memory();
    const looked = new Set();
    let answered = 0;
    while (!page.url().endsWith("/study/done")) {
      assert.ok(++answered < 150, "a sitting ends");
      const kind = await memory.fill(page);
      if (!looked.has(`question ${kind}`)) {
        looked.add(`question ${kind}`);
        await assertAccessible(page, `a ${kind} question`);
        await assertFits(page, `a ${kind} question`);
        if (reading === "both") {
          const langs = await page.locator(".stem [lang]").evaluateAll((all) => all.map((e) => e.lang));
          assert.deepEqual([...new Set(langs)], ["zh-CN", "en"], "both languages, each marked as what it is");
        }
      }
      await page.reload();
      await memory.answer(page);
      assert.match(page.url(), /\/study\/feedback\/\d+$/, `the ${kind} question was answered`);
      if (!looked.has(`feedback ${kind}`)) {
        looked.add(`feedback ${kind}`);
        await assertAccessible(page, `the feedback on a ${kind} question`);
        await assertFits(page, `the feedback on a ${kind} question`);
      }
      await memory.learnAndGoOn(page);
    }
    assert.ok(answered >= 15, `${answered} answers make a sitting`);
    await assertAccessible(page, "the end of the day");
    await assertFits(page, "the end of the day");
    await leave();
  });
}
