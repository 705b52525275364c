// The zip of `make dist`, unpacked into a sub-folder of the barest static host:
// no header but four content types.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { serveBare } from "../help/bare.mjs";
import { fill, keeping, launch, open, PATIENCE, result } from "../help/browser.mjs";
import { chromiumPath, flags } from "../help/chromium.mjs";
import { scratch } from "../help/dist.mjs";
import { extractNatively, victimPath } from "../help/native.mjs";
import { root } from "../help/serve.mjs";
import { unzip } from "../help/unzip.mjs";

let folder, names, native, npz;
before(async () => {
  folder = await scratch();
  npz = join(folder.path, "victim.npz");
  execFileSync(join(root, "build", "peel"), ["convert", victimPath(), "-o", npz]);
  const file = join(folder.path, "site.zip");
  execFileSync("go", ["run", "./workers/cmd/zip", "-o", file], { cwd: root });
  names = await unzip(file, join(folder.path, "site"));
  native = await extractNatively(victimPath(), 7);
});
after(() => folder?.discard());

/** Chooses the victim as a NumPy file, which another program than the engine reads. */
async function chooseArrays(page) {
  await page.getByRole("radio", { name: "Your own" }).check();
  await page.setInputFiles("#file", npz);
  await page.locator("#about", { hasText: "784-16x2-1" }).waitFor({ timeout: PATIENCE });
}

test("holds everything that the page needs, and its licence", () => {
  for (const want of ["index.html", "sw.js", "manifest.webmanifest", "license.txt", "models/index.json"]) assert.ok(names.includes(want), want);
  assert.deepEqual(names.filter((n) => /\.(map|ts|go)$|\.\./.test(n)), []);
});

test("from a sub-folder: an extraction, then the same with the network cut and the page loaded anew", async () => {
  const host = await serveBare(join(folder.path, "site"), "/some/where/");
  const browser = await launch();
  const ctx = await keeping(browser);
  try {
    const page = await open(ctx, host.url);
    await fill(page, { seed: 7 });
    await page.click("#extract");
    assert.equal((await result(page)).digest, native.digest);
    // Without help from the host, the engine comes packed.
    const engine = host.requests.filter((r) => /\.wasm\.gz$/.test(r.path));
    assert.ok(engine.length > 0 && engine[0].bytes < 2_500_000, JSON.stringify(engine));
    // Nothing was asked for outside the folder, and nothing was missing.
    assert.deepEqual(host.requests.filter((r) => r.path === ".." || r.bytes === 0), []);

    await page.getByText("it also opens without the network").waitFor({ timeout: PATIENCE });
    await host.cut();
    await page.reload();
    await page.locator("#extract").waitFor({ timeout: PATIENCE });
    await page.getByRole("button", { name: /^Open/ }).waitFor({ timeout: PATIENCE });
    await chooseArrays(page);
    await fill(page, { seed: 3, workers: 1 });
    await page.click("#extract");
    assert.equal((await result(page)).digest, (await extractNatively(victimPath(), 3)).digest);
    page.calm();
  } finally {
    await browser.close();
    await host.cut();
  }
});

test("at a plain http address, where browsers keep nothing: it says so and works", async () => {
  const host = await serveBare(join(folder.path, "site"));
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...flags, "--host-resolver-rules=MAP peel.test 127.0.0.1"] });
  const ctx = await keeping(browser);
  try {
    const page = await open(ctx, `http://peel.test:${host.port}/`);
    assert.equal(await page.evaluate(() => isSecureContext), false);
    await page.getByText("Not kept for use without the network: this address or this window does not allow it.").waitFor({ timeout: PATIENCE });
    await fill(page, { seed: 7 });
    await page.click("#extract");
    assert.equal((await result(page)).digest, native.digest);
    await page.click("#again");
    await chooseArrays(page);
    assert.equal(host.requests.filter((r) => /files-[^/]+\.wasm\.gz$/.test(r.path)).length, 1, "the reader of other formats comes packed too");
    await page.click("#reset");
    await page.getByRole("dialog").getByRole("button", { name: "Reset" }).click();
    await page.getByText("Local data was reset").waitFor({ timeout: PATIENCE });
    assert.match(await page.getByRole("dialog").innerText(), /victims: deleted \(peel\)[^]*without the network: there was none/);
    page.calm();
  } finally {
    await browser.close();
    await host.cut();
  }
});

test("opened from a folder with a double click, it says what to do", async () => {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(folder.path, "site", "index.html")).href);
    await page.getByText("Peel cannot run from a file").waitFor({ timeout: PATIENCE });
  } finally {
    await browser.close();
  }
});
