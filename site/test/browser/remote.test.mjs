// A remote black box: a network that only the server has is attacked over HTTP,
// over a bad connection too, and every point is counted once.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { context, fill, launch, open, PATIENCE, queriesAbove, result } from "../help/browser.mjs";
import { FORMS, look } from "../help/look.mjs";
import { extractNatively, generateNatively, victimPath } from "../help/native.mjs";
import { proxy } from "../help/proxy.mjs";
import { serve } from "../help/serve.mjs";

const VICTIM = "mnist-784-8x2-1-s1";
let server, browser, sha256, small;
before(async () => {
  server = await serve();
  browser = await launch();
  const shipped = await (await fetch(`${server.url}models/index.json`)).json();
  sha256 = shipped.find((v) => v.name === VICTIM).sha256;
  await store(victimPath(VICTIM), sha256);
  small = await generateNatively("20-8x2-1", 3);
  small.sha256 = await hashOf(small.path);
  await store(small.path, small.sha256);
});
after(async () => {
  await small?.discard();
  await browser?.close();
  await server?.stop();
});

async function store(path, sha256, more = "") {
  const answer = await fetch(`${server.url}api/models/${sha256}?sealed=1${more}`, { method: "PUT", body: await readFile(path) });
  assert.equal(answer.status, 201, await answer.text());
}

/** The hash of the network in a file: the server says it when it is asked for another. */
async function hashOf(path) {
  const none = "0".repeat(64);
  const told = await (await fetch(`${server.url}api/models/${none}`, { method: "PUT", body: await readFile(path) })).json();
  return /[0-9a-f]{64}/.exec(told.detail.replace(none, ""))[0];
}

/** Points that the server has counted for this computer. */
const used = async (sha = sha256) => (await (await fetch(`${server.url}api/oracle/${sha}`)).json()).used;

/** Chooses the black box at an address. */
async function choose(page, address) {
  await page.getByRole("radio", { name: "Remote" }).check();
  await page.fill("#address", address);
  await page.locator("#address").blur();
}

test("a network that nobody has is attacked over a bad connection, and each point counts once", async () => {
  let n = 0;
  const bad = await proxy(server.url, (r) => r.method === "POST" && r.url.startsWith("/api/oracle/") && (++n % 100 === 7 ? "lose" : n % 100 === 57 ? "later" : ""));
  const ctx = await context(browser);
  const lost = [/ERR_EMPTY_RESPONSE/, /429/, /ERR_CONNECTION/];
  let page = await open(ctx, bad.url, { expected: lost });
  await choose(page, `${bad.url}api/oracle/${sha256}`);
  await page.locator("#about").getByText("784-8x2-1").waitFor();
  await fill(page, { seed: 7 });
  const before = await used();
  await page.click("#extract");
  const want = await extractNatively(victimPath(VICTIM), 7, ["--plain"]);
  assert.deepEqual(await result(page), { verdict: "Every weight recovered", digest: want.digest, queries: want.queries });
  assert.equal((await used()) - before, want.queries, "the server counted every point once");
  assert.ok(n < want.queries / 6, `${n} requests are not large ones`);
  await page.locator("#scores").getByText("Only the server has this network’s weights").waitFor();
  assert.ok(await page.locator("#reveal-button").isHidden());

  // The connection goes in the middle of a run, then the tab. Later it goes on.
  await page.click("#again");
  await choose(page, small.sha256);
  await fill(page, { seed: 8, pace: "slow" });
  await page.click("#extract");
  await queriesAbove(page, 30);
  await page.locator(".requests").getByText("until the answer").waitFor();
  bad.cut(true);
  await page.locator(".requests").getByText("Waiting to try again: No connection to the server").waitFor({ timeout: PATIENCE });
  await page.close();
  bad.cut(false);
  page = await open(ctx, bad.url, { expected: lost });
  await page.locator(".requests").waitFor(); // it asks again
  await page.selectOption("#live-pace", "full");
  const again = await extractNatively(small.path, 8, ["--plain"]);
  assert.equal((await result(page)).digest, again.digest);
  await ctx.close();
  await bad.stop();
});

test("a budget that is used up stops the run, which is kept; addresses that are no good get a sentence", async () => {
  const victim = await generateNatively("20-8x2-1", 4);
  const sha = await hashOf(victim.path);
  await store(victim.path, sha, "&budget=150");
  const ctx = await context(browser);
  const page = await open(ctx, server.url, { expected: [/404/, /429/] });
  for (const [address, words] of [["nonsense", "64 hex digits"], [`${"f".repeat(64)}`, "No model with this SHA-256"], [`http://127.0.0.1:1/api/oracle/${sha}`, "only ask the server that it came from"]]) {
    await choose(page, address);
    await page.locator("#error p").getByText(words).waitFor();
  }
  await choose(page, sha);
  await page.locator("#about").getByText("20-8x2-1").waitFor();
  await page.click("#extract");
  await page.locator("#error p").getByText("the run is kept and can be resumed then").waitFor({ timeout: PATIENCE });
  assert.ok((await used(sha)) <= 150);
  await page.getByRole("button", { name: /^Resume/ }).waitFor();
  await victim.discard();
  await ctx.close();
});

test("a class attacks a network that only the server has", async () => {
  const [own, other] = [await context(browser), await context(browser)];
  const teacher = await open(own, server.url);
  await teacher.getByRole("radio", { name: "Random" }).check();
  await teacher.fill("#sizes", "10-5x2-1");
  await teacher.click("#for-class");
  await teacher.check("#class-sealed");
  await teacher.locator("#class-public").getByText("nobody may read it").waitFor();
  await teacher.click("#class-open");
  const code = await teacher.locator("#room-code").innerText();
  const student = await open(other, server.url, { at: `r/${code}` });
  await student.locator("#room .facts").getByText("over HTTP").waitFor();
  await student.fill("#nickname", "Ada");
  await student.getByRole("button", { name: "Join", exact: true }).click();
  await student.fill("#room-seed", "5");
  await student.click("#room-start");
  const victim = await generateNatively("10-5x2-1", 1);
  const want = await extractNatively(victim.path, 5, ["--plain"]);
  assert.equal((await result(student)).digest, want.digest);
  await teacher.locator("#standings").getByText(want.digest.slice(0, 8)).waitFor();
  const room = await (await fetch(`${server.url}api/rooms/${code}`)).json();
  assert.equal(room.members[0].asked, want.queries, "the server counted for this member");
  student.calm();
  teacher.calm();
  await victim.discard();
  await own.close();
  await other.close();
});

for (const form of FORMS.filter((f) => (f.width < 500) !== (f.colorScheme === "dark"))) {
  const { width, height, colorScheme } = form;
  test(`a remote black box at ${width} px, ${colorScheme}`, async () => {
    const ctx = await context(browser, { viewport: { width, height }, colorScheme });
    const page = await open(ctx, server.url);
    await choose(page, `/api/oracle/${small.sha256}`);
    await page.locator("#about").getByText("20-8x2-1").waitFor();
    await look(page, form, "remote-1-form");
    await fill(page, { seed: 7, pace: "slow" });
    await page.click("#extract");
    await queriesAbove(page, 30);
    await page.locator(".requests").waitFor();
    await look(page, form, "remote-2-live");
    await page.selectOption("#live-pace", "full");
    await result(page);
    await page.locator("#scores").getByText("Only the server").waitFor();
    await look(page, form, "remote-3-result");
    page.calm();
    await ctx.close();
  });
}
