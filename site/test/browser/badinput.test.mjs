// Bad victim files and bad fields: a readable panel, one plain sentence, and
// the page goes on working.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { context, launch, open, PATIENCE, result } from "../help/browser.mjs";
import { extractNatively, victimPath } from "../help/native.mjs";
import { serve } from "../help/serve.mjs";

let server, browser, good;
before(async () => {
  server = await serve();
  browser = await launch();
  good = await readFile(victimPath("mnist-784-8x2-1-s1"));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A safetensors file from a header and bytes. */
function file(header, bytes) {
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, bytes]);
}

/** A 2-2-1 network whose every number is x. */
function tiny(x, { dtype = "F64", shape = [2, 2] } = {}) {
  const tensor = (shape, from, n) => ({ dtype, shape, data_offsets: [8 * from, 8 * (from + n)] });
  const header = {
    "layers.0.weight": tensor(shape, 0, 4),
    "layers.0.bias": tensor([2], 4, 2),
    "layers.1.weight": tensor([1, 2], 6, 2),
    "layers.1.bias": tensor([1], 8, 1),
  };
  return file(header, Buffer.from(new Float64Array(9).fill(x).buffer));
}

const faults = {
  "empty": () => Buffer.alloc(0),
  "not safetensors at all": () => Buffer.from("GIF89a, and nothing that follows is a network"),
  "truncated in its data": () => good.subarray(0, good.length - 1000),
  "truncated in its header": () => good.subarray(0, 100),
  "header longer than the file": () => Buffer.concat([Buffer.from([255, 255, 255, 255, 255, 255, 255, 127]), good.subarray(8)]),
  "a NaN among the weights": () => tiny(NaN),
  "an infinite weight": () => tiny(Infinity),
  "whole numbers instead of reals": () => tiny(1, { dtype: "I64" }),
  "an absurdly large layer": () => file({ "layers.0.weight": { dtype: "F64", shape: [4_000_000_000, 4_000_000_000], data_offsets: [0, 72] } }, Buffer.alloc(72)),
  "layers that do not fit": () => tiny(1, { shape: [4, 1] }),
  "no layers": () => file({}, Buffer.alloc(0)),
};

test("every bad file is refused in one sentence", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  await page.getByRole("radio", { name: "Your own" }).check();
  for (const [name, make] of Object.entries(faults)) {
    await page.setInputFiles("#file", { name: "victim.safetensors", mimeType: "application/octet-stream", buffer: make() });
    const panel = page.locator("#error");
    await panel.waitFor({ timeout: PATIENCE });
    const text = await panel.locator("p").innerText();
    assert.match(text, /^\S[^\n]{10,300}[.!?]$/, `${name}: “${text}”`);
    assert.doesNotMatch(text, /undefined|\[object|panic|goroutine|RangeError|TypeError|stack/, `${name}: “${text}”`);
    assert.equal(await page.locator("#error h2").innerText(), "This file cannot be attacked");
    await panel.getByRole("button").click();
  }
  // Nothing is lost: the next good file is attacked.
  await page.setInputFiles("#file", { name: "mine.safetensors", mimeType: "application/octet-stream", buffer: good });
  await page.locator("#about", { hasText: "784-8x2-1" }).waitFor();
  await page.click("#extract");
  const { digest } = await result(page);
  assert.equal(digest, (await extractNatively(victimPath("mnist-784-8x2-1-s1"), 7)).digest);
  page.calm();
  await ctx.close();
});

test("a run on the reader's own file goes on after its tab was closed", async () => {
  const ctx = await context(browser);
  let page = await open(ctx, server.url);
  await page.getByRole("radio", { name: "Your own" }).check();
  await page.setInputFiles("#file", { name: "mine.safetensors", mimeType: "application/octet-stream", buffer: good });
  await page.locator("#about", { hasText: "784-8x2-1" }).waitFor();
  await page.selectOption("#pace", "slow");
  await page.click("#extract");
  await page.locator('#stage .disc[data-state="1"]').or(page.locator(".rind.scored")).first().waitFor({ timeout: PATIENCE, state: "attached" });
  await page.close();
  page = await open(ctx, server.url);
  await page.locator("#notices .notice", { hasText: "interrupted" }).waitFor({ timeout: PATIENCE });
  await page.selectOption("#live-pace", "full");
  const { digest } = await result(page);
  assert.equal(digest, (await extractNatively(victimPath("mnist-784-8x2-1-s1"), 7)).digest);
  page.calm();
  await ctx.close();
});

test("bad fields are named", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  const refused = async (words) => {
    await page.click("#extract");
    await page.locator("#error p", { hasText: words }).waitFor();
    assert.ok(await page.locator("#extract").isVisible(), "nothing has started");
  };
  for (const seed of ["", "-1", "1.5", "9007199254740992"]) {
    await page.fill("#seed", seed);
    await refused("attack seed");
  }
  await page.fill("#seed", "7");
  for (const workers of ["0", "33", ""]) {
    await page.fill("#workers", workers);
    await refused("number of workers");
  }
  await page.fill("#workers", "1");
  await page.getByRole("radio", { name: "Random" }).check();
  for (const [sizes, words] of [["30", "hidden layer"], ["30-x-1", "not an architecture"], ["30-0-1", "every layer"], ["30-99999-1", "every layer"], ["", "not an architecture"]]) {
    await page.fill("#sizes", sizes);
    await refused(words);
  }
  await page.getByRole("radio", { name: "Your own" }).check();
  await refused("choose the file of a network");
  page.calm();
  await ctx.close();
});
