// Publishing a run: only by a click that says what becomes public, opened by
// anybody at its short address, and taken back by whoever published it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { context, fill, launch, open, PATIENCE, result, share } from "../help/browser.mjs";
import { FORMS, look } from "../help/look.mjs";
import { copyNatively } from "../help/native.mjs";
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

const says = (page, text) => page.locator("#publish-says").getByText(text).waitFor();
const reproduced = (page) => page.locator("#judged h2").getByText("Reproduced, bit for bit").waitFor({ timeout: PATIENCE });

/** Publishes the run whose result is shown, and returns its short address. */
async function publish(page) {
  await share(page);
  await page.locator("#publish").waitFor();
  await says(page, "makes this run public");
  await page.click("#publish");
  await says(page, "This run is public");
  return page.inputValue("#publish-address");
}

test("a run is published, reproduced by somebody else, and deleted", async () => {
  const [mine, theirs] = [await context(browser), await context(browser)];
  const page = await open(mine, server.url);
  const sent = [];
  page.on("request", (r) => r.method() !== "GET" && sent.push(r.url()));
  await fill(page, { victim: VICTIM, seed: 7 });
  await page.click("#extract");
  const { digest } = await result(page);
  await share(page);
  await page.locator("#publish").waitFor();
  assert.deepEqual(sent, [], "nothing is sent before the click");
  await page.keyboard.press("Escape");
  const address = await publish(page);
  assert.match(address, new RegExp(`^${server.url}x/[0-9a-z]{12}$`));
  assert.deepEqual(sent, [`${server.url}api/experiments`]);

  const other = await open(theirs, address.slice(0, server.url.length), { at: address.slice(server.url.length) });
  assert.ok((await other.locator("#link").innerText()).includes(digest));
  await other.click("#reproduce");
  await reproduced(other);
  // The same, published once more: it is one, and only its creator deletes it.
  assert.equal(await publish(other), address);
  await says(other, "Somebody else published the same before");
  assert.ok(await other.locator("#unpublish").isHidden());
  other.calm();

  await page.keyboard.press("Escape");
  await share(page);
  await says(page, "Only this browser can delete it");
  await page.click("#unpublish");
  await says(page, "Deleted from the server");
  page.calm();
  const late = await open(theirs, server.url, { at: address.slice(server.url.length), expected: [/404/] });
  await late.locator("#error").getByText("No experiment with this id").waitFor();
  assert.ok(await late.locator("#extract").isVisible());
  await late.evaluate(() => (location.hash = "x=nonsense"));
  await late.locator("#error").getByText("not a short address").waitFor();
  await mine.close();
  await theirs.close();
});

test("a network too large for a link is published with it, and goes with it", async () => {
  const copy = await copyNatively("20-8x2-1", 5);
  const [mine, theirs] = [await context(browser), await context(browser)];
  const page = await open(mine, server.url);
  await page.setInputFiles("#file", copy.path);
  await page.locator("#about").getByText("20-8x2-1").waitFor();
  await page.click("#extract");
  await result(page);
  await share(page);
  await says(page, "the victim’s weights");
  await page.keyboard.press("Escape");
  const address = await publish(page);
  const other = await open(theirs, server.url, { at: address.slice(server.url.length) });
  await other.click("#reproduce");
  await reproduced(other);
  other.calm();
  await page.click("#unpublish");
  await says(page, "Deleted from the server");
  const sha256 = await page.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith("peel-model-")));
  assert.deepEqual(sha256, [], "its weights are deleted too");
  page.calm();
  await copy.discard();
  await mine.close();
  await theirs.close();
});

test("without a server nothing can be published", async () => {
  const ctx = await context(browser);
  await ctx.route("**/api/about", (r) => r.fulfill({ status: 200, contentType: "application/octet-stream", body: '{"api":0}\n' }));
  const page = await open(ctx, server.url);
  await fill(page, { victim: VICTIM });
  await page.click("#extract");
  await result(page);
  await share(page);
  await page.locator("#link-text").waitFor();
  assert.ok(await page.locator("#publish").isHidden());
  page.calm();
  await ctx.close();
});

for (const form of FORMS.filter((f) => (f.width < 500) === (f.colorScheme === "dark"))) {
  const { width, height, colorScheme } = form;
  test(`publishing at ${width} px, ${colorScheme}`, async () => {
    const ctx = await context(browser, { viewport: { width, height }, colorScheme });
    const page = await open(ctx, server.url);
    await fill(page, { victim: VICTIM, seed: width });
    await page.click("#extract");
    await result(page);
    await share(page);
    await page.locator("#publish").waitFor();
    await page.locator("#publish").scrollIntoViewIfNeeded();
    await look(page, form, "publish-1-before");
    await page.click("#publish");
    await says(page, "This run is public");
    await look(page, form, "publish-2-after");
    page.calm();
    await ctx.close();
  });
}
