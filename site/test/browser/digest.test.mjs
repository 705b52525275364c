// Same spec, same digest: natively, in the browser with one worker and with
// two, paced, and interrupted by the death of the browser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { context, fill, launch, MortalBrowser, open, PATIENCE, queriesAbove, result, shownQueries } from "../help/browser.mjs";
import { extractNatively, generateNatively, victimPath } from "../help/native.mjs";
import { serve } from "../help/serve.mjs";

const SEED = 3;
let server, browser, native;
before(async () => {
  server = await serve();
  browser = await launch();
  native = await extractNatively(victimPath(), SEED);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const workers of [1, 2]) {
  test(`with ${workers} worker${workers > 1 ? "s" : ""}`, async () => {
    const ctx = await context(browser);
    const page = await open(ctx, server.url);
    await fill(page, { seed: SEED, workers });
    await page.click("#extract");
    const { digest, queries } = await result(page);
    assert.equal(digest, native.digest);
    assert.equal(queries, native.queries);
    page.calm();
    await ctx.close();
  });
}

test("with the browser killed in the middle and opened again", async () => {
  const profile = await MortalBrowser.profile();
  let mortal = await MortalBrowser.start(profile);
  try {
    let page = await open(mortal.context, server.url);
    await fill(page, { seed: SEED, workers: 2, pace: "slow" });
    await page.click("#extract");
    await queriesAbove(page, 5000);
    const seen = await shownQueries(page);
    assert.ok(seen < native.queries, "the run was caught in the middle");
    await mortal.kill();

    mortal = await MortalBrowser.start(profile);
    page = await open(mortal.context, server.url);
    // It says so, and goes on by itself from what had been seen.
    const notice = page.locator("#notices .notice", { hasText: "interrupted" });
    await notice.waitFor({ timeout: PATIENCE });
    const from = Number(/at ([\d,]+) queries/.exec(await notice.textContent())[1].replaceAll(",", ""));
    assert.ok(from >= seen, `${seen} queries had been seen, it went on from ${from}`);
    await page.selectOption("#live-pace", "full");
    const { digest, queries } = await result(page);
    assert.equal(digest, native.digest);
    assert.equal(queries, native.queries);
    page.calm();
  } finally {
    await mortal.kill();
    await MortalBrowser.discard(profile);
  }
});

test("paused, continued, its tab closed, resumed", async () => {
  const ctx = await context(browser);
  let page = await open(ctx, server.url);
  await fill(page, { seed: SEED, workers: 2, pace: "slow" });
  await page.click("#extract");
  await queriesAbove(page, 1000);
  await page.click("#pause");
  await page.getByText("Paused", { exact: true }).waitFor();
  const stood = await shownQueries(page);
  await page.waitForTimeout(1500);
  assert.equal(await shownQueries(page), stood, "a paused run asks nothing");
  await page.click("#continue");
  await queriesAbove(page, stood);
  await page.click("#pause");
  await page.locator("#continue").waitFor();
  page.calm();
  await page.close();

  // A run that was paused on purpose waits.
  page = await open(ctx, server.url);
  await page.getByRole("button", { name: /^Resume/ }).waitFor();
  assert.ok(await page.locator("#extract").isVisible());
  await page.getByRole("button", { name: /^Resume/ }).click();
  await page.selectOption("#live-pace", "full");
  assert.equal((await result(page)).digest, native.digest);
  page.calm();
  await ctx.close();
});

test("cancelled and resumed from the list", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  await fill(page, { seed: SEED, workers: 2, pace: "slow" });
  await page.click("#extract");
  await queriesAbove(page, 1000);
  await page.click("#cancel");
  await page.locator("#extract").waitFor();
  await page.evaluate(() => {
    const chip = document.querySelector("#live .chip");
    window.said = [];
    new MutationObserver(() => window.said.push(chip.textContent)).observe(chip, { childList: true, characterData: true, subtree: true });
  });
  await page.getByRole("button", { name: /^Resume/ }).click();
  await page.waitForFunction(() => window.said.at(-1) === "Live");
  await page.selectOption("#live-pace", "full");
  assert.equal((await result(page)).digest, native.digest);
  const said = await page.evaluate(() => window.said);
  assert.ok(said.includes("From the journal, not live") && said.at(-1) === "Live", `what is played back is told from what is new: ${said}`);
  assert.ok(await page.getByText("Recorded run", { exact: true }).isHidden());
  await page.click("#again");
  await page.getByRole("button", { name: /^Open/ }).click();
  await page.getByText("Recorded run", { exact: true }).waitFor();
  page.calm();
  await ctx.close();
});

test("of a random victim, made in the page and by the command line", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  await page.getByRole("radio", { name: "Random" }).check();
  await page.fill("#sizes", "20-8x2-1");
  await page.fill("#recipe-seed", "5");
  await page.locator("#about", { hasText: "20-8x2-1" }).waitFor();
  assert.match(await page.locator(".rim-text").textContent(), /20 inputs.*8x2.*1 output/);
  await fill(page, { seed: SEED, workers: 2 });
  await page.click("#extract");
  const { digest } = await result(page);
  const own = await generateNatively("20-8x2-1", 5);
  try {
    assert.equal(digest, (await extractNatively(own.path, SEED)).digest);
  } finally {
    await own.discard();
  }
  page.calm();
  await ctx.close();
});
