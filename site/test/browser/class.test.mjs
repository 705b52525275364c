// A class: a room is opened, students join and run, everybody sees how far
// everybody is; and what becomes of rooms that are no good.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import decodeQR from "qr/decode.js";
import { context, fill, launch, open, PATIENCE, queriesAbove, result } from "../help/browser.mjs";
import { FORMS, look } from "../help/look.mjs";
import { extractNatively, generateNatively, victimPath } from "../help/native.mjs";
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

/** Fills and sends the dialog behind "For a class". Returns the room's code. */
async function openRoom(page, { title = "", seeds = "own" } = {}) {
  await page.click("#for-class");
  await page.fill("#class-title", title);
  await page.selectOption("#class-seeds", seeds);
  await page.click("#class-open");
  return page.locator("#room-code").innerText();
}

async function join(ctx, code, nickname, options) {
  const page = await open(ctx, server.url, { at: `r/${code}`, ...options });
  await page.fill("#nickname", nickname);
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.locator("#room-start").waitFor();
  return page;
}

const line = (page, nickname) => page.locator("#standings li").filter({ hasText: nickname });
const chip = (page, nickname, text) => line(page, nickname).locator(".chip").getByText(text, { exact: true }).waitFor({ timeout: PATIENCE });

test("a class from the form to the fastest, and again after a reset", async () => {
  const [own, first, second] = [await context(browser), await context(browser), await context(browser)];
  const teacher = await open(own, server.url);
  await fill(teacher, { victim: VICTIM, seed: 5 });
  await teacher.click("#for-class");
  assert.match(await teacher.locator("#class-public").innerText(), /everybody who has its code.*nicknames/);
  await teacher.keyboard.press("Escape");
  const code = await openRoom(teacher, { title: "<b>Year</b> 12 & more" });
  assert.equal(await teacher.locator("#room-title").innerText(), "<b>Year</b> 12 & more");
  const link = await teacher.locator("#room-link").innerText();
  assert.equal(link, `${server.url}r/${code}`);
  const png = await teacher.locator("#room .qr").evaluate(async (svg) => {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
    await image.decode();
    const g = Object.assign(document.createElement("canvas"), { width: 300, height: 300 }).getContext("2d");
    g.drawImage(image, 0, 0, 300, 300);
    return Array.from(g.getImageData(0, 0, 300, 300).data);
  });
  assert.equal(decodeQR({ width: 300, height: 300, data: Uint8ClampedArray.from(png) }), link);

  // Ada comes by the link and is slow, <i>Bob</i> types the code and is not.
  const ada = await join(first, code, "Ada");
  assert.match(await ada.locator("#room .facts").innerText(), new RegExp(`${VICTIM}[^]*784-8x2-1`));
  await ada.selectOption("#room-pace", "slow");
  await ada.fill("#room-seed", "3");
  await ada.click("#room-start");
  const bob = await open(second, server.url);
  await bob.click("#for-class");
  await bob.fill("#class-code", code.toLowerCase());
  await bob.click("#class-join button");
  await bob.fill("#nickname", "ada");
  await bob.getByRole("button", { name: "Join", exact: true }).click();
  await bob.locator("#room-trouble").getByText("choose another").waitFor();
  await bob.fill("#nickname", "<i>Bob</i>");
  await bob.getByRole("button", { name: "Join", exact: true }).click();
  await bob.fill("#room-seed", "7");
  await bob.click("#room-start");

  await chip(teacher, "Ada", "running");
  await chip(teacher, "<i>Bob</i>", "complete");
  const { digest, queries } = await extractNatively(victimPath(VICTIM), 7);
  assert.equal((await result(bob)).digest, digest, "an ordinary run");
  const row = await line(teacher, "<i>Bob</i>").innerText();
  assert.ok(row.includes(digest.slice(0, 8)) && row.includes(`${queries.toLocaleString("en-US")} queries`) && row.includes("16 of 16 neurons"), row);
  assert.match(await teacher.locator(".best").innerText(), /<i>Bob<\/i>\s+fastest: [^]*<i>Bob<\/i>\s+most frugal: /);
  await chip(bob, "Ada", "running"); // students see each other

  // A tab that is closed in the middle goes on when it is opened again.
  await queriesAbove(ada, 3000);
  await ada.close();
  const back = await open(first, server.url, { at: `r/${code}` });
  await back.selectOption("#live-pace", "full");
  await result(back);
  await chip(teacher, "Ada", "complete");
  assert.equal(await teacher.locator("#standings li").first().getAttribute("data-member"), await line(teacher, "<i>Bob</i>").getAttribute("data-member"), "the fastest stands first");

  // After a reset the old runs do not count; a new one does. All of them stay in the list.
  await teacher.click("#room-reset");
  await teacher.locator("dialog .danger").click();
  await chip(teacher, "Ada", "has not started");
  await back.locator("#room-trouble").getByText("reset the room").waitFor();
  await back.click("#again");
  await back.click("#room-start");
  await result(back);
  await chip(teacher, "Ada", "complete");
  await back.waitForFunction(() => document.querySelectorAll("#past li").length === 2);
  assert.equal(await line(teacher, "<i>Bob</i>").locator(".chip").innerText(), "has not started");

  // Bob is removed, and Ada leaves.
  await line(teacher, "<i>Bob</i>").getByRole("button").click();
  await bob.locator("#nickname").waitFor();
  await back.click("#room-leave");
  await teacher.getByText("Nobody has joined yet").waitFor();
  assert.equal(new URL(back.url()).hash, "");

  // The teacher ends the room: whoever is there is told.
  const carol = await join(second, code, "Carol");
  await teacher.click("#room-end");
  await teacher.locator("dialog .danger").click();
  await teacher.locator("#room-says").getByText("This room is over").waitFor();
  await carol.locator("#room-says").getByText("This room is over").waitFor();
  await carol.click("#room-leave");
  await carol.locator("#extract").waitFor();
  for (const ctx of [own, first, second]) await ctx.close();
});

test("a random network is stored for everybody, and all may have the same seed", async () => {
  const [own, other] = [await context(browser), await context(browser)];
  const teacher = await open(own, server.url);
  await teacher.getByRole("radio", { name: "Random" }).check();
  await teacher.fill("#sizes", "10-5x2-1");
  await fill(teacher, { seed: 11 });
  const code = await openRoom(teacher, { seeds: "same" });
  const student = await join(other, code, "Eve");
  assert.ok(await student.locator("#room-seed").isHidden());
  await student.click("#room-start");
  const victim = await generateNatively("10-5x2-1", 1);
  assert.equal((await result(student)).digest, (await extractNatively(victim.path, 11)).digest);
  await chip(teacher, "Eve", /complete|in part/);
  student.calm();
  await victim.discard();
  for (const ctx of [own, other]) await ctx.close();
});

test("rooms that are no good get a sentence, and a run goes on without the server", async () => {
  const ctx = await context(browser);
  const gone = [/404/, /ERR_FAILED/, /ERR_INTERNET/, /409/];
  const page = await open(ctx, server.url, { at: "#room=nonsense", expected: gone });
  await page.locator("#room-says").getByText("is not a code of a room").waitFor();
  await page.evaluate(() => (location.hash = "room=ZZZZZZ"));
  await page.locator("#room-says").getByText("There is no room ZZZZZZ").waitFor();
  await page.click("#room-leave");
  await page.locator("#extract").waitFor();

  const code = await openRoom(page);
  const other = await context(browser);
  const student = await join(other, code, "Ada", { expected: gone });
  await student.selectOption("#room-pace", "slow");
  await student.click("#room-start");
  await queriesAbove(student, 100);
  await student.route("**/api/**", (r) => r.abort());
  await student.locator("#room-trouble").getByText("The server does not answer").waitFor({ timeout: PATIENCE });
  const before = await student.locator("#queries").first().innerText();
  await student.waitForFunction((n) => document.querySelector("#queries").textContent !== n, before);
  await student.unroute("**/api/**");
  await student.selectOption("#live-pace", "full");
  await student.locator("#room-trouble").waitFor({ state: "hidden", timeout: PATIENCE });
  await result(student);
  await chip(page, "Ada", "complete");

  // A full room says so.
  const joined = await page.evaluate(async (code) => {
    const all = Array.from({ length: 119 }, (_, i) => fetch(`api/rooms/${code}/members`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ nickname: `n${i}` }) }));
    return (await Promise.all(all)).filter((r) => r.status === 201).length;
  }, code);
  assert.equal(joined, 119);
  const late = await open(await context(browser), server.url, { at: `#room=${code}`, expected: gone });
  await late.fill("#nickname", "Zoe");
  await late.getByRole("button", { name: "Join", exact: true }).click();
  await late.locator("#room-trouble").getByText("120 members already").waitFor();
  await late.context().close();
  for (const c of [ctx, other]) await c.close();
});

test("a page without a server offers no class", async () => {
  const ctx = await context(browser);
  await ctx.route("**/api/about", (r) => r.fulfill({ status: 200, contentType: "application/octet-stream", body: '{"api":0}\n' }));
  const page = await open(ctx, server.url);
  await page.waitForLoadState("networkidle");
  assert.ok(await page.locator("#for-class").isHidden());
  page.calm();
  await ctx.close();
});

for (const form of FORMS) {
  const { width, height, colorScheme } = form;
  test(`a class at ${width} px, ${colorScheme}`, async () => {
    const ctx = await context(browser, { viewport: { width, height }, colorScheme });
    const page = await open(ctx, server.url);
    await page.click("#for-class");
    await page.locator("#class-open").waitFor();
    await look(page, form, "class-1-dialog");
    await page.keyboard.press("Escape");
    const code = await openRoom(page, { title: "Year 12, Wednesday" });
    const other = await context(browser, { viewport: { width, height }, colorScheme });
    const student = await open(other, server.url, { at: `r/${code}` });
    await student.locator("#nickname").waitFor();
    await look(student, form, "class-2-join");
    await student.fill("#nickname", "Ada Lovelace-Byron-King1");
    await student.getByRole("button", { name: "Join", exact: true }).click();
    await student.locator("#room-start").waitFor();
    await look(student, form, "class-3-start");
    await page.evaluate(async (code) => {
      const send = async (method, path, json, token) => (await fetch(`api/rooms/${code}/${path}`, { method, body: JSON.stringify(json), headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) } })).json();
      const reports = [
        { state: "complete", queries: 21_904, found: 32, seconds: 4.2, digest: "ab".repeat(32) },
        { state: "complete", queries: 20_110, found: 32, seconds: 9.7, digest: "cd".repeat(32) },
        { state: "running", queries: 9120, found: 14, seconds: 3.1, phase: "signature", layer: 1 },
        { state: "stopped", queries: 120, found: 0, seconds: 0.5 },
      ];
      for (const [i, r] of reports.entries()) {
        const m = await send("POST", "members", { nickname: ["Bob", "Χριστίνα", "李雷", "x".repeat(24)][i] });
        await send("PUT", `members/${m.id}/progress`, { seq: 1, round: 0, neurons: 32, seed: 7, ...r }, m.token);
      }
    }, code);
    await line(page, "Χριστίνα").waitFor();
    await line(page, "Ada").waitFor();
    await look(page, form, "class-4-teacher");
    await student.click("#room-start");
    await result(student);
    await chip(student, "Ada", "complete");
    await look(student, form, "class-5-student");
    page.calm();
    student.calm();
    await ctx.close();
    await other.close();
  });
}
