// What administrators do, in both languages, on a desk and on a phone, with axe; and what those get whom they invite.
// DOUJIA_SCREENSHOTS=<folder> keeps a picture of each page.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertAccessible, assertFits, binary, learner, startBrowser, startServer } from "./doujia.mjs";

const screenshots = process.env.DOUJIA_SCREENSHOTS;
const password = "peas in their pods";

let server, browser;
before(async () => {
  const data = await mkdtemp(join(tmpdir(), "doujia-admin-"));
  const file = join(data, "password");
  await writeFile(file, `${password}\n`);
  for (const [name, role] of [["root", "admin"], ["王老师", "teacher"], ["a-learner-with-quite-a-long-name", "learner"]]) {
    execFileSync(binary, ["user", "add", name, "--role", role, "--password-file", file, "--data", data]);
  }
  [server, browser] = [await startServer({ data }), await startBrowser()];
  if (screenshots) await mkdir(screenshots, { recursive: true });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Signs in on the page that is open. */
async function signIn(page, name) {
  await page.goto("/sign-in");
  await page.fill("#name", name);
  await page.fill("#password", password);
  await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/sign-in")), page.click("main form button.primary")]);
}

/** Sends the form that a button is in, and waits for the page that comes. */
function press(page, button) {
  return Promise.all([page.waitForEvent("load"), page.click(button)]);
}

for (const reading of ["zh", "en"]) {
  for (const [width, colorScheme] of [[1200, "light"], [360, "light"], [1200, "dark"], [360, "dark"]]) {
    test(`every page of the administration in ${reading} at ${width} px, ${colorScheme}`, async () => {
      const { page, leave } = await learner(browser, server.url, {
        locale: reading === "zh" ? "zh-CN" : "en-US",
        colorScheme,
        viewport: { width, height: 800 },
      });
      const look = async (name) => {
        await assertAccessible(page, `${name} in ${reading}`);
        await assertFits(page, `${name} in ${reading}`);
        if (screenshots) await page.screenshot({ path: join(screenshots, `${name}-${reading}-${width}-${colorScheme}.png`), fullPage: true });
      };
      await signIn(page, "root");
      await page.click(`button[name=reading][value=${reading}]`);
      await page.waitForSelector(`button[value=${reading}][aria-pressed=true]`);
      for (const [name, path] of [["overview", "/admin"], ["people", "/admin/people"], ["settings", "/admin/settings"]]) {
        await page.goto(path);
        await look(name);
      }
      await page.goto("/admin/people?q=LONG");
      await press(page, "tbody a");
      await look("person");
      await press(page, "form.reset button");
      await look("reset");
      await page.goto("/admin/invitations");
      await press(page, "form.invite button.primary");
      await look("invited");
      await page.goto("/admin/audit");
      await look("audit");
      await leave();
    });
  }
}

test("an invited teacher signs up by the link, and is locked out at once when an administrator says so", async () => {
  const admin = await learner(browser, server.url, { locale: "en-US" });
  await signIn(admin.page, "root");
  await admin.page.goto("/admin/invitations");
  await admin.page.selectOption("#role", "teacher");
  await press(admin.page, "form.invite button.primary");
  const link = await admin.page.innerText(".secret");
  assert.ok(link.startsWith(`${server.url}/invitation/`), link);

  const invited = await learner(browser, server.url, { locale: "en-US" });
  await invited.page.goto(link);
  await invited.page.fill("#name", "Grace");
  await invited.page.fill("#password", password);
  await invited.page.fill("#again", password);
  await press(invited.page, "form.sign-up button.primary");
  await invited.page.goto("/account");
  assert.ok((await invited.page.innerText("main")).includes("Grace"));

  await admin.page.goto("/admin/people?q=grace");
  assert.ok((await admin.page.innerText("tbody")).includes("Teacher"));
  await press(admin.page, "tbody a");
  await press(admin.page, "form.change-access button");
  await invited.page.goto("/account");
  assert.equal(new URL(invited.page.url()).pathname, "/sign-in");
  await admin.page.goto("/admin/audit");
  const told = await admin.page.innerText(".audit");
  for (const sentence of ["root locked Grace out.", "root gave out an invitation (Teacher, for 1)."]) assert.ok(told.includes(sentence), told);
  await admin.leave();
  await invited.leave();
});

test("a backup is downloaded as a file", async () => {
  const { page, leave } = await learner(browser, server.url, { locale: "zh-CN" });
  await signIn(page, "root");
  await page.goto("/admin");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[href$='/admin/backup']")]);
  assert.match(download.suggestedFilename(), /^doujia-\d{4}-\d\d-\d\d-\d{6}\.db$/);
  assert.equal(await download.failure(), null);
  await leave();
});
