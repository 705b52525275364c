// Builds the WebAssembly programs. The site's build imports this; run
// `npm ci` in site/ first. The worker scripts are conductor.ts, hand.ts,
// scorer.ts and files.ts: bundle each as one classic script (format "iife"), because they
// load wasm_exec.js with importScripts.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const asc = join(root, "site", "node_modules", "assemblyscript", "bin", "asc.js");

/** The Go programs, one WebAssembly file each. */
export const programs = ["peel", "published", "files", "results"];

/** Names of the worker entry points, for the bundler. */
export const workers = ["conductor", "hand", "scorer", "files"].map((name) => join(here, `${name}.ts`));

function run(program, args, env = {}) {
  execFileSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...env } });
}

/** The programs, and the wasm_exec.js of the same toolchain. The same sources give the same bytes: no version control stamp. */
export function buildGo(outDir) {
  outDir = resolve(outDir);
  mkdirSync(outDir, { recursive: true });
  for (const name of programs) {
    run("go", ["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", join(outDir, `${name}.wasm`), `./wasm/cmd/${name}`], {
      GOOS: "js",
      GOARCH: "wasm",
    });
  }
  const goroot = execFileSync("go", ["env", "GOROOT"], { cwd: root, encoding: "utf8" }).trim();
  copyFileSync(join(goroot, "lib", "wasm", "wasm_exec.js"), join(outDir, "wasm_exec.js"));
}

/** victim.wasm, the kernel of wasm/victim. */
export function buildVictim(outDir) {
  outDir = resolve(outDir);
  mkdirSync(outDir, { recursive: true });
  const options = ["--runtime", "stub", "--enable", "simd", "-O3", "--noAssert"];
  run(process.execPath, [asc, join("wasm", "victim", "index.ts"), ...options, "-o", join(outDir, "victim.wasm")]);
}
