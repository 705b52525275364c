// Builds the workers, serves them on 127.0.0.1 with an empty page that has the
// client on `window.peel`, and starts Chromium on it.

import { createServer } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { chromiumPath, flags } from "../../../site/test/help/chromium.mjs";
import { buildGo, buildVictim, workers } from "../../build.mjs";
import { require, root, scratch, wasmDir } from "./bundle.mjs";

const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

export const assets = {
  peel: "/peel.wasm",
  published: "/published.wasm",
  results: "/results.wasm",
  filesProgram: "/files.wasm",
  victim: "/victim.wasm",
  wasmExec: "/wasm_exec.js",
  conductor: "/conductor.js",
  hand: "/hand.js",
  scorer: "/scorer.js",
  files: "/files.js",
};

export async function build() {
  const dir = scratch();
  const esbuild = require("esbuild");
  buildGo(dir);
  buildVictim(dir);
  await esbuild.build({ entryPoints: workers, bundle: true, format: "iife", outdir: dir, logLevel: "error" });
  await esbuild.build({ entryPoints: [join(wasmDir, "client.ts")], bundle: true, format: "iife", globalName: "peel", outfile: join(dir, "client.js"), logLevel: "error" });
  writeFileSync(join(dir, "index.html"), '<!doctype html><meta charset="utf-8"><script src="/client.js"></script>');
  return dir;
}

/** Serves dir, and models/ from the repository. */
export async function serve(dir) {
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : request.url.split("?")[0];
    try {
      const body = readFileSync(path.startsWith("/models/") ? join(root, path) : join(dir, path));
      response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** A browser with a profile of its own. */
export async function launch() {
  const { chromium } = require("playwright-core");
  const context = await chromium.launchPersistentContext(scratch(), { executablePath: chromiumPath(), headless: true, args: flags });
  return { context };
}

/** Opens the empty page with a scorer and a conductor on `window`. */
export async function open(context, url) {
  const page = await context.newPage();
  await prepare(page, url);
  return page;
}

export async function prepare(page, url) {
  page.on("console", (m) => process.env.VERBOSE && console.log("page:", m.text()));
  page.on("pageerror", (e) => console.log("page error:", e.message));
  await page.goto(url);
  await page.evaluate((assets) => {
    window.scorer = new peel.Scorer(assets);
    window.conductor = new peel.Conductor(assets);
    window.events = [];
    window.notices = [];
    window.ends = {};
    conductor.onEvent((id, e) => events.push(e));
    conductor.onNotice((n) => notices.push(n));
    conductor.onEnd((id, end) => (ends[id] = end));
    window.bytes = async (path) => (await fetch(path)).arrayBuffer();
    window.ended = async (id) => {
      while (!ends[id]) await new Promise((r) => setTimeout(r, 10));
      return ends[id];
    };
    window.specOf = (info, seed, more = {}) => ({ victim: info, sizes: info.sizes, seed, ...more });
  }, assets);
}
