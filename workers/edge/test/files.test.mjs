// Static files at the edge: the same answers as the local server gives, and no Go.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { serve } from "../../../site/test/help/serve.mjs";
import { root, startEdge } from "../help/edge.mjs";

let edge;
let local;
before(async () => {
  // An engine that cannot even be compiled: whatever is answered, is answered without Go.
  [edge, local] = await Promise.all([startEdge({}, [], { engine: false }), serve()]);
});
after(async () => {
  await edge?.stop();
  await local?.stop();
});

const same = [
  "content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy",
  "cross-origin-opener-policy", "cross-origin-resource-policy", "cache-control", "content-type", "location",
];

/** Status and headers, with charsets in one spelling. */
async function look(url, path) {
  const r = await fetch(new URL(path, url), { redirect: "manual" });
  const body = await r.arrayBuffer();
  const headers = Object.fromEntries(same.map((name) => [name, r.headers.get(name)?.toLowerCase() ?? null]));
  return { status: r.status, size: r.status === 200 ? body.byteLength : 0, ...headers };
}

test("every file has the headers that the local server gives it", async () => {
  const dist = join(root, "site/dist");
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name).slice(dist.length + 1))
    // Packed copies are only sent in place of what they pack.
    .filter((name, _, all) => !/\.(br|gz)$/.test(name) || !all.includes(name.replace(/\.(br|gz)$/, "")))
    // What stands for the interface on a static host is answered by the interface here.
    .filter((name) => !name.startsWith("_") && !name.startsWith("api/") && name !== "index.html");
  assert.ok(files.length > 20);
  for (const path of ["", "?embed", "?embed=dark", "?x=embed", ...files, "x/0123456789ab", "r/ABC234"]) {
    const [a, b] = await Promise.all([look(edge.url, path), look(local.url, path)]);
    assert.deepEqual(a, b, path);
    if (path.startsWith("assets/")) assert.match(a["cache-control"], /immutable/);
  }
});

test("what is no file is answered without Go", async () => {
  for (const path of ["nothing", "_headers", "_redirects", "assets/", "x/a/b"]) {
    const r = await fetch(new URL(path, edge.url));
    assert.equal(r.status, 404, path);
    assert.match(await r.text(), /no such file/);
  }
});
