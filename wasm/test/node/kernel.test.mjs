// The sealed kernel gives the bits of core/oracle.Victim, through the same
// trampoline that a hand uses.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildVictim } from "../../build.mjs";
import { load, root, scratch } from "../help/bundle.mjs";

const dir = scratch();
buildVictim(dir);
const module = await WebAssembly.compile(readFileSync(join(dir, "victim.wasm")));
const { givenLayers, sealVictim } = await load("sealed.ts");

/** A stand-in for the memory of the Go program: regions one after another. */
class Caller {
  memory = new WebAssembly.Memory({ initial: 1 });
  top = 8;
  put(bytes) {
    const at = this.room(bytes.length);
    new Uint8Array(this.memory.buffer).set(bytes, at);
    return at;
  }
  room(n) {
    const at = this.top;
    this.top += (n + 7) & ~7;
    const more = Math.ceil((this.top - this.memory.buffer.byteLength) / 65536);
    if (more > 0) this.memory.grow(more);
    return at;
  }
  read(at, n) {
    return Buffer.from(new Uint8Array(this.memory.buffer, at, n).slice());
  }
}

const bytes = (base64) => Buffer.from(base64, "base64");
const exact = (buffer) => buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);

const cases = execFileSync("go", ["run", "./wasm/internal/kernelcases"], { cwd: root, maxBuffer: 1 << 30, encoding: "utf8" })
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

test("there are cases", () => assert.ok(cases.length >= 12));

for (const c of cases) {
  test(`${c.sizes.join("-")}: same bits as core/oracle.Victim`, async () => {
    const go = new Caller();
    const victim = await sealVictim(module, exact(bytes(c.canonical)), () => go.memory.buffer);
    assert.equal(victim.inputs(), c.sizes[0]);
    assert.equal(victim.outputs(), c.sizes.at(-1));
    for (const q of c.questions) {
      go.top = 8;
      const want = bytes(q.y);
      const x = go.put(bytes(q.x));
      const y = go.room(want.length);
      const coord = go.put(Buffer.from(Int32Array.from(q.coord ?? []).buffer));
      const step = go.put(bytes(q.step ?? ""));
      if (q.k) assert.equal(victim.open(q.slot, go.put(bytes(q.base)), go.put(bytes(q.dirs)), q.k), 1);
      const i = q.inner;
      if (i) assert.equal(victim.openIn(i.slot, q.slot, go.put(bytes(i.base)), go.put(bytes(i.dirs)), i.k), 1);
      const slot = i ? i.slot : q.slot;
      const ok = {
        query: () => victim.query(x, q.n, y),
        steps: () => victim.steps(x, coord, step, q.n, y),
        queryIn: () => victim.queryIn(slot, x, q.n, y),
        stepsIn: () => victim.stepsIn(slot, x, coord, step, q.n, y),
      }[q.kind]();
      assert.equal(ok, 1);
      const got = go.read(y, want.length);
      if (!got.equals(want)) {
        const at = Array.from({ length: want.length / 8 }, (_, i) => i).find((i) => !got.subarray(8 * i, 8 * i + 8).equals(want.subarray(8 * i, 8 * i + 8)));
        assert.fail(`${q.kind} n=${q.n} k=${q.k} inner ${q.inner?.k}: answer ${at} is ${got.readDoubleLE(8 * at)}, want ${want.readDoubleLE(8 * at)}`);
      }
    }
  });
}

test("a payload that is not a network is refused", async () => {
  const good = exact(bytes(cases[2].canonical));
  const faults = {
    empty: new ArrayBuffer(0),
    truncated: good.slice(0, good.byteLength - 8),
    "too long": exact(Buffer.concat([Buffer.from(good), Buffer.alloc(8)])),
    "absurd width": (() => {
      const b = good.slice(0);
      new BigUint64Array(b)[1] = 1n << 40n;
      return b;
    })(),
    "absurd depth": (() => {
      const b = good.slice(0);
      new BigUint64Array(b)[0] = 1n << 33n;
      return b;
    })(),
  };
  for (const [name, payload] of Object.entries(faults)) {
    await assert.rejects(sealVictim(module, payload, () => new ArrayBuffer(0)), /not a network/, name);
  }
});

test("the true layers are told to an idealised run, as many as it is given, and to no other", async () => {
  const c = cases.find((c) => c.sizes.length > 3);
  const payload = exact(bytes(c.canonical));
  const memory = new ArrayBuffer(1 << 20);
  const seal = (given) => sealVictim(module, payload.slice(0), () => memory, given);
  const none = await seal(givenLayers({ signature: "foerster", sign: "soe" }));
  assert.deepEqual([none.given(1), none.layers(1, 0)], [0, 0]);

  const one = await seal(givenLayers({ idealised: 2 }));
  const [d0, d1] = c.sizes;
  assert.equal(one.given(1), 8 * (2 + (d0 + 1) * d1));
  assert.equal(one.layers(1, 0), 1);
  assert.deepEqual([...new BigUint64Array(memory, 0, 2)].map(Number), [d0, d1]);
  const first = 8 * (1 + c.sizes.length); // where the layers begin in a canonical encoding
  const size = 8 * (d0 + 1) * d1;
  assert.deepEqual(Buffer.from(memory, 16, size), Buffer.from(payload, first, size));
  assert.deepEqual([one.given(2), one.layers(2, 0)], [0, 0], "not the layer that is attacked");
  assert.equal(givenLayers({ idealised: 2, signature: "given" }), 2);
});
