// Measures the attack in a browser against the command line and prints a
// Markdown table:
//
//	node site/test/bench/browser.mjs [--runs 3] [VICTIM…]
//
// VICTIM is the name of a victim that comes with Peel, or the sizes of a random
// one. Each is attacked by one native thread, by one worker in Chromium and by
// two, in turn, so that what else the machine does hits all alike. In the
// browser the time is from the click to the verdict, workers started and
// results kept on disk; less motion is asked for, because the page otherwise
// holds events back for the eye. All three must end with the same digest.
//
// Two processors do not always do twice the work of one: they may share a core
// or its memory, and a busy core is slower. The last column says what there is to
// gain on this machine: the work of two independent native runs over the time of
// both at once.
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { context, fill, launch, open } from "../help/browser.mjs";
import { extractAnew, generateNatively, victimPath } from "../help/native.mjs";
import { serve } from "../help/serve.mjs";

const SEED = 3;
/** The longest that a run may take, in milliseconds. */
const LIMIT = 600_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "3" } },
});
const runs = Number(values.runs);
const victims = positionals.length > 0 ? positionals : ["mnist-784-16x2-1-s1", "mnist-784-64x2-1-s1", "784-160x2-1"];

/** The file of a victim, made if it is random, and how to get rid of it. */
async function find(name) {
  if (/^\d/.test(name)) return generateNatively(name, 5);
  return { path: victimPath(name), discard: async () => {} };
}

/** Seconds from the click to the verdict in a new browser context, and the digest. */
async function inBrowser(browser, url, name, path, workers) {
  const ctx = await context(browser, { reducedMotion: "reduce" });
  const page = await open(ctx, url);
  if (/^\d/.test(name)) {
    await page.getByRole("radio", { name: "Your own" }).check();
    await page.setInputFiles("#file", path);
    await page.locator("#about", { hasText: name }).waitFor();
  } else {
    await fill(page, { victim: name });
  }
  await fill(page, { seed: SEED, workers });
  page.setDefaultTimeout(LIMIT);
  const seconds = await page.evaluate(() => new Promise((resolve) => {
    const result = document.getElementById("result");
    const begin = performance.now();
    new MutationObserver(() => result.hidden || resolve((performance.now() - begin) / 1000)).observe(result, { attributes: true });
    document.getElementById("extract").click();
  }));
  const digest = await page.locator("#digest").textContent();
  page.calm();
  await ctx.close();
  return { seconds, digest };
}

const sorted = (times) => [...times].sort((a, b) => a - b);
const median = (times) => {
  const t = sorted(times);
  return (t[Math.floor((t.length - 1) / 2)] + t[Math.ceil((t.length - 1) / 2)]) / 2;
};
const told = (times) => `${median(times).toFixed(2)} (${sorted(times)[0].toFixed(2)}–${sorted(times).at(-1).toFixed(2)})`;

async function measure(browser, url, name) {
  const { path, discard } = await find(name);
  const times = { native: [], one: [], two: [], pair: [] };
  try {
    for (let run = 0; run < runs; run++) {
      const ends = {
        native: await extractAnew(path, SEED),
        one: await inBrowser(browser, url, name, path, 1),
        two: await inBrowser(browser, url, name, path, 2),
      };
      for (const [how, end] of Object.entries(ends)) {
        if (end.digest !== ends.native.digest) throw new Error(`${name}: the digest is ${end.digest} with ${how} and ${ends.native.digest} natively`);
        times[how].push(end.seconds);
      }
      const pair = await Promise.all([extractAnew(path, SEED), extractAnew(path, SEED)]);
      times.pair.push(Math.max(...pair.map((end) => end.seconds)));
    }
  } finally {
    await discard();
  }
  const [n, one, two] = [median(times.native), median(times.one), median(times.two)];
  const cells = [name, told(times.native), told(times.one), (one / n).toFixed(1), told(times.two), (two / n).toFixed(1), (one / two).toFixed(2), ((2 * n) / median(times.pair)).toFixed(2)];
  console.log(`| ${cells.join(" | ")} |`);
}

const load = () => loadavg()[0].toFixed(1);
const before = load();
const server = await serve();
const browser = await launch();
try {
  console.log(`Seconds, median of ${runs} (range), seed ${SEED}, Chromium ${browser.version()}, ${cpus().length} processors:\n`);
  console.log("| victim | native, 1 thread | 1 worker | ÷ native | 2 workers | ÷ native | 1 ÷ 2 workers | most to gain |");
  console.log("|---|---|---|---|---|---|---|---|");
  for (const name of victims) await measure(browser, server.url, name);
  console.log(`\nLoad of the machine: ${before} before, ${load()} after (a run with two workers adds about 2).`);
} finally {
  await browser.close();
  await server.stop();
}
