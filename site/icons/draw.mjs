// Draws the pictures that systems want beside the vector icons:
//
//	node site/icons/draw.mjs
//
// Run it after a change of an icon and commit what it writes.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { chromiumPath, flags } from "../test/help/chromium.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const pictures = [
  ["icon", "icon-192.png", 192],
  ["icon", "icon-512.png", 512],
  ["maskable", "maskable-512.png", 512],
  ["maskable", "touch-180.png", 180],
];

const browser = await chromium.launch({ executablePath: chromiumPath(), args: flags });
for (const [source, name, size] of pictures) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const svg = readFileSync(`${here}${source}.svg`).toString("base64");
  await page.setContent(`<style>*{margin:0}img{display:block;width:100vw}</style><img src="data:image/svg+xml;base64,${svg}">`);
  await page.screenshot({ path: here + name, omitBackground: true });
  await page.close();
}
await browser.close();
