// Takes the README's picture, docs/feedback.png: the feedback on a wrong answer about a dead Node, in both languages.
// node screenshot.mjs

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { learner, startBrowser, startServer } from "./doujia.mjs";
import { Memory } from "./student.mjs";

const wanted = /断电|loses power|lost power/;
const server = await startServer();
const browser = await startBrowser();
const { page } = await learner(browser, server.url, { locale: "en-US", viewport: { width: 1200, height: 1300 }, deviceScaleFactor: 1 });
await page.goto("/");
await page.click("button[value=both]");
await page.waitForSelector("button[value=both][aria-pressed=true]");
await Promise.all([page.waitForURL(/\/study$/), page.click('form[action$="/start"] button')]);
await page.goto("/settings");
await page.fill("#new-per-day", "500");
await Promise.all([page.waitForLoadState("load"), page.click("form.settings button.primary")]);
await page.goto("/study");
const memory = new Memory();
for (let answered = 0; answered < 400; answered++) {
  const stem = await page.locator(".stem").first().innerText();
  await memory.answer(page);
  if (wanted.test(stem) && (await page.locator(".player").count()) > 0 && (await page.locator(".choices").count()) > 0) break;
  await memory.learnAndGoOn(page);
}
const folder = fileURLToPath(new URL("../../docs/", import.meta.url));
await mkdir(folder, { recursive: true });
await page.screenshot({ path: `${folder}feedback.png` });
console.log(page.url());
await browser.close();
await server.stop();
