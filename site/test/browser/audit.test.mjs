// What an audit of the built page asks: how much is loaded before it can be
// used, whether it is accessible in every main state (axe-core), whether it can
// be installed, and how it behaves while it loads.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { context, fill, keeping, launch, open, PATIENCE, queriesAbove, result } from "../help/browser.mjs";
import { counting } from "../help/counting.mjs";
import { serve } from "../help/serve.mjs";

/** Most bytes on the wire before the first click can begin an extraction. */
const FIRST_LOAD = 1_660_000;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let server, browser;
before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the first load is small, and the rest comes after it", async (t) => {
  const proxy = await counting(server.url);
  const ctx = await keeping(browser);
  try {
    const page = await open(ctx, proxy.url);
    await page.getByText("it also opens without the network").waitFor({ timeout: PATIENCE });
    // The service worker is registered when the engine runs and the list of past runs is read.
    const ready = proxy.sent.findIndex((s) => s.agent === "script");
    assert.ok(ready > 0 && proxy.sent[ready].path === "/sw.js");
    const [first, rest] = [proxy.sent.slice(0, ready), proxy.sent.slice(ready)];
    const size = (list) => list.reduce((n, s) => n + s.bytes, 0);
    t.diagnostic(`first load: ${size(first)} bytes in ${first.length} requests; the rest: ${size(rest)} bytes`);
    for (const want of [/^\/$/, /\.wasm$/, /conductor/, /scorer/, /index\.json/]) assert.ok(first.some((s) => want.test(s.path)), `${want} belongs to the first load`);
    assert.ok(size(first) <= FIRST_LOAD, `the first load takes ${size(first)} bytes: load what the first click does not need later\n${first.map((s) => `${s.bytes} ${s.path}`).join("\n")}`);
    // The other programs wait until one is needed, or for offline use.
    for (const name of ["files", "published", "results"]) {
      const program = new RegExp(`/${name}-[^/]+\\.wasm$`);
      assert.ok(!first.some((s) => program.test(s.path)) && rest.some((s) => program.test(s.path)), `${name}.wasm comes after the first load`);
    }
    // What is large and was loaded is not loaded again to be kept.
    const again = rest.filter((s) => s.bytes > 10_000 && first.some((f) => f.path === s.path));
    assert.deepEqual(again, []);
    page.calm();
  } finally {
    await ctx.close();
    await proxy.stop();
  }
});

test("while it loads, nothing jumps, and the processor is free for the reader", async (t) => {
  const ctx = await context(browser);
  let cdp;
  const page = await open(ctx, server.url, {
    early: async (page) => {
      cdp = await ctx.newCDPSession(page);
      await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    },
    prepare: () => {
      window.shifts = [];
      new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((e) => ({
        value: e.value,
        of: e.sources.map((s) => s.node?.id || s.node?.className || s.node?.nodeName),
      })))).observe({ type: "layout-shift", buffered: true });
    },
  });
  await page.evaluate(() => document.fonts.ready);
  const { shifts, nodes, blocking } = await page.evaluate(() => ({
    shifts: window.shifts,
    nodes: document.querySelectorAll("*").length,
    blocking: performance.getEntriesByType("resource").filter((r) => r.renderBlockingStatus === "blocking").length,
  }));
  const shift = shifts.reduce((n, s) => n + s.value, 0);
  // Seconds that the main thread had a processor, which other programs do not lengthen much.
  const metrics = Object.fromEntries((await cdp.send("Performance.getMetrics")).metrics.map((m) => [m.name, m.value]));
  t.diagnostic(`layout shift ${shift.toFixed(4)}, ${nodes} elements, ${blocking} files block the first paint, ${metrics.TaskDuration.toFixed(2)} s of work for the main thread`);
  assert.ok(shift <= 0.1, `the layout shifts by ${shift}: ${JSON.stringify(shifts)}`);
  assert.ok(nodes <= 1500, `${nodes} elements`);
  assert.ok(blocking <= 3, `${blocking} files block the first paint`);
  assert.ok(metrics.TaskDuration > 0 && metrics.TaskDuration <= 1, `the main thread works for ${metrics.TaskDuration} s`);
  page.calm();
  await ctx.close();
});

test("it says what it is, and can be installed", async () => {
  const ctx = await keeping(browser);
  const page = await open(ctx, server.url);
  const about = await page.evaluate(() => ({
    language: document.documentElement.lang,
    mode: document.compatMode,
    charset: document.characterSet,
    title: document.title,
    description: document.querySelector("meta[name=description]")?.content ?? "",
    viewport: document.querySelector("meta[name=viewport]")?.content,
    themes: document.querySelectorAll("meta[name=theme-color]").length,
    headings: [...document.querySelectorAll("h1")].map((h) => h.textContent.trim()),
  }));
  assert.deepEqual({ ...about, description: about.description.length > 40 }, {
    language: "en", mode: "CSS1Compat", charset: "UTF-8", title: "Peel", description: true,
    viewport: "width=device-width, initial-scale=1", themes: 2, headings: ["Peel"],
  });
  const cdp = await ctx.newCDPSession(page);
  const { errors, data } = await cdp.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  for (const { src, type } of JSON.parse(data).icons) {
    const icon = await page.request.get(new URL(src, server.url).href);
    assert.equal(icon.headers()["content-type"], type, src);
  }
  // A test's browser window is a private one, which is all that may stand in the way.
  const { installabilityErrors } = await cdp.send("Page.getInstallabilityErrors");
  assert.deepEqual(installabilityErrors.map((e) => e.errorId).filter((id) => id !== "in-incognito"), []);
  page.calm();
  await ctx.close();
});

/** Asserts that axe-core finds nothing serious or critical, and returns the names of what it finds. rules: only these, or all. */
async function accessible(page, where, rules) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const found = await page.evaluate(async (rules) => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"], ...(rules ? { runOnly: rules } : {}) });
    return violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.map((n) => `${n.target.join(" ")}: ${n.failureSummary}`) }));
  }, rules);
  assert.deepEqual(found.filter((v) => v.impact === "serious" || v.impact === "critical"), [], where);
  return found.map((v) => `${where}: ${v.id}`);
}

for (const [width, height] of [[1280, 800], [390, 844]]) {
  test(`accessible at ${width} px, light and dark`, async (t) => {
    const ctx = await context(browser, { viewport: { width, height }, reducedMotion: "reduce" });
    const page = await open(ctx, server.url);
    const minor = [];
    const look = async (state) => {
      minor.push(...(await accessible(page, `${state}, ${width} px, light`)));
      await page.emulateMedia({ colorScheme: "dark" });
      minor.push(...(await accessible(page, `${state}, ${width} px, dark`, ["color-contrast"])));
      await page.emulateMedia({ colorScheme: "light" });
    };
    await page.locator("#setup details").evaluateAll((all) => all.forEach((d) => (d.open = true)));
    await look("start");
    await fill(page, { pace: "lesson" });
    await page.click("#extract");
    await queriesAbove(page, 500);
    await look("running");
    await page.selectOption("#live-pace", "full");
    await result(page);
    await page.locator("#scores table").waitFor({ timeout: PATIENCE });
    await page.click("#reveal-button");
    await page.locator("#reveal .pair").first().waitFor({ timeout: PATIENCE });
    await look("finished and revealed");
    await page.click("#reset");
    await page.getByRole("dialog").waitFor();
    await look("asked");
    if (minor.length > 0) t.diagnostic(`of little weight: ${minor.join(", ")}`);
    page.calm();
    await ctx.close();
  });
}
