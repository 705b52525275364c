// Every route on the real workerd, with no network. What the routes do in detail
// is tested in Go; here it is that the worker, its store and its limits do it too.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { client, experiment, floats, progress, victim } from "../help/api.mjs";
import { startEdge } from "../help/edge.mjs";

let edge;
let send;
before(async () => {
  edge = await startEdge();
  send = client(edge.url);
});
after(() => edge?.stop());

const point = (v) => floats(...new Array(784).fill(v));

test("it says that it is there", async () => {
  const about = await send(200, "GET", "/api/about");
  assert.equal(about.api, 1);
  assert.equal(about.engine, victim.spec.engine);
});

test("experiments are shared, once, and deleted by their owner", async () => {
  const made = await send(201, "POST", "/api/experiments", experiment(7));
  assert.equal(made.url, `/x/${made.id}`);
  const again = await send(200, "POST", "/api/experiments", experiment(7));
  assert.deepEqual([again.id, again.token], [made.id, undefined]);
  const back = await send(200, "GET", `/api/experiments/${made.id}`);
  assert.deepEqual(back, experiment(7));
  assert.equal((await send(403, "DELETE", `/api/experiments/${made.id}`, undefined, { token: "guess" })).name, "token-wrong");
  await send(200, "DELETE", `/api/experiments/${made.id}`, undefined, { token: made.token });
  await send(404, "GET", `/api/experiments/${made.id}`);
});

test("open models are read, sealed ones are not", async () => {
  const at = `/api/models/${victim.sha256}`;
  const open = await send(201, "PUT", at, victim.file);
  const { bytes } = await send(200, "GET", at);
  assert.ok(bytes.length > 50000 && bytes.length <= victim.file.length);
  assert.equal((await send(409, "PUT", `${at}?sealed=1`, victim.file)).name, "stored-otherwise");
  await send(200, "DELETE", at, undefined, { token: open.token });
  await send(404, "GET", at);
  const sealed = await send(201, "PUT", `${at}?sealed=1&budget=100`, victim.file);
  assert.equal((await send(403, "GET", at, undefined, { token: sealed.token })).name, "sealed");
  assert.equal((await send(422, "PUT", at, victim.file.subarray(0, 1000))).name, "invalid");
  assert.equal((await send(422, "PUT", `/api/models/${"0".repeat(64)}`, victim.file)).name, "invalid");
  assert.equal((await send(413, "PUT", at, new Uint8Array((4 << 20) + 1))).name, "too-large");
  await send(200, "DELETE", at, undefined, { token: sealed.token });
});

test("the oracle answers, counts once, and refuses what it must", async () => {
  const { token, oracle } = await send(201, "PUT", `/api/models/${victim.sha256}?sealed=1&budget=1500`, victim.file);
  assert.equal((await send(200, "GET", oracle)).points, 1337);
  const key = { headers: { "Idempotency-Key": "a" } };
  const first = await send(200, "POST", oracle, point(0.5), key);
  const second = await send(200, "POST", oracle, point(0.5), key);
  assert.deepEqual(second.bytes, first.bytes);
  assert.equal(first.bytes.length, 8);
  assert.equal(second.headers.get("peel-used"), "1");
  const largest = await send(200, "POST", oracle, new Uint8Array(1337 * 784 * 8));
  assert.equal(largest.bytes.length, 1337 * 8);
  assert.equal((await send(413, "POST", oracle, new Uint8Array(1338 * 784 * 8))).name, "too-many-points");
  const used = await send(429, "POST", oracle, new Uint8Array(200 * 784 * 8));
  assert.equal(used.name, "budget");
  assert.ok(Number(used.headers.get("retry-after")) > 0);
  for (const [name, body] of [
    ["length", new Uint8Array(0)],
    ["length", new Uint8Array(100)],
    ["length", new Uint8Array(784 * 8 + 1)],
    ["not-finite", point(NaN)],
    ["not-finite", point(Infinity)],
    ["not-finite", point(-Infinity)],
  ]) assert.equal((await send(400, "POST", oracle, body)).name, name);
  assert.equal((await send(200, "GET", oracle)).used, 1338);
  await send(200, "DELETE", `/api/models/${victim.sha256}`, undefined, { token });
  await send(404, "POST", oracle, point(1));
});

test("a slow body is answered when it is whole", async () => {
  const whole = new TextEncoder().encode(JSON.stringify(experiment(50)));
  let sent = 0;
  const slow = new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      controller.enqueue(whole.subarray(sent, (sent += 40)));
      if (sent >= whole.length) controller.close();
    },
  });
  await send(201, "POST", "/api/experiments", slow);
  const long = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 8; i++) controller.enqueue(new Uint8Array(16384).fill(32));
      controller.close();
    },
  });
  assert.equal((await send(413, "POST", "/api/experiments", long)).name, "too-large");
});

test("a room goes through its day", async () => {
  const { code, token: teacher } = await send(201, "POST", "/api/rooms", { title: "Year 12", spec: victim.spec });
  const room = `/api/rooms/${code}`;
  const ada = await send(201, "POST", `${room}/members`, { nickname: "Ada" });
  assert.equal((await send(409, "POST", `${room}/members`, { nickname: "ada" })).name, "nickname-taken");
  const at = `${room}/members/${ada.id}`;
  await send(200, "PUT", `${at}/progress`, progress(1), { token: ada.token });
  await send(200, "PUT", `${at}/progress`, progress(2, "complete"), { token: ada.token });
  assert.equal((await send(403, "PUT", `${at}/progress`, progress(3), { token: "x" })).name, "token-wrong");
  const board = await send(200, "GET", room);
  assert.deepEqual([board.fastest, board.frugal, board.members[0].progress.queries], [ada.id, ada.id, 200]);
  await send(200, "POST", `${room}/reset`, undefined, { token: teacher });
  assert.equal((await send(409, "PUT", `${at}/progress`, progress(3), { token: ada.token })).name, "room-reset");
  await send(200, "DELETE", at, undefined, { token: teacher });
  await send(200, "DELETE", room, undefined, { token: teacher });
  await send(404, "GET", room);
});

test("a class at the same time loses nothing", async () => {
  const { code } = await send(201, "POST", "/api/rooms", { spec: victim.spec });
  const room = `/api/rooms/${code}`;
  const names = Array.from({ length: 12 }, (_, i) => `student ${i}`);
  const members = await Promise.all(names.map((nickname) => send(201, "POST", `${room}/members`, { nickname })));
  for (const seq of [1, 2]) {
    await Promise.all(members.map((m) => send(200, "PUT", `${room}/members/${m.id}/progress`, progress(seq), { token: m.token })));
  }
  const board = await send(200, "GET", room);
  assert.deepEqual(board.members.map((m) => m.nickname).sort(), names.sort());
  assert.ok(board.members.every((m) => m.progress.seq === 2));
});

test("what is not there is not there", async () => {
  for (const path of ["/api/", "/api/nothing", "/api/models/..%2fowner", "/api/rooms/%00", `/api/models/${"a".repeat(5000)}`]) {
    await send(404, "GET", path);
  }
  assert.equal((await send(405, "PATCH", "/api/rooms", {})).headers.get("allow"), "POST");
  assert.equal((await send(403, "POST", "/api/rooms", {}, { headers: { Origin: "https://elsewhere.example" } })).name, "cross-origin");
});
