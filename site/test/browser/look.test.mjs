// How the page looks and is operated: wide and narrow, light and dark, by
// keyboard alone, without motion. Pictures of every state are written to
// site/screenshots for a person to look at.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { context, launch, open, PATIENCE, queriesAbove, result } from "../help/browser.mjs";
import { root, serve } from "../help/serve.mjs";

const pictures = join(root, "site", "screenshots");
let server, browser;
before(async () => {
  await mkdir(pictures, { recursive: true });
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Asserts that nothing sticks out sideways. */
async function fits(page, where) {
  const over = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const out = [...document.querySelectorAll("body *")].filter((el) => {
      if (el.closest(".sr, .skip, svg, .log")) return false;
      const r = el.getBoundingClientRect();
      return r.width > 0 && (r.right > width + 1 || r.left < -1);
    });
    return { scroll: document.documentElement.scrollWidth - width, out: out.map((el) => `${el.tagName}#${el.id}.${el.className}`) };
  });
  assert.deepEqual(over, { scroll: 0, out: [] }, `${where} is too wide`);
}

/** Asserts that everything that can be operated has a name. */
async function named(page, where) {
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, summary, [role=img]")]
    .filter((el) => el.checkVisibility?.() ?? true)
    .filter((el) => !(el.ariaLabel || el.getAttribute("aria-labelledby") || el.textContent.trim() || [...(el.labels ?? [])].some((l) => l.textContent.trim())))
    .map((el) => el.outerHTML));
  assert.deepEqual(nameless, [], where);
}

/** Asserts that text stands out from what is behind it (WCAG AA, 4.5 or 3 for large text). */
async function readable(page, where) {
  const faint = await page.evaluate(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgb = (css) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = css;
      canvas.fillRect(0, 0, 1, 1);
      return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = ([r, g, b]) => {
      const f = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
    };
    const behind = (el) => {
      for (let e = el; e; e = e.parentElement) {
        const c = rgb(getComputedStyle(e).backgroundColor);
        if (c[3] > 250) return c;
      }
      return rgb("white");
    };
    const out = [];
    for (const el of document.querySelectorAll("body *")) {
      if (el.closest("svg, .sr, .skip, [aria-disabled=true], :disabled") || !el.checkVisibility()) continue;
      if (![...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
      const style = getComputedStyle(el);
      const [a, b] = [light(rgb(style.color)), light(behind(el))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const large = parseFloat(style.fontSize) >= 24;
      if (ratio < (large ? 3 : 4.5)) out.push(`${el.tagName}.${el.className} “${el.textContent.trim().slice(0, 30)}” ${ratio.toFixed(2)}`);
    }
    return out;
  });
  assert.deepEqual(faint, [], where);
}

for (const [width, height] of [[1280, 800], [390, 844]]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`${width} px wide, ${colorScheme}`, async () => {
      const ctx = await context(browser, { viewport: { width, height }, colorScheme });
      const page = await open(ctx, server.url);
      let n = 0;
      const look = async (name) => {
        const where = `${name}, ${width} px, ${colorScheme}`;
        await fits(page, where);
        await named(page, where);
        await readable(page, where);
        await page.screenshot({ path: join(pictures, `${width}-${colorScheme}-${++n}-${name}.png`), fullPage: name === "reveal" || width < 500 });
      };
      await look("start");
      if ((width < 500) === (colorScheme === "dark")) {
        await page.selectOption("#pace", "slow");
        await page.click("#extract");
        await page.locator('#stage .disc[data-state="2"]').nth(4).waitFor({ timeout: PATIENCE, state: "attached" });
        await look("live");
        await page.selectOption("#live-pace", "full");
      } else {
        await page.click("#extract");
      }
      await result(page);
      await page.locator("#scores table").waitFor({ timeout: PATIENCE });
      await page.waitForTimeout(1000); // the last pieces of peel fly off
      await look("done");
      await page.click("#reveal-button");
      await page.locator("#reveal .pair").first().waitFor({ timeout: PATIENCE });
      await look("reveal");
      page.calm();
      await ctx.close();
    });
  }
}

test("what is pressed first, and what stops a run, is in sight without scrolling", async () => {
  const inSight = (page, id) => page.locator(id).evaluate((el) => {
    const r = el.getBoundingClientRect();
    return r.top >= 0 && r.bottom <= innerHeight && el.contains(document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2));
  });
  for (const [width, height] of [[390, 844], [390, 664], [360, 640], [1280, 800]]) {
    const ctx = await context(browser, { viewport: { width, height } });
    const page = await open(ctx, server.url);
    assert.ok(await inSight(page, "#extract"), `Extract at ${width} by ${height}`);
    if (width === 1280) {
      await page.selectOption("#victim", "mnist-784-16x8-1-s1");
      await page.click("#extract");
      await queriesAbove(page, 0);
      for (const id of ["#pause", "#cancel", "#live .layers tbody tr:last-child"]) assert.ok(await inSight(page, id), `${id} with eight layers`);
    }
    page.calm();
    await ctx.close();
  }
});

test("the buttons of a run do not jump when the phase changes", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  await page.selectOption("#pace", "lesson");
  await page.click("#extract");
  await queriesAbove(page, 0);
  await page.click("#pause");
  await page.locator("#continue").waitFor({ timeout: PATIENCE });
  for (const [width, height] of [[390, 844], [768, 1024], [900, 800], [1024, 768], [1280, 800]]) {
    await page.setViewportSize({ width, height });
    // The longest title and text that there are (site/src/run/phases.ts).
    const moved = await page.evaluate(() => {
      const top = () => document.getElementById("continue").offsetTop;
      const set = (title, text) => {
        document.getElementById("phase").textContent = title;
        document.querySelector(".phase-text").textContent = text;
        return top();
      };
      return set("Reading a neuron’s weights", "How much the slope changes at a bend gives that neuron’s row of weights, up to a factor. Fresh lines must bend where the row predicts.") -
        set("Done", "");
    });
    assert.equal(moved, 0, `${width} px`);
  }
  await ctx.close();
});

test("the switch changes the colours and is remembered", async () => {
  const ctx = await context(browser, { colorScheme: "light" });
  const page = await open(ctx, server.url);
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: "Switch to dark colours" }).click();
  const dark = await background();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await background(), dark);
  await page.getByRole("button", { name: "Switch to light colours" }).click();
  assert.equal(await background(), light);
  page.calm();
  await ctx.close();
});

test("by keyboard alone, from start to reveal and deletion", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  const focused = () => page.evaluate(() => {
    const el = document.activeElement;
    return el.id || el.textContent.trim() || el.tagName;
  });
  const outlined = () => page.evaluate(() => {
    const el = document.activeElement;
    return [el, el.nextElementSibling].some((e) => e && parseFloat(getComputedStyle(e).outlineWidth) >= 2 && getComputedStyle(e).outlineStyle !== "none");
  });
  /** Tabs until the thing has the focus; every stop on the way must be visible. */
  const tabTo = async (name) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      if ((await focused()) === "BODY") continue;
      assert.ok(await outlined(), `the focus cannot be seen on ${await focused()}`);
      if ((await focused()) === name) return;
    }
    assert.fail(`the keyboard does not reach ${name}`);
  };
  await tabTo("extract");
  await page.keyboard.press("Enter");
  await result(page);
  assert.equal(await focused(), "verdict", "the result has the focus when the run is over");
  await tabTo("reveal-button");
  await page.keyboard.press("Enter");
  await page.locator("#reveal .pair").first().waitFor({ timeout: PATIENCE });
  await tabTo("Delete");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#past li").count(), 1, "Escape keeps the run");
  await page.getByRole("button", { name: /^Delete/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("#extract").waitFor();
  assert.ok(await page.locator("#past").isHidden());
  page.calm();
  await ctx.close();
});

test("a reader who wants no motion gets none, and the same result", async () => {
  const ctx = await context(browser, { reducedMotion: "reduce" });
  const page = await open(ctx, server.url);
  await page.selectOption("#pace", "slow");
  await page.click("#extract");
  await queriesAbove(page, 0);
  const moving = await page.evaluate(() => document.getAnimations().length);
  assert.equal(moving, 0);
  await page.selectOption("#live-pace", "full");
  assert.equal((await result(page)).verdict, "Every weight recovered");
  page.calm();
  await ctx.close();
});

test("screen readers hear how the run stands, but not hundreds of lines", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url, {
    prepare: () => {
      window.said = [];
      addEventListener("DOMContentLoaded", () => {
        const el = document.getElementById("announce");
        new MutationObserver(() => window.said.push(el.textContent)).observe(el, { childList: true, characterData: true, subtree: true });
      });
    },
  });
  await page.click("#extract");
  await result(page);
  await page.waitForFunction(() => window.said.some((s) => s.startsWith("Every weight recovered")));
  const said = await page.evaluate(() => window.said);
  assert.ok(said.length >= 1 && said.length <= 5, said.join(" | "));
  page.calm();
  await ctx.close();
});
