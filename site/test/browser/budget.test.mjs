// A budget of queries that runs out: the run stops cleanly, keeps what it has
// and says what is missing, with the same digest as natively.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { context, fill, launch, open, PATIENCE, result } from "../help/browser.mjs";
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

for (const budget of [1, 5000, 20_000]) {
  test(`after ${budget}`, async () => {
    const ctx = await context(browser);
    const page = await open(ctx, server.url);
    await fill(page, { seed: 7, workers: 2, budget });
    await page.click("#extract");
    const { verdict, digest, queries } = await result(page);
    assert.equal(verdict, "Recovered in part");
    assert.ok(queries <= budget, `${queries} queries were asked`);
    assert.ok((await page.locator(".lacks li").count()) >= 1, "it says what is missing");
    assert.match(await page.locator(".lacks").innerText(), /budget/);
    const native = await extractNatively(victimPath(), 7, ["--budget", String(budget)]);
    assert.equal(digest, native.digest);
    assert.equal(queries, native.queries);
    // Every neuron is accounted for, with a reason.
    assert.equal(await page.locator("#coverage .dots .dot").count(), 33);
    const coverage = await page.locator("#coverage").innerText();
    assert.match(coverage, /not reached \(.*output\): the query budget ran out first/);
    const undecided = await page.locator('#coverage .dots .dot[data-status="S"]').count();
    // The reveal is honest about it.
    await page.click("#reveal-button");
    await page.locator("#reveal .pair").first().waitFor({ timeout: PATIENCE });
    assert.equal(await page.locator("#reveal .pair").count(), 16);
    assert.equal(await page.locator("#reveal .pair", { hasText: "sign undecided" }).count(), Math.min(16, undecided));
    assert.match(await page.locator("#reveal .grades").innerText(), /No bound for every x in/);
    if (budget < 12_849) assert.equal(await page.locator("#reveal .pair.right").count(), 0);
    page.calm();
    await ctx.close();
  });
}
