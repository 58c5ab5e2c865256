// Somebody who studies by keyboard alone, and learns: what was wrong is remembered for the next time.

import assert from "node:assert/strict";

/** Presses Tab until the focus is on what matches; fails if a keyboard cannot get there. */
export async function tabTo(page, selector) {
  for (let presses = 0; presses < 80; presses++) {
    if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`the keyboard does not reach ${selector} on ${page.url()}`);
}

/** What somebody knows: for each question, what was right. */
export class Memory {
  #right = new Map();

  /** Answers the question on the page by keyboard, as well as is known; returns its kind. */
  async answer(page) {
    const kind = await this.fill(page);
    await Promise.all([page.waitForURL(/\/study\/feedback\/\d+$/), this.#confirm(page, kind)]);
    return kind;
  }

  /** Fills the form in without sending it; returns the question's kind. */
  async fill(page) {
    const kind = await kindOf(page, "form.question");
    const known = this.#right.get(await stemOf(page));
    switch (kind) {
      case "single":
      case "multiple":
      case "true-false":
      case "predict":
        await choose(page, known);
        break;
      case "short":
      case "numeric":
        await page.locator("#answer").focus();
        await page.keyboard.type(known?.[0] ?? "0");
        break;
      case "cloze":
        for (const [index, blank] of (await page.locator("input.blank").all()).entries()) {
          await blank.focus();
          await page.keyboard.type(known?.[index] ?? "x");
        }
        break;
      case "match":
        for (const [index, list] of (await page.locator("select.right-side").all()).entries()) {
          await list.focus();
          await list.selectOption(known ? { label: known[index] } : { index: 1 });
        }
        break;
      case "order":
        if (known) await sort(page, known);
        break;
      case "flashcard":
        break;
      default:
        assert.fail(`a kind of question that nobody knows: ${kind}`);
    }
    return kind;
  }

  async #confirm(page, kind) {
    if (kind === "flashcard") {
      // Space reveals, wherever the focus is but in a field.
      await page.keyboard.press("Space");
    } else {
      await page.keyboard.press("Enter");
    }
  }

  /** Reads on the feedback page what was right, and goes on. */
  async learnAndGoOn(page) {
    const kind = await kindOf(page, "article.feedback");
    const right = await page.evaluate(readRight, kind);
    if (right.length > 0) this.#right.set(await stemOf(page), right);
    if (kind === "flashcard") {
      await Promise.all([page.waitForURL(/\/study(\/done)?$/), page.keyboard.press("4")]);
    } else {
      await Promise.all([page.waitForURL(/\/study(\/done)?$/), page.keyboard.press("Space")]);
    }
  }
}

async function kindOf(page, selector) {
  const classes = (await page.locator(selector).getAttribute("class")) ?? "";
  return classes.match(/kind-(\S+)/)?.[1];
}

const stemOf = (page) => page.locator(".stem").first().innerText();

/** Presses the number of each choice that is known to be right; the first one's where nothing is known. */
async function choose(page, known) {
  const said = await page.locator(".choice .said").allInnerTexts();
  const right = said.map((words, index) => [words, index + 1]).filter(([words]) => known?.includes(words));
  for (const [, number] of right.length > 0 ? right : [[null, 1]]) await page.keyboard.press(String(number));
}

/** Moves rows up with their buttons until they stand as they should. */
async function sort(page, known) {
  for (const [place, words] of known.entries()) {
    const row = page.locator("[data-row]", { has: page.locator(".said", { hasText: words }) }).first();
    for (let moves = 0; moves < 20; moves++) {
      const now = (await page.locator("[data-row] .said").allInnerTexts()).indexOf(words);
      if (now <= place) break;
      await row.locator("[data-up], button").first().focus();
      await page.keyboard.press("Enter");
    }
  }
}

/** Runs in the page: what the feedback shows as right. */
function readRight(kind) {
  const words = (selector) => [...document.querySelectorAll(`article.feedback ${selector}`)].map((e) => e.innerText.trim());
  switch (kind) {
    case "single":
    case "multiple":
    case "true-false":
    case "predict":
      return [...document.querySelectorAll("article.feedback .choice.is-hit, article.feedback .choice.is-missed")].map((row) => {
        const said = row.querySelector(".said").cloneNode(true);
        said.querySelectorAll(".unseen").forEach((mark) => mark.remove());
        // Laid out as it was in the question, so that the words compare equal.
        row.append(said);
        const text = said.innerText;
        said.remove();
        return text;
      });
    case "short":
    case "numeric":
      return words(".right-answer").map((text) => text.split("\n")[0].split(/ [|/·] /)[0]);
    case "cloze":
      return words(".blank ins");
    case "match":
      return words(".match .right-side ins");
    case "order":
      return words(".order .said");
    default:
      return [];
  }
}
