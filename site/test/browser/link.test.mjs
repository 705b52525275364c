// Links: shown before anything runs, reproduced as new runs, made, copied and
// framed; and what becomes of those that are no good.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { crc32 } from "node:zlib";
import decodeQR from "qr/decode.js";
import { context, fill, launch, open, PATIENCE, queriesAbove, result, share } from "../help/browser.mjs";
import { FORMS, look } from "../help/look.mjs";
import { copyNatively, linkNatively, verifyNatively } from "../help/native.mjs";
import { serve } from "../help/serve.mjs";

const VICTIM = "mnist-784-8x2-1-s1";
let server, browser, claimed;
before(async () => {
  server = await serve();
  browser = await launch();
  claimed = await linkNatively(VICTIM, "--seed", "7", "--run");
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A link with other bytes in it and a right checksum. change gets the body, without length and checksum. */
function forge(text, change) {
  const bytes = Buffer.from(text.slice("peel1.".length), "base64url");
  const body = change(Buffer.from(bytes.subarray(2, -4)));
  const sealed = Buffer.concat([Buffer.alloc(2), body, Buffer.alloc(4)]);
  sealed.writeUInt16BE(body.length + 4);
  sealed.writeUInt32BE(crc32(sealed.subarray(0, -4), crc32("peel1.")), sealed.length - 4);
  return "peel1." + sealed.toString("base64url");
}

const card = (page) => page.locator("#link");
const judged = (page) => page.locator("#judged h2");
const runs = (page) => page.locator("#past li");

test("a link is shown, then run as a new run; an interrupted run is left alone", async () => {
  const ctx = await context(browser);
  let page = await open(ctx, server.url);
  await fill(page, { seed: 3, workers: 1, pace: "slow" });
  await page.click("#extract");
  await queriesAbove(page, 1000);
  await page.close();

  page = await open(ctx, server.url, { at: "#" + claimed });
  await page.locator("#reproduce").waitFor();
  const text = await card(page).innerText();
  for (const want of [VICTIM, "seed 7", "comes with Peel", "16 of 16 recovered", "Nothing has run yet"]) assert.ok(text.includes(want), `${want} is not in ${text}`);
  await page.getByRole("button", { name: /^Resume/ }).waitFor(); // its tab has let go of it
  await page.reload();
  await page.getByRole("button", { name: /^Resume/ }).waitFor();
  const kept = await runs(page).innerText();
  assert.ok(await page.locator("#live").isHidden(), "nothing runs by itself");

  await page.click("#reproduce");
  const { digest } = await result(page);
  assert.ok(text.includes(digest));
  await judged(page).getByText("Reproduced, bit for bit").waitFor();
  await page.waitForFunction(() => document.querySelectorAll("#past li").length === 2);
  assert.equal(await runs(page).nth(1).innerText(), kept, "the other run is as it was");

  // Its own link is the one that it came from.
  await share(page);
  assert.equal(await page.inputValue("#link-text"), `${server.url}#${claimed}`);
  await page.keyboard.press("Escape");
  await page.click("#again");
  assert.equal(new URL(page.url()).hash, "", "a new run begins afresh");
  await page.getByRole("button", { name: /^Open/ }).click();
  await judged(page).getByText("Reproduced, bit for bit").waitFor(); // it is known later too
  page.calm();
  await ctx.close();
});

/** another says of a link that an engine of the twenties made it. */
const another = (b) => ((b[1] = "2".charCodeAt(0)), b);

test("what differs is shown", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url, { at: "#" + forge(claimed, (b) => ((b[b.length - 10] ^= 1), b)) });
  await page.click("#reproduce");
  await judged(page).getByText("Not reproduced").waitFor({ timeout: PATIENCE });
  assert.deepEqual(await page.locator("#judged dt").allInnerTexts(), ["Digest"]);

  // The same claim, by another engine.
  await page.evaluate((text) => (location.hash = text), forge(claimed, another));
  await card(page).getByText(/made by engine 2\d/).waitFor();
  await page.click("#reproduce");
  await judged(page).getByText("Reproduced, bit for bit").waitFor({ timeout: PATIENCE });
  assert.match(await page.locator("#judged").innerText(), /engine 2\d made it/);

  // A link that is opened while a run goes on does not touch it.
  await page.click("#again");
  await page.selectOption("#pace", "slow");
  await page.click("#extract");
  await queriesAbove(page, 100);
  await page.evaluate((text) => (location.hash = text), claimed);
  await page.getByText("open the link in another tab").waitFor();
  assert.ok(await page.locator("#live").isVisible() && await card(page).isHidden());
  page.calm();
  await ctx.close();
});

test("links that are no good get a sentence", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  for (const [name, [text, words]] of Object.entries({
    truncated: [claimed.slice(0, 90), "cut short"],
    mistyped: [claimed.slice(0, 60) + (claimed[60] === "A" ? "B" : "A") + claimed.slice(61), "damaged on its way"],
    foreign: ["access_token=abc", "not a link of Peel"],
    future: ["peel2.AAAA", "needs a newer Peel"],
    hostile: [forge(claimed, (b) => Buffer.concat([b, Buffer.from([0])])), "not made by Peel"],
    "a victim of another shape": [forge(claimed, (b) => ((b[b.indexOf(8, 20)] = 9), b)), "another shape"],
  })) {
    await page.evaluate((text) => (location.hash = text), text);
    if (name.startsWith("a victim")) await page.click("#reproduce");
    const said = await page.locator("#error p").getByText(words).innerText();
    assert.match(said, /^[^\n]{20,250}\.$/, name);
    await page.getByRole("button", { name: "Close this message" }).click();
    if (name.startsWith("a victim")) await page.click("#link-leave");
    assert.ok(await page.locator("#extract").isVisible(), `${name}: the page goes on`);
  }
  page.calm();
  await ctx.close();
});

test("links are made, copied and drawn as QR codes", async () => {
  const ctx = await context(browser, { permissions: ["clipboard-read", "clipboard-write"] });
  const page = await open(ctx, server.url);
  await fill(page, { seed: 5, victim: VICTIM, budget: 9000 });
  await page.click("#share-setup");
  const want = `${server.url}#${await linkNatively(VICTIM, "--seed", "5", "--budget", "9000")}`;
  assert.equal(await page.inputValue("#link-text"), want);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), want);

  // The code is read as a camera would, from its pixels.
  const png = await page.locator(".qr").evaluate(async (svg) => {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: 400, height: 400 });
    const g = canvas.getContext("2d");
    g.drawImage(image, 0, 0, 400, 400);
    return Array.from(g.getImageData(0, 0, 400, 400).data);
  });
  assert.equal(decodeQR({ width: 400, height: 400, data: Uint8ClampedArray.from(png) }), want);
  await page.click("#link-close");

  // A random victim is named by its recipe, before a run and after it.
  await page.getByRole("radio", { name: "Random" }).check();
  await page.fill("#sizes", "10-5x2-1");
  await page.fill("#budget", "");
  await page.click("#share-setup");
  assert.match((await verifyNatively("--show", await page.inputValue("#link-text"))).text, /random-10-5-5-1-s1[^]*recipe of Carlini/);
  await page.click("#link-close");
  await page.click("#extract");
  await result(page);
  await share(page);
  const { code, text } = await verifyNatively(await page.inputValue("#link-text"));
  assert.equal(code, 0, text);
  page.calm();
  await ctx.close();
});

test("networks in a link and networks that it only names", async () => {
  const [small, large] = [await copyNatively("10-5x2-1", 1), await copyNatively("20-8x2-1", 5)];
  const ctx = await context(browser);
  const page = await open(ctx, server.url, { at: "#" + (await linkNatively(small.path, "--run")) });
  await card(page).getByText("its weights are in the link").waitFor();
  await page.click("#reproduce");
  await judged(page).getByText("Reproduced, bit for bit").waitFor({ timeout: PATIENCE });

  await page.evaluate((text) => (location.hash = text), await linkNatively(large.path, "--run"));
  await card(page).getByText("choose its file").waitFor();
  assert.equal(await page.getAttribute("#reproduce", "aria-disabled"), "true");
  await page.setInputFiles("#link input[type=file]", small.path);
  await page.getByText("this file holds another network").waitFor();
  await page.setInputFiles("#link input[type=file]", large.path);
  await page.locator("#reproduce:not([aria-disabled])").click();
  await judged(page).getByText("Reproduced, bit for bit").waitFor({ timeout: PATIENCE });
  page.calm();
  await ctx.close();
  await Promise.all([small.discard(), large.discard()]);
});

for (const form of FORMS) {
  const { width, height, colorScheme } = form;
  test(`links at ${width} px, ${colorScheme}`, async () => {
    const ctx = await context(browser, { viewport: { width, height }, colorScheme });
    const other = forge(claimed, (b) => (another(b), (b[b.length - 10] ^= 1), b));
    const page = await open(ctx, server.url, { at: "#" + other });
    await card(page).getByText(/made by engine 2\d/).waitFor();
    await look(page, form, "link-1-card");
    if ((width < 500) === (colorScheme === "dark")) {
      await page.click("#reproduce");
      await judged(page).waitFor({ timeout: PATIENCE });
      await page.locator("#scores table").waitFor({ timeout: PATIENCE });
      await look(page, form, "link-2-differs");
      await share(page);
      await look(page, form, "link-3-share");
      await page.click("#link-close");
    }
    await page.evaluate((text) => (location.hash = text), claimed.slice(0, 90));
    await page.locator("#error").waitFor();
    await look(page, form, "link-4-broken");
    page.calm();
    await ctx.close();
  });
}

test("the small form runs in somebody else's page, the whole page does not", async () => {
  const host = createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>Slide</title><iframe width="960" height="600" src="${server.url}${decodeURIComponent(request.url.slice(1))}"></iframe>`);
  });
  await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));
  const slide = (at) => `http://127.0.0.1:${host.address().port}/${encodeURIComponent(at)}`;
  const ctx = await context(browser);
  try {
    const page = await ctx.newPage();
    await page.goto(slide(`?embed#${claimed}`));
    const frame = page.frameLocator("iframe");
    await frame.locator("#reproduce").click({ timeout: PATIENCE });
    await frame.locator("#judged").getByText("Reproduced, bit for bit").waitFor({ timeout: PATIENCE });
    for (const id of ["#past", "#past-open", "#theme"]) assert.ok(await frame.locator(id).isHidden(), `${id} is not in the small form`);
    await frame.locator("#again").click();
    await frame.locator("#reproduce").waitFor(); // back to its link
    assert.equal(await frame.locator("#whole").evaluate((a) => (a.dispatchEvent(new Event("click")), a.href)), `${server.url}#${claimed}`);

    const refused = page.waitForEvent("console", (m) => /frame-ancestors/.test(m.text()));
    await page.goto(slide(`#${claimed}`));
    await refused;

    // Where a host sends no headers the page sees for itself that it is framed.
    await ctx.route(server.url, async (route) => {
      const response = await route.fetch();
      const { "content-security-policy": _, ...headers } = response.headers();
      await route.fulfill({ response, headers });
    });
    await page.goto(slide(`#${claimed}`));
    await frame.locator("#reproduce").waitFor({ timeout: PATIENCE });
    assert.ok(await frame.locator("#theme").isHidden());
  } finally {
    host.close();
    await ctx.close();
  }
});

test("the small form fits a small frame", async () => {
  const form = { width: 640, height: 400, colorScheme: "dark" };
  const ctx = await context(browser, { viewport: { width: form.width, height: form.height } });
  const page = await open(ctx, server.url, { at: `?embed=dark#${claimed}` });
  await page.locator("#reproduce").waitFor();
  await look(page, form, "link-embed-1-card");
  const { y, height } = await page.locator("#reproduce").boundingBox();
  assert.ok(y + height <= form.height, "the button is seen without scrolling");
  await page.click("#reproduce");
  await judged(page).waitFor({ timeout: PATIENCE });
  await look(page, form, "link-embed-2-judged");
  page.calm();
  await ctx.close();
});
