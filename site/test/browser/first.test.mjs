// What a newcomer does: open the page, press Extract, look at the result.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { context, launch, open, PATIENCE, result } from "../help/browser.mjs";
import { scoreNatively, victimPath } from "../help/native.mjs";
import { serve } from "../help/serve.mjs";

let server, browser;
before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("one click extracts the preselected network within 30 seconds", async () => {
  const ctx = await context(browser, { acceptDownloads: true });
  const page = await open(ctx, server.url);
  assert.equal(await page.inputValue("#victim"), "mnist-784-16x2-1-s1", "a trained MNIST network is chosen already");
  assert.ok(await page.locator("#reveal").isHidden());

  const clicked = Date.now();
  await page.click("#extract");
  const { verdict, digest, queries } = await result(page);
  const seconds = (Date.now() - clicked) / 1000;
  assert.ok(seconds <= 30, `from click to digest it took ${seconds} s`);
  assert.equal(verdict, "Every weight recovered");
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.ok(queries > 12_849 && queries <= 8 * 12_849, `${queries} queries`);

  // Every neuron of both layers is drawn as signed.
  assert.equal(await page.locator('#stage .disc[data-state="3"]').count(), 32);

  // The copy answers like the victim, on every kind of input.
  await page.locator("#scores table").waitFor({ timeout: PATIENCE });
  assert.match(await page.locator("#scores").innerText(), /100 %\s*same digit/);
  const rows = await page.locator("#scores tbody tr").allInnerTexts();
  assert.equal(rows.length, 3);
  for (const row of rows) {
    const [, m, e, scale] = /(\d\.\d) × 10−(\d+)\s+(\d[\d.]*)/.exec(row) ?? assert.fail(`“${row}” holds no error`);
    assert.ok(Number(m) * 10 ** -Number(e) <= 1e-7 * Number(scale), row);
  }

  // Every neuron is accounted for, and so is the output.
  assert.equal(await page.locator('#coverage .dots .dot[data-status="R"]').count(), 33);
  assert.equal(await page.locator("#coverage .dots .dot").count(), 33);
  assert.deepEqual(await page.locator("#coverage .dots").evaluateAll((all) => all.map((el) => el.ariaLabel)),
    ["layer 1: 16 recovered", "layer 2: 16 recovered", "output: 1 recovered"]);

  // The reveal comes only on demand, with a picture of each side for every row.
  assert.ok(await page.locator("#reveal").isHidden());
  await page.click("#reveal-button");
  await page.locator("#reveal .pair").first().waitFor({ timeout: PATIENCE });
  assert.equal(await page.locator("#reveal .pair.right").count(), 16);
  assert.equal(await page.locator("#reveal .pair.wrong").count(), 0);
  const pictures = await page.locator("#reveal canvas").evaluateAll((all) => all.map((c) => {
    const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
    return `${c.width}x${c.height} ${new Set(new Uint32Array(data.buffer)).size > 20 ? "drawn" : "blank"}`;
  }));
  assert.deepEqual(pictures, Array(32).fill("28x28 drawn"));

  // Three grades, the last one a proof that leaves room for what was seen.
  assert.equal(await page.locator("#reveal .grades section").count(), 3);
  const grades = await page.locator("#reveal .grades").innerText();
  for (const want of [/Grade 1: the weights/, /Grade 2: answers that were tried/, /Grade 3: a proven bound/, /\|f − f̂\| ≤ .* every x in \[0,1\]784\./, /\|f − f̂\| ≤ .* ‖x‖ ≤ 33\.7\. .* 1 − 2−40\./]) assert.match(grades, want);

  // What is downloaded is the recovered network, and the command line agrees.
  const dir = await mkdtemp(join(tmpdir(), "peel-download-"));
  try {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
    assert.equal(download.suggestedFilename(), "mnist-784-16x2-1-s1-recovered-seed7.safetensors");
    const file = join(dir, "recovered.safetensors");
    await download.saveAs(file);
    const { code, text } = await scoreNatively(victimPath(), file);
    assert.equal(code, 0, text);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  page.calm();
  await ctx.close();
});

test("nothing is revealed before a run has ended", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  await page.selectOption("#pace", "lesson");
  await page.click("#extract");
  await page.locator("#live .chip").waitFor();
  assert.ok(await page.locator("#reveal-button").isHidden());
  assert.ok(await page.locator("#reveal").isHidden());
  assert.equal(await page.locator("canvas").count(), 0);
  await page.click("#cancel");
  await page.locator("#extract").waitFor();
  page.calm();
  await ctx.close();
});

test("a replay shows the recorded run, says that it is one, and asks nothing", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  await page.click("#extract");
  const { queries } = await result(page);
  await page.click("#replay-button");
  assert.match(await page.locator("#live .chip").textContent(), /Replay, not live/);
  assert.match(await page.locator(".replay-label").textContent(), /Nothing is being asked/);
  assert.equal(await page.locator('#stage .disc[data-state="3"]').count(), 0, "it begins at the beginning");
  const slider = page.getByLabel("Place in the replay");
  await slider.focus();
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.querySelectorAll('#stage .disc[data-state="3"]').length === 32);
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.querySelectorAll('#stage .disc[data-state="3"]').length === 0);
  await page.click("#leave");
  assert.equal((await result(page)).queries, queries);
  assert.equal(await page.locator('#stage .disc[data-state="3"]').count(), 32);
  page.calm();
  await ctx.close();
});
