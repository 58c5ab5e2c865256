// A question with a picture: as its teacher and a learner see it, in all languages, on a phone and on a desk, light and dark,
// with axe; nothing moves when the picture comes. DOUJIA_SCREENSHOTS=<folder> keeps a picture of each page.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { assertAccessible, assertFits, binary, learner, openTeach, startBrowser, startServer } from "./doujia.mjs";

const screenshots = process.env.DOUJIA_SCREENSHOTS;
const password = "a bean in every pod";

let server, browser, picture;
before(async () => {
  [server, browser] = [await startServer(), await startBrowser()];
  if (screenshots) await mkdir(screenshots, { recursive: true });
  const file = join(server.folder, "password");
  await writeFile(file, `${password}\n`);
  execFileSync(binary, ["user", "add", "lin", "--role", "teacher", "--password-file", file, "--data", server.folder]);
  const page = await browser.newPage({ viewport: { width: 900, height: 420 } });
  const box = (x, y, words) => `<rect x="${x}" y="${y}" width="220" height="70" rx="12" fill="none" stroke="#000" stroke-width="3"/>
    <text x="${x + 110}" y="${y + 42}" text-anchor="middle" font-size="20">${words}</text>`;
  await page.setContent(`<body style="margin:0"><svg width="900" height="420" font-family="sans-serif">${box(340, 20, "Deployment web")}
    ${box(340, 170, "ReplicaSet web-7d4b9")}${[60, 340, 620].map((x) => box(x, 320, "Pod")).join("")}
    <path d="M450 90v80M450 240v40M170 280h560M170 280v40M450 280v40M730 280v40" stroke="#000" stroke-width="3" fill="none"/></svg>`);
  picture = await page.screenshot({ omitBackground: true });
  await page.close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const bank = (slug) => `---
bank: ${slug}
lang: zh
title: 第三周 | Week 3
---
## 图中的三个 Pod 由哪种 Controller 直接创建？ {#who-owns-these-pods}
en: Which kind of controller has made the three Pods in this picture?
![Deployment 之下是 ReplicaSet，其下是三个 Pod | A ReplicaSet below a Deployment, and three Pods below it](three-pods.png)
- [x] ReplicaSet
- [ ] Deployment
  > 它只管理 ReplicaSet。 | It only looks after ReplicaSets.
解析: 看 ownerReferences。
explain: Look at ownerReferences.
`;

/** An archive whose files are stored as they are. */
function archive(files) {
  const [parts, directory] = [[], []];
  let at = 0;
  for (const [name, content] of files) {
    const [label, body] = [Buffer.from(name), Buffer.from(content)];
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(crc32(body), 10);
    fields.writeUInt32LE(body.length, 14);
    fields.writeUInt32LE(body.length, 18);
    fields.writeUInt16LE(label.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, label, body]);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), fields, where, label]));
    parts.push(local);
    at += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, index, end]);
}

for (const [reading, width, colorScheme] of [["zh", 1200, "light"], ["en", 360, "dark"], ["both", 360, "light"], ["both", 1200, "dark"]]) {
  test(`a picture is seen in ${reading} at ${width} px, ${colorScheme}`, async () => {
    const slug = `week-${reading}-${width}`;
    const { page, leave } = await learner(browser, server.url, { locale: "zh-CN", colorScheme, viewport: { width, height: 800 } });
    await page.addInitScript(() => {
      globalThis.shifts = [];
      new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map((entry) => entry.value)))
        .observe({ type: "layout-shift", buffered: true });
    });
    const look = async (what) => {
      const image = page.locator(".picture img").first();
      await image.evaluate((image) => image.decode());
      const box = await image.evaluate((image) => [image.naturalWidth, image.clientWidth, image.clientHeight]);
      assert.equal(box[0], 900);
      assert.ok(Math.abs(box[2] - (box[1] * 420) / 900) <= 1, `${what}: ${box}`);
      assert.deepEqual(await page.evaluate(() => globalThis.shifts), [], `nothing moves on ${what}`);
      await assertFits(page, what);
      await assertAccessible(page, what);
      if (screenshots) await page.screenshot({ path: join(screenshots, `picture-${what}-${reading}-${width}-${colorScheme}.png`), fullPage: true });
    };
    await openTeach(page, "lin", password, reading);
    const buffer = archive([["banks/week-3.md", bank(slug)], ["images/three-pods.png", picture]]);
    await page.setInputFiles("#file", { name: "week.zip", mimeType: "application/zip", buffer });
    await Promise.all([page.waitForURL(/\/teach\/upload\/\d+$/), page.click("form.sending button.primary")]);
    assert.equal(await page.locator(".problems li").count(), 0);
    await look("preview");
    await Promise.all([page.waitForURL(/\/teach\/bank\//), page.click("form[action$=commit] button")]);
    await page.goto(`/bank/${slug}`);
    await Promise.all([page.waitForLoadState("load"), page.click("main form button.primary")]);
    await page.goto(`/study?bank=${slug}`);
    await look("question");
    await page.click(".choice:has-text('Deployment')");
    await Promise.all([page.waitForURL(/\/study\/feedback\//), page.click("button[data-confirm]")]);
    await look("feedback");
    await leave();
  });
}
