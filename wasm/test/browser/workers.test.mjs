// The workers in a real browser, without the page: one digest however a run is
// done, and nothing lost whatever breaks.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root, scratch } from "../help/bundle.mjs";
import { assets, build, launch, open, prepare, serve } from "../help/harness.mjs";

const victim = "/models/mnist-784-16x2-1-s1.safetensors";
const seed = 3;
/** Slow enough to be interrupted, quick enough to be waited for: the run asks about 22,000 queries. */
const slow = 9000;

const native = join(scratch(), "peel");
let server, browser, page, digest;

before(async () => {
  server = await serve(await build());
  execFileSync("go", ["build", "-o", native, "./core/cmd/peel"], { cwd: root });
  browser = await launch();
  page = await open(browser.context, server.url);
});

after(async () => {
  await browser?.context.close();
  server?.close();
});

/** Starts a run in a page and returns its id. */
const start = (page, opts, more = {}, file = victim) =>
  page.evaluate(
    async ([victim, seed, opts, more]) => {
      window.info = await scorer.inspect(await bytes(victim), "victim");
      events.length = 0;
      return conductor.start(specOf(info, seed, more), info.sealed, opts);
    },
    [file, seed, opts, more],
  );
const ended = (page, id) => page.evaluate((id) => window.ended(id), id);
const resume = (page, id, opts) =>
  page.evaluate(
    async ([victim, id, opts]) => {
      window.info = await scorer.inspect(await bytes(victim), "victim");
      await conductor.resume(id, info.sealed, opts);
    },
    [victim, id, opts],
  );
const list = (page) => page.evaluate(() => conductor.list());
const metaOf = async (page, id) => (await list(page)).runs.find((m) => m.id === id);
/** Waits until so many queries were shown. */
const reached = (page, queries) => page.waitForFunction((q) => (events.at(-1)?.queries ?? 0) >= q, queries);
const fails = (page, f, arg) =>
  page.evaluate(
    async ([source, arg]) => {
      try {
        await new Function("arg", `return (${source})(arg)`)(arg);
      } catch (e) {
        return e.message;
      }
      return "";
    },
    [f.toString(), arg],
  );

/** What the command line says for the same spec. */
function nativeDigest(victim, ...more) {
  const args = ["extract", "." + victim, "--seed", String(seed), "-o", join(scratch(), "out.safetensors"), ...more];
  const text = execFileSync(native, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return /digest\s+([0-9a-f]{64})/.exec(text)[1];
}

test("the native digest", () => {
  digest = nativeDigest(victim);
});

for (const workers of [1, 2, 5]) {
  test(`the same digest with ${workers} workers`, async () => {
    const id = await start(page, { workers });
    const end = await ended(page, id);
    assert.equal(end.status, "done", end.error);
    assert.equal(end.meta.digest, digest);
    const events = await page.evaluate(() => window.events);
    assert.equal(events[0].type, "start");
    assert.equal(events.at(-1).type, "done");
    assert.equal(events.at(-1).digest, digest);
    assert.ok(events.every((e, i) => i === 0 || e.queries >= events[i - 1].queries));
    assert.deepEqual((await page.evaluate((id) => conductor.events(id), id)).map((e) => e.type), events.map((e) => e.type));
  });
}

test("the same digest natively and here when every query is a full point", async () => {
  const id = await start(page, { workers: 2 }, { plain: true });
  assert.equal((await ended(page, id)).meta.digest, nativeDigest(victim, "--plain"));
});

test("the same digest natively and here for a classifier with ten outputs", async () => {
  const classifier = "/models/mnist-784-16x2-10-s1.safetensors";
  const id = await start(page, { workers: 2 }, {}, classifier);
  assert.equal((await ended(page, id)).meta.digest, nativeDigest(classifier));
});

test("the recovered network is scored and revealed without weights", async () => {
  const out = await page.evaluate(async ([victim, digest]) => {
    const { runs } = await conductor.list();
    const v = await bytes(victim);
    const r = await conductor.recovered(runs.find((m) => m.digest === digest).id);
    const again = await scorer.inspect(r, "recovered");
    const reveal = await scorer.reveal(v, r);
    const transparent = reveal.rows.some((row) => row.victim.rgba.some((b, i) => i % 4 === 3 && b !== 255));
    return { score: await scorer.score(v, r), reveal: { ...reveal, rows: reveal.rows.map(({ right, bits }) => ({ right, bits })) }, sizes: again.sizes, meta: again.meta, transparent };
  }, [victim, digest]);
  assert.deepEqual(out.sizes, [784, 16, 16, 1]);
  assert.equal(out.meta.digest, digest);
  assert.equal(out.transparent, false);
  assert.equal(out.reveal.rows.length, 16);
  assert.ok(out.reveal.rows.every((row) => row.right && row.bits > 26));
  assert.deepEqual(out.reveal.bounds.map((b) => b.why), ["", ""]);
  // [0,1]^784 holds the uniform inputs and the images, the ball the normal ones.
  for (const s of out.reveal.samples) {
    const { set, epsilon } = out.reveal.bounds[s.inputs === "normal" ? 1 : 0];
    assert.ok(s.maxDiff <= epsilon && epsilon < 1e-6 * s.maxAbs, `${s.inputs}: ${s.maxDiff}, ${set}: ${epsilon}`);
  }
  for (const s of out.score.samples) assert.ok(s.maxDiff <= 1e-7 * s.maxAbs, `${s.inputs}: ${s.maxDiff} of ${s.maxAbs}`);
});

test("a random victim is the one that the command line makes", async () => {
  const text = execFileSync(native, ["gen", "10-5x2-1", "--seed", "8", "-o", join(scratch(), "victim.safetensors")], { cwd: root, encoding: "utf8" });
  const made = await page.evaluate(async () => {
    const { bytes, info } = await scorer.random([10, 5, 5, 1], 8);
    const again = await scorer.inspect(bytes, "again");
    return { sha256: info.sha256, again: again.sha256, name: info.name };
  });
  assert.equal(made.sha256, /[0-9a-f]{64}/.exec(text)[0]);
  assert.equal(made.again, made.sha256);
  assert.equal(made.name, "random-10-5-5-1-s8");
});

test("a hand that dies costs nothing but a notice", async () => {
  const id = await start(page, { workers: 2, pace: slow });
  await reached(page, 2000);
  await page.evaluate(() => conductor.killHand(0));
  const end = await ended(page, id);
  assert.equal(end.meta.digest, digest);
  const notices = await page.evaluate(() => window.notices.splice(0));
  assert.equal(notices.length, 1);
  assert.equal(notices[0].kind, "worker");
});

test("hands that die again and again end the run with a sentence, and it can be resumed", async () => {
  const id = await start(page, { workers: 1, pace: 1 });
  const killing = await page.evaluateHandle(() => setInterval(() => conductor.killHand(0), 500));
  const end = await ended(page, id);
  await killing.evaluate((timer) => clearInterval(timer));
  assert.equal(end.status, "failed");
  assert.match(end.error, /stopped 5 times in a row.*resume/);
  await page.evaluate((id) => {
    delete ends[id];
    notices.length = 0;
  }, id);
  await resume(page, id, { workers: 2 });
  assert.equal((await ended(page, id)).meta.digest, digest);
});

test("pausing stops questions and the clock", async () => {
  const id = await start(page, { workers: 2, pace: slow });
  await reached(page, 2000);
  await page.evaluate(() => conductor.pause());
  const before = await metaOf(page, id);
  assert.equal(before.status, "paused");
  const shown = await page.evaluate(() => events.length);
  await page.waitForTimeout(600);
  assert.equal(await page.evaluate(() => events.length), shown);
  await page.evaluate(() => conductor.continue());
  assert.equal((await metaOf(page, id)).status, "running");
  await page.evaluate(() => conductor.pace(0));
  const end = await ended(page, id);
  assert.equal(end.meta.digest, digest);
  const elapsed = (end.meta.updated - end.meta.created) / 1000;
  assert.ok(end.meta.seconds < elapsed - 0.5, `${end.meta.seconds} active of ${elapsed} seconds`);
});

test("a run that was cancelled goes on from where it was", async () => {
  const id = await start(page, { workers: 2, pace: slow });
  await reached(page, 5000);
  await page.evaluate(() => conductor.cancel());
  const m = await metaOf(page, id);
  assert.equal(m.status, "paused");
  assert.ok(m.queries >= 5000);
  await page.evaluate(() => (events.length = 0));
  await resume(page, id, { workers: 1 });
  const end = await ended(page, id);
  assert.equal(end.meta.digest, digest);
  assert.ok(end.meta.seconds > m.seconds);
  const first = await page.evaluate(() => events[0]);
  assert.ok(first.type === "start" && first.resumed);
});

test("a closed tab, then two tabs on one run", async () => {
  const one = await open(browser.context, server.url);
  const id = await start(one, { workers: 2, pace: slow });
  await reached(one, 3000);
  await one.close();

  const two = await open(browser.context, server.url);
  await two.waitForFunction(async (id) => (await conductor.list()).runs.some((m) => m.id === id && !m.elsewhere), id);
  await resume(two, id, { workers: 2, pace: slow });
  const there = await metaOf(page, id);
  assert.equal(there.elsewhere, true);
  const why = await fails(page, async (id) => {
    const info = await scorer.inspect(await bytes("/models/mnist-784-16x2-1-s1.safetensors"), "victim");
    await conductor.resume(id, info.sealed, { workers: 1 });
  }, id);
  assert.match(why, /going on in another tab/);
  assert.match(await fails(page, (id) => conductor.remove(id), id), /going on in another tab/);

  await page.evaluate((id) => {
    window.seen = [];
    window.watcher = new peel.Watcher(id, { event: (e) => seen.push(e), end: (e) => (window.watchedEnd = e) });
  }, id);
  const end = await ended(two, id);
  assert.equal(end.meta.digest, digest);
  await page.waitForFunction(() => window.watchedEnd);
  const [seen, done] = [await page.evaluate(() => seen.map((e) => e.type)), await two.evaluate(() => events.map((e) => e.type))];
  assert.deepEqual(seen, done);
  await two.close();
});

test("bad input is refused with one sentence", async () => {
  const cases = {
    "not a network": [async () => scorer.inspect(new ArrayBuffer(10), "x"), /not a network file/],
    "a file of absurd size": [async () => scorer.inspect(new ArrayBuffer(400e6), "x"), /400 MB/],
    "another victim": [
      async () => {
        const a = await scorer.inspect(await bytes("/models/mnist-784-16x2-1-s1.safetensors"), "a");
        const b = await scorer.inspect(await bytes("/models/mnist-784-16x2-1-s2.safetensors"), "b");
        await conductor.start(specOf(a, 1), b.sealed, { workers: 1 });
      },
      /not the victim that the run is about/,
    ],
    "a bad seed": [async () => conductor.start({ victim: info, sizes: info.sizes, seed: -1 }, info.sealed, { workers: 1 }), /seed/],
    "a bad architecture": [async () => conductor.start({ victim: info, sizes: [784, 1], seed: 1 }, info.sealed, { workers: 1 }), /impossible architecture/],
    "no workers": [async () => conductor.start(specOf(info, 1), info.sealed, { workers: 0 }), /from 1 to 64/],
    "an unknown run": [async () => conductor.resume("nowhere", info.sealed, { workers: 1 }), /no such run/],
    "an absurd random victim": [async () => scorer.random([1e9, 2, 1], 1), /impossible architecture/],
  };
  for (const [name, [f, pattern]] of Object.entries(cases)) {
    const message = await fails(page, f);
    assert.match(message, pattern, name);
    assert.doesNotMatch(message, /\n/, name);
  }
});

test("a budget that runs out ends the run honestly", async () => {
  const id = await start(page, { workers: 2 }, { budget: 5000 });
  const end = await ended(page, id);
  assert.equal(end.status, "done", end.error);
  assert.ok(!end.meta.complete && end.meta.queries <= 5000, `${end.meta.queries} queries`);
  assert.ok(end.meta.message || end.meta.warnings.length > 0);
});

test("a scorer whose program dies is started anew", async () => {
  const why = await page.evaluate(async (assets) => {
    // Stands in for Go's death of a want of memory: the program ends.
    const url = URL.createObjectURL(new Blob([`self.addEventListener("message", (m) => { if (m.data.method === "random" && m.data.params.seed === 13) { m.stopImmediatePropagation(); postMessage({ gone: "gone" }); } }); importScripts(${JSON.stringify(new URL(assets.scorer, location.href).href)});`]));
    const s = new peel.Scorer({ ...assets, scorer: url });
    const why = await s.random([4, 3, 1], 13).catch((e) => e.message);
    const { info } = await s.random([4, 3, 1], 14);
    return [why, info.params];
  }, assets);
  assert.deepEqual(why, ["gone", 19]);
});

test("a deleted run is gone", async () => {
  const { runs } = await list(page);
  for (const m of runs) await page.evaluate((id) => conductor.remove(id), m.id);
  assert.equal((await list(page)).runs.length, 0);
  assert.match(await fails(page, (id) => conductor.recovered(id), runs[0].id), /no such run/);
});

test("without IndexedDB the run goes on in memory, with a notice", async () => {
  const other = await open(browser.context, server.url);
  await other.route("**/conductor.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: 'Object.defineProperty(self, "indexedDB", { value: undefined });\n' + (await response.text()) });
  });
  await other.evaluate((assets) => {
    conductor.close();
    window.conductor = new peel.Conductor({ ...assets });
    conductor.onEvent((id, e) => events.push(e));
    conductor.onNotice((n) => notices.push(n));
    conductor.onEnd((id, end) => (ends[id] = end));
  }, assets);
  const id = await start(other, { workers: 2 });
  assert.equal((await ended(other, id)).meta.digest, digest);
  const { storage, runs } = await list(other);
  assert.equal(storage.kind, "memory");
  assert.match(storage.warning, /export/);
  assert.equal(runs.length, 1);
  assert.deepEqual((await other.evaluate(() => notices)).map((n) => n.kind), ["storage"]);
  assert.ok((await other.evaluate(async (id) => (await conductor.recovered(id)).byteLength, id)) > 8 * 12849);
  await other.close();
});

test("when the disk is full the run goes on in memory, with a notice", async () => {
  const small = await launch(); // browsers remember for a while how much room there was
  const other = await small.context.newPage();
  const devtools = await small.context.newCDPSession(other);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: new URL(server.url).origin, quotaSize: 1 });
  await prepare(other, server.url);
  const id = await start(other, { workers: 2 });
  const end = await ended(other, id);
  assert.equal(end.meta.digest, digest);
  const notices = await other.evaluate(() => notices);
  assert.deepEqual(notices.map((n) => n.kind), ["storage"], JSON.stringify(notices));
  assert.match(notices[0].message, /goes on in memory/);
  assert.ok((await other.evaluate(async (id) => (await conductor.recovered(id)).byteLength, id)) > 8 * 12849);
  await small.context.close();
});
