// A black box that rounds its answers or adds noise: the page asks the same
// questions as the command line, gets the same answers, and says so.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { context, fill, launch, open, result } from "../help/browser.mjs";
import { extractNatively, victimPath } from "../help/native.mjs";
import { serve } from "../help/serve.mjs";

const VICTIM = "mnist-784-8x2-1-s1";
let server, browser;
before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [label, flags, said] of [
  ["float32", ["--precision", "float32"], "answers in float32"],
  ["float16", ["--precision", "float16"], "answers in float16"],
  ["6 decimal places", ["--decimals", "6"], "answers with 6 decimal places"],
  ["noise of 1e-6", ["--noise", "1e-6"], "answers with noise of 1e-6"],
]) {
  test(label, async () => {
    const ctx = await context(browser);
    const page = await open(ctx, server.url);
    await fill(page, { seed: 7, workers: 2, victim: VICTIM });
    await page.locator("#setup details:not(.method)").evaluate((d) => (d.open = true));
    await page.selectOption("#precision", { label });
    await page.click("#extract");
    const { digest, queries } = await result(page);
    const native = await extractNatively(victimPath(VICTIM), 7, flags);
    assert.equal(digest, native.digest);
    assert.equal(queries, native.queries);
    assert.ok((await page.locator("#result .sub").innerText()).includes(said), "the result says how it was answered");
    assert.ok((await page.locator(".runs .here").innerText()).includes(said), "the list of runs says so too");
    page.calm();
    await ctx.close();
  });
}
