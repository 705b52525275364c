// Copies of the built site for tests that change it or serve it elsewhere.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./serve.mjs";

const dist = join(root, "site", "dist");

export async function scratch() {
  const path = await mkdtemp(join(tmpdir(), "peel-dist-"));
  return { path, discard: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** The version that the built page shows. */
export async function builtVersion(folder = dist) {
  return /id="version">([0-9a-f]{8})</.exec(await readFile(join(folder, "index.html"), "utf8"))[1];
}

/** A copy of the site under another version, as a later build would have. */
export async function laterBuild(version) {
  const { path, discard } = await scratch();
  await cp(dist, path, { recursive: true });
  const before = await builtVersion();
  for (const name of ["index.html", "sw.js"]) {
    const file = join(path, name);
    await writeFile(file, (await readFile(file, "utf8")).replaceAll(before, version));
  }
  return { path, discard };
}
