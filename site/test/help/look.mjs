// How a page looks: checks that a person would make at a glance, and a picture for
// one who does.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./serve.mjs";

const pictures = join(root, "site", "screenshots");

/** A desktop and a phone, light and dark. */
export const FORMS = [[1280, 800], [390, 844]].flatMap(([width, height]) => ["light", "dark"].map((colorScheme) => ({ width, height, colorScheme })));

/** Checks what the page shows, and writes a picture of it to site/screenshots. */
export async function look(page, { width, colorScheme }, name) {
  const where = `${name}, ${width} px, ${colorScheme}`;
  await fits(page, where);
  await named(page, where);
  await readable(page, where);
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${width}-${colorScheme}-${name}.png`), fullPage: name.endsWith("reveal") || width < 500 });
}

/** Asserts that nothing sticks out sideways. */
async function fits(page, where) {
  const over = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const out = [...document.querySelectorAll("body *")].filter((el) => {
      if (el.closest(".sr, .skip, svg, .log, .wide-table")) return false;
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
