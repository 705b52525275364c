// IndexedDB missing, as in a private window, or full: the run still works in
// memory, with a warning that is seen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { context, fill, launch, open, PATIENCE, result, shownQueries } from "../help/browser.mjs";
import { extractNatively, victimPath } from "../help/native.mjs";
import { serve } from "../help/serve.mjs";

let server, browser, native;
before(async () => {
  server = await serve();
  browser = await launch();
  native = await extractNatively(victimPath(), 7);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("missing", async () => {
  const ctx = await context(browser);
  // Workers read it from their own global scope: take it away there too.
  await ctx.route(/conductor-.*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: "Object.defineProperty(self, 'indexedDB', { value: undefined });\n" + (await response.text()) });
  });
  const page = await open(ctx, server.url, { prepare: () => Object.defineProperty(window, "indexedDB", { value: undefined }) });
  const warning = page.locator("#notices .storage");
  await warning.waitFor({ timeout: PATIENCE });
  assert.match(await warning.textContent(), /a run is lost when the tab closes/);
  await page.click("#extract");
  assert.equal((await result(page)).digest, native.digest);
  assert.ok(await warning.isVisible());
  assert.match(await page.locator("#past").textContent(), /memory only/);
  page.calm();
  await ctx.close();
});

/** How much room there is: none, or enough for the beginning of a journal only. */
const rooms = { "full from the start": 1, "full in the middle of the run": 120_000 };

for (const [name, quotaSize] of Object.entries(rooms)) {
  test(name, async () => {
    const ctx = await context(browser);
    const page = await open(ctx, server.url);
    const cdp = await ctx.newCDPSession(page);
    await cdp.send("Storage.overrideQuotaForOrigin", { origin: new URL(server.url).origin, quotaSize });
    const warning = page.locator("#notices .storage");
    await fill(page, { seed: 7, workers: 1, pace: "slow" });
    await page.click("#extract");
    await warning.waitFor({ timeout: PATIENCE });
    assert.match(await warning.textContent(), /memory|full|space/i);
    if (quotaSize > 1) assert.ok((await shownQueries(page)) > 0, "it was not full from the start");
    await page.selectOption("#live-pace", "full");
    assert.equal((await result(page)).digest, native.digest);
    assert.ok(await warning.isVisible());
    page.calm();
    await ctx.close();
  });
}
