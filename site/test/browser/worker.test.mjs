// A worker that dies: its task is given to another, and the digest is the same.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { context, fill, launch, open, PATIENCE, queriesAbove, result } from "../help/browser.mjs";
import { extractNatively, victimPath } from "../help/native.mjs";
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

for (const workers of [1, 2]) {
  test(`one of ${workers} dies in the middle of a task`, async () => {
    const ctx = await context(browser);
    const page = await open(ctx, server.url);
    await fill(page, { seed: 5, workers, pace: "slow" });
    await page.click("#extract");
    await queriesAbove(page, 2000);
    await page.evaluate(() => window.peel.killHand(0));
    await page.locator("#notices .worker").waitFor({ timeout: PATIENCE });
    await page.selectOption("#live-pace", "full");
    const { digest } = await result(page);
    assert.equal(digest, (await extractNatively(victimPath(), 5)).digest);
    page.calm();
    await ctx.close();
  });
}
