// Two tabs on one run: the second says so and can only watch.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { context, fill, launch, open, PATIENCE, queriesAbove, result, shownQueries } from "../help/browser.mjs";
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

test("the second tab watches to the end and shows the same result", async () => {
  const ctx = await context(browser);
  const first = await open(ctx, server.url);
  await fill(first, { seed: 7, workers: 1, pace: "slow" });
  await first.click("#extract");
  await queriesAbove(first, 1000);

  const second = await open(ctx, server.url);
  await second.getByText("Here it can only be watched").waitFor({ timeout: PATIENCE });
  assert.equal(await second.locator("#live .chip").textContent(), "Watching another tab");
  for (const id of ["#pause", "#continue", "#cancel", "#extract"]) {
    assert.ok(await second.locator(id).isHidden(), `${id} is not offered to a watcher`);
  }
  const seen = await shownQueries(second);
  await queriesAbove(second, seen);

  await first.bringToFront();
  await first.selectOption("#live-pace", "full");
  const one = await result(first);
  const two = await result(second);
  assert.equal(two.digest, one.digest);
  assert.equal(one.digest, (await extractNatively(victimPath(), 7)).digest);
  first.calm();
  second.calm();
  await ctx.close();
});

test("when the first tab goes, the second can take over", async () => {
  const ctx = await context(browser);
  const first = await open(ctx, server.url);
  await fill(first, { seed: 7, workers: 1, pace: "slow" });
  await first.click("#extract");
  await queriesAbove(first, 1000);
  const second = await open(ctx, server.url);
  await second.getByText("Here it can only be watched").waitFor({ timeout: PATIENCE });
  await first.close();
  await second.getByRole("button", { name: /^Resume/ }).click({ timeout: PATIENCE });
  await second.selectOption("#live-pace", "full");
  assert.equal((await result(second)).digest, (await extractNatively(victimPath(), 7)).digest);
  second.calm();
  await ctx.close();
});
