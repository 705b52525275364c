// Methods of the literature on the page: chosen for a run, raced, and looked up in
// the results of a campaign.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { context, launch, open, PATIENCE, result, share } from "../help/browser.mjs";
import { scratch } from "../help/dist.mjs";
import { FORMS, look } from "../help/look.mjs";
import { extractNatively, generateNatively } from "../help/native.mjs";
import { root, serve } from "../help/serve.mjs";

let server, browser, folder;
before(async () => {
  server = await serve();
  browser = await launch();
  folder = await scratch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.discard();
});

const SIZES = "10-5x2-1";

async function chooseRandom(page) {
  await page.getByRole("radio", { name: "Random" }).check();
  await page.fill("#sizes", SIZES);
  await page.fill("#recipe-seed", "1");
}

test("a published method gives the digest it has natively, and an idealised run says that it is one everywhere", async () => {
  const ctx = await context(browser, { acceptDownloads: true });
  const loaded = [];
  const page = await open(ctx, server.url, { early: (p) => p.on("request", (r) => loaded.push(r.url())) });
  const published = () => loaded.filter((u) => /published-[^/]+\.wasm/.test(u)).length;
  await chooseRandom(page);
  await page.click("#method summary");
  await page.locator("#signature option[value=carlini]").waitFor({ state: "attached" });
  assert.match(await page.locator("#signature").innerText(), /CRYPTO 2020/, "methods are named by their source");

  // What does not go together is said in Go's sentence, at once and on Extract.
  await page.selectOption("#sign", "wiggle");
  await page.selectOption("#signature", "carlini");
  await page.selectOption("#sign", "");
  await page.locator("#method .wrong", { hasText: "choose a published sign method" }).waitFor();
  await page.click("#extract");
  await page.locator("#error", { hasText: "choose a published sign method" }).waitFor();

  await page.selectOption("#signature", "foerster");
  await page.selectOption("#sign", "soe");
  await page.check("#improve");
  await page.selectOption("#setting", "idealised");
  await page.fill("#layer", "2");
  assert.match(await page.locator("#method summary").innerText(), /foerster, improved \+ soe, idealised: layer 2 alone/);
  assert.equal(published(), 0, "their program waits until a run needs it");
  await page.fill("#seed", "7");
  await page.click("#extract");
  const { verdict, digest, queries } = await result(page);
  assert.equal(published(), 1);
  const own = await generateNatively(SIZES, 1);
  try {
    const native = await extractNatively(own.path, 7, ["--signature", "foerster", "--sign", "soe", "--improve", "--idealised", "2"]);
    assert.deepEqual({ digest, queries }, { digest: native.digest, queries: native.queries });
  } finally {
    await own.discard();
  }
  assert.equal(verdict, "Layer 2 recovered");
  for (const place of ["#result", "#coverage", "#past"]) assert.match(await page.locator(place).innerText(), /idealised/i, place);
  assert.match(await page.locator("#live .status").textContent(), /idealised/);
  assert.equal(await page.locator('#coverage .dot[data-status="G"]').count() > 5, true, "the rows that were given are told apart");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  assert.match(download.suggestedFilename(), /idealised-layer-2/);
  await share(page);
  assert.match(await page.locator(".share .chip.idealised").innerText(), /idealised/);
  const link = await page.inputValue("#link-text");
  page.calm();
  await page.close();

  // In the small form too, and run from the link it comes out the same.
  const small = await open(ctx, server.url, { at: `?embed${new URL(link).hash}` });
  await small.locator("#link .chip.idealised").waitFor();
  await small.click("#reproduce");
  await small.getByRole("heading", { name: "Reproduced, bit for bit" }).waitFor();
  assert.match(await small.locator("#result").innerText(), /idealised/);
  small.calm();
  await ctx.close();
});

test("a race runs to its end with two methods, looks as it should, and leaves nothing behind", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  await page.getByRole("link", { name: "Race" }).click();
  await page.locator("#lane-right h3", { hasText: "foerster" }).waitFor();
  for (const form of FORMS) {
    await page.setViewportSize(form);
    await page.emulateMedia({ colorScheme: form.colorScheme });
    await look(page, form, "race");
  }
  await page.click("#race-start");
  await page.locator("#race-stop").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "race-stop");
  await page.keyboard.press("Enter");
  await page.locator(".race-verdict", { hasText: "Stopped" }).waitFor();
  // A stop that comes before the network is there stays one.
  await page.evaluate(() => {
    document.querySelector("#race-start").click();
    document.querySelector("#race-stop").click();
  });
  await page.waitForTimeout(500);
  assert.equal(await page.locator(".race-verdict").textContent(), "Stopped.");

  await page.selectOption("#race-pace", "0");
  await page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => window.said.push(document.querySelector(".race-verdict").textContent)).observe(document.querySelector(".race-verdict"), { childList: true, characterData: true, subtree: true });
  });
  await page.click("#race-start");
  await page.locator("#race-start").waitFor({ state: "hidden" });
  await page.locator("#race-start").waitFor({ timeout: PATIENCE });
  const verdict = await page.locator(".race-verdict").textContent(); // either may be first
  for (const want of [/Peel \(seed 7\): every weight recovered in/, /foerster, improved \+ soe \(seed 7\): every weight recovered in/, /times the queries of the first\.$/]) assert.match(verdict, want);
  const said = await page.evaluate(() => window.said);
  assert.ok(said.length <= 5, said.join(" | "));
  for (const lane of ["#lane-left", "#lane-right"]) {
    const text = await page.locator(lane).innerText();
    assert.match(text, /10\/10\s+signatures\s+10\/10\s+signs/, lane);
    assert.match(text, /end-to-end/);
  }
  // A lane opens as an experiment of the sandbox.
  await page.locator("#lane-left").getByRole("button", { name: "Open as a run" }).click();
  await page.locator("#reproduce").waitFor();
  assert.ok(await page.locator("#race").isHidden());
  assert.ok(await page.locator("#past").isHidden(), "races are not kept");
  page.calm();
  await ctx.close();
});

test("results of a campaign open as tables and pictures, and its runs can be run again", async () => {
  const plan = join(folder.path, "plan.json");
  const lines = join(folder.path, "plan.jsonl");
  await writeFile(plan, JSON.stringify({
    v: 1, name: "browser", title: "A <b>small</b> plan", limits: { queries: 100_000, seconds: 60 },
    parts: [{ name: "random", title: "Random networks", victims: [{ random: SIZES, seeds: "1" }], seeds: "1-2",
      methods: [{ label: "Peel" }, { label: "Peel alone", idealised: 2 }], layer: 2, show: ["methods", "queries-by-width"] }],
  }));
  execFileSync(join(root, "build", "peel"), ["bench", plan, "--results", lines, "--machine", "a machine"], { stdio: "ignore" });

  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  await page.goto(`${server.url}#results`);
  const bad = await readFile(lines, "utf8").then((text) => text.replace('"queries":', '"queries":-'));
  await page.setInputFiles("#results-file", { name: "bad.jsonl", mimeType: "text/plain", buffer: Buffer.from(bad) });
  await page.locator("#results .wrong", { hasText: /^These are not results Peel can read: .*\.$/ }).waitFor();
  await page.setInputFiles("#results-file", lines);
  await page.locator(".report h2", { hasText: "A <b>small</b> plan" }).waitFor();
  assert.match(await page.locator(".report-table").innerText(), /end-to-end[^]*idealised/);
  assert.ok((await page.locator(".report-figure svg path").count()) > 5);
  await page.getByRole("button", { name: /^The 2 runs behind random 10-5x2-1, Peel, end-to-end/ }).click();
  for (const form of FORMS) {
    await page.setViewportSize(form);
    await page.emulateMedia({ colorScheme: form.colorScheme });
    await look(page, form, "results");
  }
  await page.locator(".row-runs button:visible").first().click();
  await page.locator("#reproduce").click();
  await page.getByRole("heading", { name: "Reproduced, bit for bit" }).waitFor({ timeout: PATIENCE });
  page.calm();
  await ctx.close();
});
