// Without the network: everything works after the first visit, a new version
// never interrupts a run, and all that is kept can be deleted.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { serveBare } from "../help/bare.mjs";
import { context, fill, keeping, launch, open, PATIENCE, queriesAbove, result } from "../help/browser.mjs";
import { builtVersion, laterBuild } from "../help/dist.mjs";
import { extractNatively, victimPath } from "../help/native.mjs";
import { root } from "../help/serve.mjs";

const dist = join(root, "site", "dist");
const KEPT = "Kept in this browser: it also opens without the network.";

let browser, native, host;
before(async () => {
  browser = await launch();
  native = await extractNatively(victimPath(), 7);
});
after(() => browser?.close());

/** Opens Peel on a host of its own and waits until it is kept. */
async function firstVisit(ctx) {
  host = await serveBare(dist);
  const page = await open(ctx, host.url);
  await page.getByText(KEPT).waitFor({ timeout: PATIENCE });
  return page;
}

const version = (page) => page.locator("#version").textContent();
const cacheNames = (page) => page.evaluate(() => caches.keys());

test("with the network cut after the first visit: a run, a reload, a resume, a comparison, another victim", async () => {
  const ctx = await keeping(browser);
  try {
    const page = await firstVisit(ctx);
    await host.cut();
    await fill(page, { seed: 7, workers: 2, pace: "slow" });
    await page.click("#extract");
    await queriesAbove(page, 2000);
    await page.reload(); // in the middle of the run, which goes on by itself
    await page.locator("#notices .notice", { hasText: "interrupted" }).waitFor({ timeout: PATIENCE });
    await page.selectOption("#live-pace", "full");
    assert.equal((await result(page)).digest, native.digest);
    await page.locator("#scores table").waitFor({ timeout: PATIENCE });
    await page.click("#reveal-button");
    await page.locator("#reveal .pair").first().waitFor({ timeout: PATIENCE });
    await page.getByText(KEPT).waitFor();

    // A tab that was never open before, at an address with a query and a fragment.
    const second = await ctx.newPage();
    await second.goto(`${host.url}?embed#v1.x`);
    await second.locator("#extract").waitFor({ timeout: PATIENCE });
    await fill(second, { victim: "mnist-784-8x2-1-s1" });
    await second.click("#extract");
    assert.equal((await result(second)).verdict, "Every weight recovered");
    page.calm();
  } finally {
    await ctx.close();
    await host.cut();
  }
});

test("what is kept is what the build listed: no answers, no queries, no fragments", async () => {
  const ctx = await keeping(browser);
  try {
    const page = await firstVisit(ctx);
    const asked = await page.evaluate(async () => {
      const status = async (path) => (await fetch(path)).status;
      return [await status("api/experiments"), await status("api/models/index.json"), await status("models/index.json?x=1#y"), await status("assets/no-such.js")];
    });
    assert.deepEqual(asked, [404, 404, 200, 404]);
    await page.goto(`${host.url}?embed#secret`);
    await page.locator("#extract").waitFor();
    const kept = await page.evaluate(async () => {
      const [name, ...more] = await caches.keys();
      return { more, urls: (await (await caches.open(name)).keys()).map((r) => r.url) };
    });
    assert.deepEqual(kept.more, []);
    assert.deepEqual(kept.urls.filter((u) => /[?#]|\/api\/|\.(br|wasm\.gz)$|sw\.js/.test(u)), []);
    assert.ok(kept.urls.includes(host.url) && kept.urls.some((u) => u.endsWith(".wasm")) && kept.urls.length > 20);
    // Nothing of api/ is answered without the network either.
    await host.cut();
    assert.equal(await page.evaluate(() => fetch("api/experiments").then(() => "answered", () => "failed")), "failed");
  } finally {
    await ctx.close();
    await host.cut();
  }
});

test("what is kept keeps the policy that the host sent with it, and only ?embed may be framed", async () => {
  const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:";
  const host = await serveBare(dist);
  host.headers = { "content-security-policy": `${policy}; frame-ancestors 'none'` };
  const ctx = await keeping(browser);
  try {
    const page = await open(ctx, host.url);
    await page.getByText(KEPT).waitFor({ timeout: PATIENCE });
    await host.cut();
    const asked = ["./", "./?embed", "./?embed=1#x", "models/index.json"];
    const kept = await page.evaluate((asked) => Promise.all(asked.map(async (path) => (await fetch(path)).headers.get("content-security-policy"))), asked);
    assert.deepEqual(kept, [`${policy}; frame-ancestors 'none'`, policy, policy, `${policy}; frame-ancestors 'none'`]);
    page.calm();
  } finally {
    await ctx.close();
    await host.cut();
  }
});

/** Has the browser look for a new version now, and waits until it is filled in. other: another one than now waits. */
const newVersion = (page, other = false) => page.evaluate(async (other) => {
  const registration = await navigator.serviceWorker.ready;
  const before = other ? registration.waiting : null;
  await registration.update();
  while (!registration.waiting || registration.waiting === before) await new Promise((resolve) => setTimeout(resolve, 50));
}, other);

test("a new version waits for the end of the run, and for a click", async (t) => {
  const later = await laterBuild("0123abcd");
  const ctx = await keeping(browser);
  try {
    const page = await firstVisit(ctx);
    const before = await version(page);
    assert.equal(before, await builtVersion());
    await fill(page, { seed: 7, workers: 1, pace: "slow" });
    await page.click("#extract");
    await queriesAbove(page, 1000);
    host.folder = later.path;
    // The browser looks for a new version, finds it and fills it in while the run goes on.
    await newVersion(page);
    await page.waitForTimeout(1500); // longer than the page looks away
    assert.equal(await page.locator("#update").count(), 0, "nothing is offered during a run");
    await page.selectOption("#live-pace", "full");
    assert.equal((await result(page)).digest, native.digest);
    await page.locator("#update").waitFor({ timeout: PATIENCE });

    // Not now: the version stays, a reload too, and the offer comes again.
    await page.getByRole("button", { name: "Later" }).click();
    await page.reload();
    await page.locator("#update").waitFor({ timeout: PATIENCE });
    assert.equal(await version(page), before);

    // A run that began under the offer is not interrupted by accepting it.
    await fill(page, { seed: 3, pace: "slow" });
    await page.click("#extract");
    await queriesAbove(page, 100);
    await page.getByRole("button", { name: "Update" }).click();
    await page.getByText("It waits until the run has ended.").waitFor();
    await page.click("#cancel");
    await page.getByText("A new version of Peel is ready.", { exact: true }).waitFor({ timeout: PATIENCE });
    // A version that is overtaken before it took over is nobody's.
    const newest = await laterBuild("89abcdef");
    t.after(() => newest.discard());
    host.folder = newest.path;
    await newVersion(page, true);
    const reloaded = page.waitForEvent("load");
    await page.getByRole("button", { name: "Update" }).click();
    await reloaded;
    await page.locator("#extract").waitFor();
    assert.equal(await version(page), "89abcdef");
    assert.equal(await page.locator("#update").count(), 0);
    // The version before stays for tabs that still show it, older ones go.
    assert.deepEqual(await cacheNames(page), [`peel / ${before}`, "peel / 89abcdef"]);
    page.calm();
  } finally {
    await ctx.close();
    await host.cut();
    await later.discard();
  }
});

test("when all tabs are closed, the new version is there without a question", async () => {
  const later = await laterBuild("4567cdef");
  const ctx = await keeping(browser);
  try {
    let page = await firstVisit(ctx);
    host.folder = later.path;
    await newVersion(page);
    await page.close();
    await ctx.newPage(); // a browser without Peel in it
    await host.cut();
    // The browser notices within a moment that nobody uses the old version.
    for (let i = 0; i < 50; i++) {
      page = await open(ctx, host.url);
      if ((await version(page)) === "4567cdef") break;
      await page.close();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(await version(page), "4567cdef");
  } finally {
    await ctx.close();
    await host.cut();
    await later.discard();
  }
});

test("local data is reset only after a question, not during a run, and it says what it did", async () => {
  const ctx = await keeping(browser);
  try {
    const page = await firstVisit(ctx);
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: "Switch to dark colours" }).click();
    await page.getByRole("radio", { name: "Random" }).check();
    await fill(page, { pace: "lesson" });
    await page.click("#extract");
    await queriesAbove(page, 0);
    await page.click("#reset");
    assert.match(await dialog.innerText(), /A run is going on or paused/);
    await page.keyboard.press("Enter");
    await page.selectOption("#live-pace", "full");
    await page.locator("#verdict").waitFor({ timeout: PATIENCE });

    const other = await open(ctx, host.url);
    await page.bringToFront();
    await page.click("#reset");
    assert.match(await dialog.innerText(), /open in another tab/);
    await page.keyboard.press("Enter");
    await other.close();

    const kept = () => page.evaluate(async () => ({
      databases: (await indexedDB.databases()).map((d) => d.name).sort(),
      caches: (await caches.keys()).length,
      workers: (await navigator.serviceWorker.getRegistrations()).length,
      choices: Object.keys(localStorage).filter((k) => k.startsWith("peel-")).length,
    }));
    await page.waitForFunction(async () => (await navigator.locks.query()).held.filter((l) => l.name === "peel-page").length === 1);
    await page.click("#reset");
    await dialog.waitFor();
    await page.keyboard.press("Enter"); // the first button keeps everything
    const before = await kept();
    assert.deepEqual({ ...before, choices: before.choices > 0 }, { databases: ["peel", "peel-victims"], caches: 1, workers: 1, choices: true });

    await page.evaluate(() => localStorage.setItem("foreign", "stays"));
    await page.click("#reset");
    await dialog.getByRole("button", { name: "Reset" }).click();
    await page.getByText("Local data was reset").waitFor({ timeout: PATIENCE });
    const said = await dialog.innerText();
    for (const want of [/victims: deleted \(peel, peel-victims\)/, /without the network: deleted \(1 version\)/, /choices: deleted/]) assert.match(said, want);
    assert.deepEqual(await kept(), { databases: [], caches: 0, workers: 0, choices: 0 });
    assert.equal(await page.evaluate(() => localStorage.getItem("foreign")), "stays");
    await page.getByRole("button", { name: "Load Peel again" }).click();
    await page.locator("#extract").waitFor();
    assert.ok(await page.locator("#past").isHidden());
    page.calm();
  } finally {
    await ctx.close();
    await host.cut();
  }
});

test("files that are not what was built are not kept, and the page works all the same", async () => {
  const spoilt = await laterBuild("0a1b2c3d");
  await writeFile(join(spoilt.path, "models", "mnist-784-8x2-1-s1.safetensors"), "Log in to this network");
  const host = await serveBare(spoilt.path);
  const ctx = await keeping(browser);
  try {
    const page = await open(ctx, host.url);
    await page.getByText("A reload tries again.").waitFor({ timeout: PATIENCE });
    assert.deepEqual(await cacheNames(page), []);
    await page.click("#extract");
    assert.equal((await result(page)).digest, native.digest);
    page.calm();
  } finally {
    await ctx.close();
    await host.cut();
    await spoilt.discard();
  }
});

test("where a browser refuses to keep Peel, it says so and works", async () => {
  const host = await serveBare(dist);
  const ctx = await context(browser);
  try {
    const page = await open(ctx, host.url, {
      prepare: () => {
        navigator.serviceWorker.register = () => Promise.reject(new DOMException("The operation is insecure.", "SecurityError"));
        Object.defineProperty(window, "caches", { get: () => { throw new DOMException("The operation is insecure.", "SecurityError"); } });
      },
    });
    await page.getByText("Not kept for use without the network").waitFor();
    await page.click("#extract");
    assert.equal((await result(page)).digest, native.digest);
    page.calm();
  } finally {
    await ctx.close();
    await host.cut();
  }
});
