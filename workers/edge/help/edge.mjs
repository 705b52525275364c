// Runs the edge worker as it would be deployed, in workerd, with no network:
// the bundle that `make edge` builds and the settings of wrangler.jsonc.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as settings } from "wrangler";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
const bundle = join(root, "build", "edge", "bundle");

/** The smallest module: it has nothing of what the worker needs. */
const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/**
 * Starts the worker; changes are made to its options, and others run beside it.
 * Without its engine it can only answer what needs no Go. Returns its address
 * and how to stop it.
 */
export async function startEdge(changes = {}, others = [], { engine = true } = {}) {
  if (!existsSync(join(bundle, "worker.js")) || !existsSync(join(root, "site/dist/index.html"))) {
    throw new Error("the worker is not built: run `make edge` first");
  }
  const { workerOptions } = settings(join(root, "workers/edge/wrangler.jsonc"));
  const wasm = readdirSync(bundle).find((name) => name.endsWith(".wasm"));
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    workers: [
      {
        ...workerOptions,
        modulesRoot: bundle,
        modules: [
          { type: "ESModule", path: join(bundle, "worker.js") },
          { type: "CompiledWasm", path: join(bundle, wasm), ...(engine ? {} : { contents: empty }) },
        ],
        ...changes,
      },
      ...others,
    ],
  });
  const url = (await miniflare.ready).href;
  return { url, miniflare, stop: () => miniflare.dispose() };
}
