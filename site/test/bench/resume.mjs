// Measures a long run in a browser whose tab is closed halfway:
//
//	node site/test/bench/resume.mjs [--seed 1] [--workers 2] [VICTIM]
//
// VICTIM is the name of a victim that comes with Peel. One native thread attacks
// it first. In the browser the tab is closed after half that time; the next one
// goes on by itself from what was kept on disk. Both must end with the same digest.
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { context, fill, launch, open } from "../help/browser.mjs";
import { extractAnew, victimPath } from "../help/native.mjs";
import { serve } from "../help/serve.mjs";

/** The longest that a run may take, in milliseconds. */
const LIMIT = 1_800_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string", default: "1" }, workers: { type: "string", default: "2" } },
});
const victim = positionals[0] ?? "mnist-784-16x8-1-s1";
const seed = Number(values.seed);
const workers = Number(values.workers);

const since = (begin) => (performance.now() - begin) / 1000;

const native = await extractAnew(victimPath(victim), seed);
const server = await serve();
const browser = await launch();
try {
  const ctx = await context(browser, { reducedMotion: "reduce" });
  const first = await open(ctx, server.url);
  await fill(first, { victim, seed, workers });
  const begin = performance.now();
  await first.click("#extract");
  await first.waitForTimeout(native.seconds * 500);
  await first.close();
  const before = since(begin);

  const again = performance.now();
  const second = await open(ctx, server.url);
  second.setDefaultTimeout(LIMIT);
  await second.locator("#digest").waitFor();
  const after = since(again);
  const digest = await second.locator("#digest").textContent();
  if (digest !== native.digest) throw new Error(`${victim}: the digest is ${digest} in the browser and ${native.digest} natively`);
  second.calm();
  const cells = [victim, seed, native.queries, native.seconds, workers, before, after, before + after].map((v) => (typeof v === "number" && !Number.isInteger(v) ? v.toFixed(0) : v));
  console.log(`| victim | seed | queries | native, 1 thread | workers | until the tab was closed | from opening the next to the verdict | together |\n|---|---|---|---|---|---|---|---|\n| ${cells.join(" | ")} |`);
  console.log(`\nSeconds. The same digest. Load of the machine: ${loadavg()[0].toFixed(1)} after.`);
} finally {
  await browser.close();
  await server.stop();
}
