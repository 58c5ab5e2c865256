// A teacher sends a bank, looks at what is wrong with it and at the cluster of a false claim, takes the rest in and shares
// it: in both languages, on a phone and on a desk, light and dark. DOUJIA_SCREENSHOTS=<folder> keeps a picture of each page.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertAccessible, assertFits, binary, learner, openTeach, startBrowser, startServer } from "./doujia.mjs";

const screenshots = process.env.DOUJIA_SCREENSHOTS;
const password = "a bean in every pod";

let server, browser;
before(async () => {
  [server, browser] = [await startServer(), await startBrowser()];
  if (screenshots) await mkdir(screenshots, { recursive: true });
  const file = join(server.folder, "password");
  await writeFile(file, `${password}\n`);
  execFileSync(binary, ["user", "add", "lin", "--role", "teacher", "--password-file", file, "--data", server.folder]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const bank = (slug) => `bank: ${slug}
lang: zh
title: {zh: 第三周, en: Week 3}
questions:
- id: life
  kind: single
  ask: {zh: 裸 Pod 被删除后会怎样？, en: What becomes of a bare Pod that is deleted?}
  choices:
  - {id: gone, say: {zh: 没有了, en: It is gone}, right: true}
  - {id: back, say: {zh: 马上回来, en: It comes back at once}}
  explain: {zh: 没有 Controller 看管它。, en: No controller watches over it.}
  scenario: {run: delete-bare-pod, focus: 15s}
- id: seconds
  kind: numeric
  ask: {zh: 默认的宽限期是多少秒？, en: How many seconds is the default grace period?}
  value: 30
- id: broken
  kind: true-false
  ask: {zh: Job 会结束。, en: A Job ends.}
  answer: 也许
- id: nowhere
  kind: true-false
  ask: {zh: 有这个场景。, en: This scenario exists.}
  answer: true
  scenario: no-such-scenario
`;

for (const [reading, width, colorScheme] of [["zh", 1200, "light"], ["en", 360, "dark"], ["zh", 360, "light"], ["en", 1200, "dark"]]) {
  test(`a bank is brought in ${reading} at ${width} px, ${colorScheme}`, async () => {
    const slug = `week-${reading}-${width}`;
    const { page, leave } = await learner(browser, server.url, { locale: "zh-CN", colorScheme, viewport: { width, height: 800 } });
    const look = async (what) => {
      await assertFits(page, what);
      await assertAccessible(page, what);
      if (screenshots) await page.screenshot({ path: join(screenshots, `${what}-${reading}-${width}-${colorScheme}.png`), fullPage: true });
    };
    await openTeach(page, "lin", password, reading);
    await look("teach");
    await page.setInputFiles("#file", { name: "week.yaml", mimeType: "application/yaml", buffer: Buffer.from(bank(slug)) });
    await Promise.all([page.waitForURL(/\/teach\/upload\/\d+$/), page.click("form.sending button.primary")]);
    assert.equal(await page.locator(".problems .is-error").count(), 2);
    assert.equal(await page.locator(".preview").count(), 2);
    await look("report");
    await Promise.all([page.waitForURL(/question\/life/), page.locator(".preview a").first().click()]);
    assert.equal(await page.locator(".player").count(), 1);
    await page.goBack();
    await Promise.all([page.waitForURL(/\/teach\/bank\//), page.click("form[action$=commit] button")]);
    await page.check("input[value=link]");
    await Promise.all([page.waitForLoadState("load"), page.click("form[action$=audience] button")]);
    await page.waitForSelector("#link");
    await look("taught-bank");
    const link = await page.inputValue("#link");
    await page.goto(link);
    await look("join");
    await Promise.all([page.waitForURL(/\/bank\//), page.click("main form button.primary")]);
    await look("bank-alone");
    await leave();
  });
}
