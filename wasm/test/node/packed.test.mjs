// A large file arrives whole from every kind of host, and small where it can.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { load } from "../help/bundle.mjs";

const plain = Buffer.from("\0asm and more of it ".repeat(50));
const gz = gzipSync(plain);

/** What a host sends for the file and for its packed copy: headers and body, or nothing. */
const hosts = {
  "packs by itself": { "/f": [{ "content-encoding": "gzip", "content-type": "application/wasm" }, gz], "/f.gz": [{}, gz] },
  "sends files as they lie": { "/f": [{}, plain], "/f.gz": [{ "content-type": "application/gzip" }, gz] },
  "takes .gz for a coding": { "/f": [{}, plain], "/f.gz": [{ "content-encoding": "gzip" }, gz] },
  "has lost the packed copy": { "/f": [{ "content-type": "application/wasm" }, plain] },
};
const asked = [];
let server, base, fetchSmall;
before(async () => {
  ({ fetchSmall } = await load("packed.ts"));
  server = createServer((request, response) => {
    const [, host, path] = /^\/(\d)(.*)$/.exec(request.url);
    asked.push(path);
    const found = Object.values(hosts)[host][path];
    if (found) response.writeHead(200, found[0]).end(found[1]);
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}/`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

Object.keys(hosts).forEach((name, i) => {
  test(`a host that ${name}`, async () => {
    asked.length = 0;
    const response = await fetchSmall(`${base}${i}/f`, `${base}${i}/f.gz`);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), plain);
    assert.equal(response.headers.get("content-type"), "application/wasm");
    assert.deepEqual(asked, i === 0 ? ["/f"] : ["/f", "/f.gz"]);
  });
});

test("a file that is not there is told as such, and no copy means no second question", async () => {
  asked.length = 0;
  assert.equal((await fetchSmall(`${base}0/none`, `${base}0/none.gz`)).status, 404);
  assert.equal((await fetchSmall(`${base}1/f`, undefined)).headers.get("content-type"), null);
  assert.deepEqual(asked, ["/none", "/f"]);
});
