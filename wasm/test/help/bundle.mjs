// Bundles a TypeScript module for a test and imports it.

import { createRequire } from "node:module";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const wasmDir = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const root = dirname(wasmDir);

/** Packages come from the site's npm project. */
export const require = createRequire(join(root, "site", "package.json"));

const folders = [];
process.on("exit", () => folders.forEach((dir) => rmSync(dir, { recursive: true, force: true, maxRetries: 3 })));

/** A folder that goes away with this process. */
export function scratch() {
  const dir = mkdtempSync(join(tmpdir(), "peel-"));
  folders.push(dir);
  return dir;
}

export async function load(file) {
  const out = join(scratch(), "bundle.mjs");
  await require("esbuild").build({ entryPoints: [join(wasmDir, file)], bundle: true, format: "esm", outfile: out, logLevel: "error" });
  return import(pathToFileURL(out).href);
}
