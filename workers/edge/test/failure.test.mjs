// A store that fails is told as such, and nothing is half done.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, experiment, floats, victim } from "../help/api.mjs";
import { startEdge } from "../help/edge.mjs";

/** A worker that stands in for KV and fails as KV does, by rejecting, unless its address is told not to. */
const faulty = {
  name: "faulty",
  modules: true,
  compatibilityDate: "2026-04-01",
  kvNamespaces: ["REAL"],
  script: `
    import { WorkerEntrypoint } from "cloudflare:workers";
    let broken = "";
    export default class extends WorkerEntrypoint {
      breaks(what) { broken = what; }
      check(what) { if (broken === what) throw new Error("KV " + what + " failed: 503 Service Unavailable"); }
      async get(key, type) { this.check("get"); return this.env.REAL.get(key, type); }
      async put(key, value) { this.check("put"); return this.env.REAL.put(key, value); }
      async delete(key) { this.check("delete"); return this.env.REAL.delete(key); }
    }`,
};

test("when KV fails the client is told to try again, and the next try works", async () => {
  const edge = await startEdge({ kvNamespaces: {}, serviceBindings: { BLOBS: "faulty" }, handleRuntimeStdio: () => {} }, [faulty]);
  try {
    const send = client(edge.url);
    const { BLOBS } = await edge.miniflare.getBindings();
    const failsOnce = async (what, status, ...request) => {
      await BLOBS.breaks(what);
      const problem = await send(503, ...request);
      assert.equal(problem.name, "store");
      assert.ok(problem.headers.get("retry-after"));
      assert.doesNotMatch(problem.detail, /KV/);
      await BLOBS.breaks("");
      return send(status, ...request);
    };
    const made = await failsOnce("put", 201, "POST", "/api/experiments", experiment(7));
    await failsOnce("get", 200, "GET", `/api/experiments/${made.id}`);
    await failsOnce("put", 201, "PUT", `/api/models/${victim.sha256}?sealed=1`, victim.file);
    const point = floats(...new Array(784).fill(1));
    const oracle = `/api/oracle/${victim.sha256}`;
    const answer = await failsOnce("get", 200, "POST", oracle, point, { headers: { "Idempotency-Key": "k" } });
    assert.equal(answer.headers.get("peel-used"), "1", "a retry after a failure is counted once");
  } finally {
    await edge.stop();
  }
});
