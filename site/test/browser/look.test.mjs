// How the page looks and is operated: wide and narrow, light and dark, by
// keyboard alone, without motion. Pictures of every state are written to
// site/screenshots for a person to look at.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { context, launch, open, PATIENCE, queriesAbove, result } from "../help/browser.mjs";
import { FORMS, look } from "../help/look.mjs";
import { serve } from "../help/serve.mjs";

let server, browser;
before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const form of FORMS) {
  const { width, height, colorScheme } = form;
  test(`${width} px wide, ${colorScheme}`, async () => {
    const ctx = await context(browser, { viewport: { width, height }, colorScheme });
    const page = await open(ctx, server.url);
    await look(page, form, "1-start");
    if ((width < 500) === (colorScheme === "dark")) {
      await page.selectOption("#pace", "slow");
      await page.click("#extract");
      await page.locator('#stage .disc[data-state="2"]').nth(4).waitFor({ timeout: PATIENCE, state: "attached" });
      await look(page, form, "2-live");
      await page.selectOption("#live-pace", "full");
    } else {
      await page.click("#extract");
    }
    await result(page);
    await page.locator("#scores table").waitFor({ timeout: PATIENCE });
    await page.waitForTimeout(1000); // the last pieces of peel fly off
    await look(page, form, "3-done");
    await page.click("#reveal-button");
    await page.locator("#reveal .pair").first().waitFor({ timeout: PATIENCE });
    await look(page, form, "4-reveal");
    page.calm();
    await ctx.close();
  });
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
