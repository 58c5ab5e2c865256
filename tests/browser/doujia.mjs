// A Doujia of its own for each test file (a fresh folder, a free port), a headless Chromium, and learners who use it.

import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = require.resolve("axe-core/axe.min.js");

/** The program under test. */
export const binary = process.env.DOUJIA_BINARY ?? new URL("../../target/debug/doujia", import.meta.url).pathname;
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Starts a server on an empty data folder; `stop()` ends it and removes the folder. */
export async function startServer({ data } = {}) {
  const folder = data ?? (await mkdtemp(join(tmpdir(), "doujia-browser-")));
  const child = spawn(binary, ["serve", "--listen", "127.0.0.1:0", "--data", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  // What it prints is read to the end, so that the pipe never fills; only its beginning is kept.
  let printed = "";
  const more = new EventEmitter();
  child.stdout.setEncoding("utf8").on("data", (text) => {
    if (printed.length < 10_000) printed += text;
    more.emit("text");
  });
  child.stdout.on("end", () => more.emit("text"));
  const find = async (pattern, what) => {
    while (!pattern.test(printed)) {
      assert.ok(!child.stdout.readableEnded, `the server prints ${what}: ${printed}`);
      await once(more, "text");
    }
    return printed.match(pattern)[1];
  };
  const url = await find(/(http:\/\/127\.0\.0\.1:\d+)/, "its address");
  return {
    url,
    folder,
    /** The link for the first administrator, where there is none yet. */
    welcome: () => find(/(http:\/\/\S+\/welcome\/[0-9a-f]+)/, "a link for the first administrator"),
    async stop({ keep = false } = {}) {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      if (!keep) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts the browser that all learners of a test file share. */
export function startBrowser() {
  return chromium.launch({
    executablePath: browserPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}

/**
 * A learner: a browser profile of their own. Anything that goes wrong in a page (an exception, a failed request, a
 * request to another host, a policy violation) fails the test at `leave()`.
 */
export async function learner(browser, url, options = {}) {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== url && protocol !== "data:") faults.push(`request to another host: ${request.url()}`);
  });
  page.on("response", (response) => response.status() >= 400 && faults.push(`${response.status()} ${response.url()}`));
  return {
    page,
    faults,
    /** `expected` matches the faults that the test has caused. */
    async leave({ expected = /^$/ } = {}) {
      await context.close();
      assert.deepEqual(faults.filter((fault) => !expected.test(fault)), [], "nothing else went wrong in any page");
    },
  };
}

/** Signs a teacher in, who then looks at `/teach` in this reading (`zh`, `en` or `both`). */
export async function openTeach(page, name, password, reading) {
  await page.goto("/sign-in");
  await page.fill("[name=name]", name);
  await page.fill("[name=password]", password);
  await Promise.all([page.waitForLoadState("load"), page.click("form.sign-in button.primary")]);
  await page.goto("/teach");
  await page.click(`button[name=reading][value=${reading}]`);
  await page.waitForSelector(`button[value=${reading}][aria-pressed=true]`);
  await page.goto("/teach");
}

/** Fails with a readable list where axe finds a violation of WCAG 2.2 A or AA on the page as it is now. */
export async function assertAccessible(page, what) {
  // Injected by the test driver, so that it does not depend on the page's own policy.
  await page.evaluate(await readOnce(axe));
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((n) => n.target.join(" ")).join("\n    ")}`);
  assert.deepEqual(found, [], `axe finds nothing on ${what}`);
}

/** Fails where something sticks out of the page to the right. */
export async function assertFits(page, what) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${what} is ${content} px wide in a window of ${window} px`);
}

const files = new Map();
async function readOnce(path) {
  if (!files.has(path)) {
    const { readFile } = await import("node:fs/promises");
    files.set(path, await readFile(path, "utf8"));
  }
  return files.get(path);
}
