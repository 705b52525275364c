// Sends requests to the interface and checks what every answer must have.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./edge.mjs";

/** The engine that this Peel has: specs of another are refused. */
const engine = /const Engine = "(.+)"/.exec(readFileSync(join(root, "core/run/spec.go"), "utf8"))[1];

export const victim = {
  sha256: "9937caa3438ad428b96aa474b2907343ca6bd9e3755c17f98ba75425beab89a9",
  file: readFileSync(join(root, "models/mnist-784-8x2-1-s1.safetensors")),
  spec: {
    v: 1,
    engine,
    victim: { name: "mnist-784-8x2-1-s1", sha256: "9937caa3438ad428b96aa474b2907343ca6bd9e3755c17f98ba75425beab89a9" },
    sizes: [784, 8, 8, 1],
    oracle: {},
    seed: 7,
  },
};

export const experiment = (seed) => ({
  spec: { ...victim.spec, seed },
  result: { digest: "0a".repeat(32), queries: 1234, complete: true },
});

export const progress = (seq, state = "running") => ({
  seq, round: 0, state, phase: "critical", layer: 1, queries: 100 * seq, found: 3, neurons: 16, seconds: seq, seed: 7,
  ...(state === "complete" ? { digest: "0a".repeat(32) } : {}),
});

/** A client of the server at url. */
export function client(url) {
  return async function send(status, method, path, body, { token, headers = {} } = {}) {
    const plain = body === undefined || body instanceof Uint8Array || body instanceof ReadableStream || typeof body === "string";
    const r = await fetch(new URL(path, url), {
      method,
      body: plain ? body : JSON.stringify(body),
      headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers },
      redirect: "manual",
      duplex: body instanceof ReadableStream ? "half" : undefined,
    });
    const bytes = new Uint8Array(await r.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    assert.equal(r.status, status, `${method} ${path}: ${text}`);
    assert.equal(r.headers.get("cache-control"), "no-store");
    assert.equal(r.headers.get("x-content-type-options"), "nosniff");
    const kind = r.headers.get("content-type");
    if (status >= 400) {
      assert.equal(kind, "application/problem+json");
      const problem = JSON.parse(text);
      assert.equal(problem.status, status);
      assert.match(problem.detail, /^[A-Z][^\n]*\.$/);
      return { ...problem, name: problem.type.replace("urn:peel:problem:", ""), headers: r.headers };
    }
    return kind === "application/json" ? JSON.parse(text) : { bytes, headers: r.headers };
  };
}

/** Numbers as an oracle takes them: float64, little-endian. */
export const floats = (...x) => new Uint8Array(new Float64Array(x).buffer);
