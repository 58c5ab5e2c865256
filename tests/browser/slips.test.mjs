// What people do without meaning to: double clicks, the back button, reloads, two tabs, Enter in the middle of a word.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { learner, startBrowser, startServer } from "./doujia.mjs";
import { Memory } from "./student.mjs";

let server, browser;
before(async () => {
  [server, browser] = [await startServer(), await startBrowser()];
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A guest in front of the first question. */
async function guest(options) {
  const visit = await learner(browser, server.url, { locale: "en-US", ...options });
  await visit.page.goto("/");
  await Promise.all([visit.page.waitForURL(/\/study$/), visit.page.click('form[action$="/start"] button')]);
  return visit;
}

async function answersToday(page) {
  await page.goto("/stats");
  return Number(await page.locator("dl.facts dd").first().innerText());
}

test("a double click on Answer records one answer", async () => {
  const { page, leave } = await guest();
  await new Memory().fill(page);
  await Promise.all([page.waitForURL(/\/study\/feedback\//), page.dblclick("form.question .button.primary")]);
  assert.equal(await answersToday(page), 1);
  await leave();
});

test("going back and answering again leads to the feedback that is there", async () => {
  const { page, leave } = await guest();
  const memory = new Memory();
  await memory.answer(page);
  const feedback = page.url();
  await page.goBack();
  await memory.answer(page);
  assert.equal(page.url(), feedback);
  await page.reload();
  assert.equal(page.url(), feedback);
  assert.equal(await answersToday(page), 1);
  await leave();
});

test("two tabs show one question, and only one answer counts", async () => {
  const { page, leave } = await guest();
  const other = await page.context().newPage();
  await other.goto("/study");
  assert.equal(await other.locator(".stem").first().innerText(), await page.locator(".stem").first().innerText());
  const memory = new Memory();
  await memory.answer(page);
  await memory.answer(other);
  assert.equal(other.url(), page.url());
  assert.equal(await answersToday(page), 1);
  await leave();
});

test("U takes the last answer back, and the question is there again", async () => {
  const { page, leave } = await guest();
  const stem = await page.locator(".stem").first().innerText();
  await new Memory().answer(page);
  await Promise.all([page.waitForURL(/\/study\?undone/), page.keyboard.press("u")]);
  assert.equal(await page.locator(".stem").first().innerText(), stem);
  assert.equal(await answersToday(page), 0);
  await leave();
});

test("Enter that confirms an input method's word does not send the answer", async () => {
  const { page, leave } = await guest();
  const memory = new Memory();
  for (let tries = 0; (await page.locator("input[type=text]").count()) === 0; tries++) {
    assert.ok(tries < 60 && !page.url().endsWith("/study/done"), "a question with a typed answer comes up");
    await memory.answer(page);
    await memory.learnAndGoOn(page);
  }
  const here = page.url();
  const field = page.locator("input[type=text]").first();
  await field.fill("fu");
  for (const composing of [{ isComposing: true, keyCode: 13 }, { isComposing: false, keyCode: 229 }]) {
    await field.evaluate((element, { isComposing, keyCode }) => {
      const event = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, isComposing, keyCode });
      element.dispatchEvent(event);
    }, composing);
  }
  await field.evaluate((element) =>
    element.dispatchEvent(new KeyboardEvent("keydown", { key: "u", bubbles: true, isComposing: true })),
  );
  assert.equal(page.url(), here, "nothing was sent");
  assert.equal(await field.inputValue(), "fu");
  await leave();
});

test("progress survives a restart of the server", async () => {
  const first = await startServer();
  const visit = await learner(browser, first.url, { locale: "en-US" });
  const { page } = visit;
  await page.goto("/");
  await Promise.all([page.waitForURL(/\/study$/), page.click('form[action$="/start"] button')]);
  await new Memory().answer(page);
  const cookies = await page.context().cookies();
  await visit.leave();
  await first.stop({ keep: true });
  const second = await startServer({ data: first.folder });
  const again = await learner(browser, second.url, { locale: "en-US" });
  await again.page.context().addCookies(cookies);
  assert.equal(await answersToday(again.page), 1);
  await again.leave();
  await second.stop();
});
