// Builds the edge worker into build/edge: the API in Go as WebAssembly, and the
// bundle that wrangler deploys. Nothing is sent anywhere.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const out = join(root, "build/edge");

/** What the edge takes at most, compressed, on its free plan. */
const most = 3e6;

const run = (program, args, options = {}) =>
  execFileSync(program, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"], ...options, env: { ...process.env, ...options.env } });

// This empties the folder first.
run("go", ["tool", "workers-assets-gen", "-mode=go", "-o", out]);
run("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", join(out, "app.wasm"), "./workers/cmd/edge"], { env: { GOOS: "js", GOARCH: "wasm" } });
run(process.execPath, [join(here, "node_modules/wrangler/bin/wrangler.js"), "deploy", "--dry-run", "--outdir", join(out, "bundle")], {
  cwd: here,
  env: { WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: join(out, "logs") },
});

const bundle = join(out, "bundle");
const sizes = readdirSync(bundle)
  .filter((name) => /\.(js|wasm)$/.test(name))
  .map((name) => gzipSync(readFileSync(join(bundle, name)), { level: 9 }).length);
const size = sizes.reduce((a, b) => a + b, 0);
console.log(`build/edge/bundle: ${(size / 1e6).toFixed(2)} MB compressed, of at most ${most / 1e6} MB`);
if (size > most) {
  console.error("The worker is too large: see what workers/cmd/edge imports.");
  process.exit(1);
}
