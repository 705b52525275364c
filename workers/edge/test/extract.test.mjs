// A whole attack over HTTP: peel extract takes 784-8x2-1 from the real worker,
// which seals it, and from queries alone.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { client, victim } from "../help/api.mjs";
import { root, startEdge } from "../help/edge.mjs";

/** Runs peel and returns what it printed. */
function peel(...args) {
  const child = spawn(join(root, "build/peel"), args, { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (data) => (out += data));
  return new Promise((resolve) => child.on("exit", (code) => resolve({ code, out })));
}

const line = (out, name) => new RegExp(`^${name} +(.*)$`, "m").exec(out)?.[1];

test("784-8x2-1 is extracted from the worker, with the digest of a run in process", async () => {
  const edge = await startEdge();
  const folder = mkdtempSync(join(tmpdir(), "peel-edge-"));
  const file = join(folder, "recovered.safetensors");
  try {
    const send = client(edge.url);
    const { oracle } = await send(201, "PUT", `/api/models/${victim.sha256}?sealed=1`, victim.file);
    const local = await peel("extract", "mnist-784-8x2-1-s1", "--plain", "--seed", "7");
    const remote = await peel("extract", "--oracle", new URL(oracle, edge.url).href, "--seed", "7", "-o", file);
    assert.equal(remote.code, 0, remote.out);
    for (const name of ["digest", "queries"]) assert.equal(line(remote.out, name), line(local.out, name), name);
    const { used } = await send(200, "GET", oracle);
    assert.equal(String(used), line(remote.out, "queries"), "the worker has counted every query once");
    const score = await peel("score", "mnist-784-8x2-1-s1", file);
    assert.equal(score.code, 0, score.out);
    assert.ok(readFileSync(file).length > 50000);
    console.log(`${line(remote.out, "queries")} queries, ${line(remote.out, "asked")}, ${line(remote.out, "seconds")} s`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await edge.stop();
  }
});
