// Networks of other formats go in and come out, and a whole run goes from one
// browser to another as a file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { context, fill, launch, open, PATIENCE, queriesAbove, result } from "../help/browser.mjs";
import { extractNatively, generateNatively, VICTIM, victimPath } from "../help/native.mjs";
import { root, serve } from "../help/serve.mjs";

let server, browser, dir, random;
before(async () => {
  server = await serve();
  browser = await launch();
  dir = await mkdtemp(join(tmpdir(), "peel-formats-"));
  random = await generateNatively("10-5-5-1", 1);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await random?.discard();
  await rm(dir, { recursive: true, force: true });
});

const peel = (...args) => execFileSync(join(root, "build", "peel"), args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** Drops a file on the page, as a file manager does. */
async function drop(page, name, bytes) {
  const transfer = await page.evaluateHandle(([name, text]) => {
    const t = new DataTransfer();
    t.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
    return t;
  }, [name, bytes.toString("base64")]);
  await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}

/** What a click downloads. */
async function downloaded(page, click) {
  const [file] = await Promise.all([page.waitForEvent("download"), click()]);
  const path = join(dir, file.suggestedFilename());
  await file.saveAs(path);
  return { path, name: file.suggestedFilename(), bytes: await readFile(path) };
}

test("a victim of any format is attacked, and what was left out is said", async () => {
  const ctx = await context(browser);
  const page = await open(ctx, server.url);
  for (const format of ["npz", "onnx", "keras"]) {
    const path = join(dir, `victim.${format}`);
    peel("convert", random.path, "-o", path);
    await drop(page, `victim.${format}`, await readFile(path));
    await page.locator(".file-name", { hasText: new RegExp(`^victim.${format}$`) }).waitFor({ timeout: PATIENCE });
    await page.locator("#about", { hasText: /^10-5x2-1, 91 parameters/ }).waitFor();
  }
  await page.click("#extract");
  assert.equal((await result(page)).digest, (await extractNatively(random.path, 7)).digest);

  // The recovered network, in every format that the command line writes too.
  const plain = await downloaded(page, () => page.click("#download"));
  assert.equal(plain.name, "victim-recovered-seed7.safetensors");
  const native = join(dir, "native.safetensors");
  peel("extract", random.path, "--seed", "7", "-o", native);
  assert.ok(plain.bytes.equals(await readFile(native)), "the page and the command line write the same file");
  for (const format of ["npz", "onnx", "keras"]) {
    await page.selectOption("#download-format", format);
    const file = await downloaded(page, () => page.click("#download"));
    const same = join(dir, `same.${format}`);
    peel("convert", plain.path, "-o", same);
    assert.ok(file.bytes.equals(await readFile(same)), `${file.name} differs from what peel convert writes`);
    if (format === "keras") await readByLibrary(file.path);
  }

  // A softmax is named, where the file is chosen and where it is attacked.
  await page.click("#again");
  await drop(page, "classifier.h5", await readFile(join(root, "models/formats/testdata/functional.h5")));
  const left = "Its softmax output was left out: the black box answers with logits.";
  await page.locator("#about", { hasText: left }).waitFor({ timeout: PATIENCE });
  await page.click("#extract");
  await page.locator("#notices", { hasText: left }).waitFor();
  await result(page);
  page.calm();
  await ctx.close();
});

/** Reads the weights in a .keras file with the HDF5 library itself. */
async function readByLibrary(path) {
  const { default: h5wasm, ready } = await import("h5wasm/node");
  await ready;
  const h5 = join(dir, "model.weights.h5");
  const zip = await readFile(path);
  const at = zip.indexOf("\x89HDF\r\n\x1a\n", 0, "latin1"); // parts of the file lie in it unpacked
  await writeFile(h5, zip.subarray(at, zip.indexOf("PK\x01\x02", at, "latin1")));
  const file = new h5wasm.File(h5, "r");
  assert.deepEqual(file.get("layers").keys(), ["dense", "dense_1", "dense_2"]);
  assert.deepEqual(["dense", "dense_1", "dense_2"].map((d) => file.get(`layers/${d}/vars/0`).shape), [[10, 5], [5, 5], [5, 1]]);
  // The same numbers as in the .npz file beside it, where the first array is transposed: 5 rows of 10.
  const npz = await readFile(join(dir, "same.npz"));
  const header = npz.indexOf("\x93NUMPY", 0, "latin1");
  const numbers = header + 10 + npz.readUInt16LE(header + 8);
  const kernel = file.get("layers/dense/vars/0").value;
  for (let j = 0; j < 10; j++) for (let k = 0; k < 5; k++) assert.equal(kernel[5 * j + k], npz.readDoubleLE(numbers + 8 * (10 * k + j)));
  file.close();
}

test("a finished run goes to another browser, with its victim", async () => {
  const here = await context(browser);
  let page = await open(here, server.url);
  await page.getByRole("radio", { name: "Your own" }).check();
  await page.setInputFiles("#file", random.path);
  await page.locator("#about", { hasText: "10-5x2-1" }).waitFor();
  await page.click("#extract");
  const first = await result(page);
  await page.click("#save-run");
  await page.check("#save-victim");
  const run = await downloaded(page, () => page.getByRole("button", { name: "Save", exact: true }).first().click());
  assert.match(run.name, /-seed7\.peel$/);
  assert.match(peel("import", run.path), /complete, digest [0-9a-f]{64}\nits journal was replayed/);
  page.calm();
  await here.close();

  const there = await context(browser);
  page = await open(there, server.url);
  await drop(page, run.name, run.bytes.subarray(0, run.bytes.length - 500));
  const panel = page.locator("#error p");
  await panel.waitFor({ timeout: PATIENCE });
  assert.match(await panel.innerText(), /^\S[^\n]{10,300}[.!?]$/);
  await drop(page, run.name, run.bytes);
  assert.deepEqual(await result(page), first);
  await page.locator("#scores table").waitFor({ timeout: PATIENCE }); // the victim came along
  assert.match(await page.locator(".runs .name").innerText(), /imported/);
  await page.click("#replay-button");
  await page.locator(".chip", { hasText: "Replay" }).waitFor();
  // Opened once more, from a finished run: a second one beside the first.
  await drop(page, run.name, run.bytes);
  await page.locator(".runs li").nth(1).waitFor({ timeout: PATIENCE });
  assert.deepEqual(await result(page), first);
  page.calm();
  await there.close();
});

test("an interrupted run goes on in another browser, and from a journal of the command line", async () => {
  const native = await extractNatively(VICTIM, 7);
  const here = await context(browser);
  let page = await open(here, server.url);
  await fill(page, { pace: "slow" });
  await page.click("#extract");
  await queriesAbove(page, 100);
  await page.click("#cancel");
  await page.getByRole("button", { name: `Save ${VICTIM}, seed 7` }).click();
  assert.equal(await page.locator("#save-victim").count(), 0, "a shipped victim is not put in");
  const run = await downloaded(page, () => page.locator("dialog").getByRole("button", { name: "Save" }).click());
  page.calm();
  await here.close();

  const there = await context(browser);
  page = await open(there, server.url);
  await drop(page, run.name, run.bytes);
  const resume = page.getByRole("button", { name: `Resume ${VICTIM}, seed 7` });
  await resume.waitFor({ timeout: PATIENCE });
  await resume.click();
  assert.equal((await result(page)).digest, native.digest);
  page.calm();
  await there.close();

  const journal = join(dir, "run.journal");
  peel("import", run.path, "--journal", journal);
  const out = peel("extract", victimPath(), "--seed", "7", "--journal", journal);
  assert.match(out, new RegExp(`digest +${native.digest}`));
});
