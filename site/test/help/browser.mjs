// Browsers and pages for tests. Every page is watched: an error on its console,
// an uncaught exception, a policy violation or a request to another origin fails
// the test that opened it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { chromiumPath, flags } from "./chromium.mjs";

/** How long a run may take in a test, in milliseconds. */
export const PATIENCE = 60_000;

/** A browser that is thrown away afterwards. */
export function launch() {
  return chromium.launch({ executablePath: chromiumPath(), args: flags });
}

/** A context with a desktop window. It keeps no copy of the site for offline use: only tests of that want one (see keeping). */
export function context(browser, options = {}) {
  return browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: "block", ...options });
}

/** The same, with service workers. */
export function keeping(browser, options = {}) {
  return context(browser, { serviceWorkers: "allow", ...options });
}

/**
 * Opens the page, or what is at a place of it, and watches it. early(page) comes before it is loaded, prepare runs in it
 * before its own scripts. calm() asserts that nothing went wrong so far.
 */
export async function open(ctx, url, { at = "", early, prepare, expected = [] } = {}) {
  const page = await ctx.newPage();
  page.setDefaultTimeout(PATIENCE);
  await early?.(page);
  const faults = [];
  page.on("console", (m) => {
    if (m.type() === "error" && !expected.some((e) => e.test(m.text()))) faults.push(`console: ${m.text()} (${m.location().url})`);
  });
  page.on("pageerror", (e) => faults.push(`uncaught: ${e.message}`));
  page.on("request", (r) => {
    const u = r.url();
    if (!u.startsWith(url) && !u.startsWith("blob:") && !u.startsWith("data:")) faults.push(`request to another origin: ${u}`);
  });
  page.on("response", (r) => {
    if (r.status() >= 400) faults.push(`${r.status()} for ${r.url()}`);
  });
  if (prepare) await page.addInitScript(prepare);
  await page.goto(url + at);
  await page.locator("#extract:visible, #link .chip:visible, #live .chip:visible, #room .chip:visible").first().waitFor();
  return Object.assign(page, { calm: () => assert.deepEqual(faults, [], "the page had faults") });
}

/** Fills the form, leaving alone what is not named. */
export async function fill(page, { seed, workers, pace, budget, victim } = {}) {
  if (victim !== undefined) await page.selectOption("#victim", victim);
  if (seed !== undefined) await page.fill("#seed", String(seed));
  if (workers !== undefined) await page.fill("#workers", String(workers));
  if (pace !== undefined) await page.selectOption("#pace", pace);
  if (budget !== undefined) {
    await page.locator("#setup details:not(.method)").evaluate((d) => (d.open = true));
    await page.fill("#budget", String(budget));
  }
}

/** Waits for the result and returns what it says. */
export async function result(page) {
  await page.locator("#verdict").waitFor({ timeout: PATIENCE });
  return {
    verdict: await page.locator("#verdict").textContent(),
    digest: await page.locator("#digest").textContent(),
    queries: number(await page.locator("#result .figure b").first().textContent()),
  };
}

/** Opens the link to the run shown. The button moves when the comparison with the victim comes in above it. */
export async function share(page) {
  await page.locator("#scores", { hasText: "Comparing answers" }).waitFor({ state: "hidden" });
  await page.click("#share");
}

/** The number of queries that the live view shows. */
export async function shownQueries(page) {
  return number(await page.locator("#queries").first().textContent());
}

/** Waits until the live view shows more than so many queries. */
export async function queriesAbove(page, n) {
  await page.waitForFunction((n) => Number(document.querySelector("#queries").textContent.replaceAll(",", "")) > n, n, { timeout: PATIENCE });
}

const number = (text) => Number(text.replaceAll(",", ""));

/** A browser of its own process group and profile, that can be killed. */
export class MortalBrowser {
  static async profile() {
    return mkdtemp(join(tmpdir(), "peel-profile-"));
  }

  static async start(profile) {
    const child = spawn(chromiumPath(), [...flags, "--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"],
      { detached: true, stdio: ["ignore", "ignore", "pipe"] });
    const endpoint = await new Promise((resolve, reject) => {
      let text = "";
      child.stderr.on("data", (d) => {
        text += d;
        const m = /DevTools listening on (ws:\S+)/.exec(text);
        if (m) resolve(m[1]);
      });
      child.on("exit", (code) => reject(new Error(`Chromium ended with code ${code}: ${text}`)));
    });
    const self = new MortalBrowser();
    self.child = child;
    self.browser = await chromium.connectOverCDP(endpoint);
    self.context = self.browser.contexts()[0];
    return self;
  }

  /** Ends every process of this browser at once, without warning. */
  async kill() {
    const gone = new Promise((resolve) => this.child.once("close", resolve));
    process.kill(-this.child.pid, "SIGKILL");
    await gone;
  }

  static async discard(profile) {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
