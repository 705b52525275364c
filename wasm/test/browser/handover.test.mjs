// Runs as files, without the page: what a stranger made up is not imported, and
// nothing that is kept is touched.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build, launch, open, serve } from "../help/harness.mjs";

let server, browser, page;

before(async () => {
  server = await serve(await build());
  browser = await launch();
  page = await open(browser.context, server.url);
  // A finished run, taken apart.
  await page.evaluate(async (assets) => {
    window.files = new peel.Files(assets);
    const { bytes, info } = await scorer.random([10, 5, 5, 1], 1);
    window.victim = bytes;
    const id = await conductor.start(specOf(info, 7), info.sealed, { workers: 1 });
    window.meta = (await ended(id)).meta;
    window.parts = await conductor.export(id);
    window.text = (part) => new TextDecoder().decode(part);
    window.part = (text) => new TextEncoder().encode(text).buffer;
    window.refusal = (changes) => conductor.adopt({ ...parts, ...changes }).then(() => "", (e) => e.message);
  }, (await import("../help/harness.mjs")).assets);
});

after(async () => {
  await browser?.context.close();
  server?.close();
});

test("a run that was packed, unpacked and adopted is a new one with the same result", async () => {
  const out = await page.evaluate(async () => {
    const file = await files.pack({ ...parts, victim });
    const kind = (await files.read(file.slice(0))).format;
    const run = await conductor.adopt(await files.unpack(file));
    const networks = await Promise.all([meta.id, run.id].map(async (id) => text(await conductor.recovered(id))));
    const { runs } = await conductor.list();
    return { kind, run, meta, networks, count: runs.length, events: (await conductor.events(run.id)).length };
  });
  assert.equal(out.kind, "run");
  assert.notEqual(out.run.id, out.meta.id);
  assert.equal(out.count, 2);
  assert.ok(out.events > 5);
  assert.equal(out.networks[0], out.networks[1]);
  const same = ({ status, digest, complete, queries, byPhase, layers, coverage, seconds, spec }) => ({ status, digest, complete, queries, byPhase, layers, coverage, seconds, spec });
  assert.deepEqual(same(out.run), same(out.meta));
  assert.equal(out.run.imported, true);
});

test("what does not fit together is refused, and nothing is kept of it", async () => {
  const out = await page.evaluate(async () => {
    const before = (await conductor.list()).runs.length;
    const edit = (name, from, to) => ({ [name]: part(text(parts[name]).replace(from, to)) });
    const other = await scorer.random([10, 5, 5, 1], 2);
    const said = {
      digest: await refusal(edit("figures", /"digest": ".{4}/, '"digest": "0000')),
      queries: await refusal(edit("journal", '"queries":', '"queries":1')),
      engine: await refusal(edit("spec", '"engine": "', '"engine": "0')),
      half: await refusal({ journal: parts.journal.slice(0, 1001) }),
      network: await refusal({ recovered: other.bytes }),
      victim: await refusal({ victim: other.bytes }),
      nothing: await refusal({ spec: part(""), journal: part(""), figures: part("") }),
    };
    return { said, more: (await conductor.list()).runs.length - before };
  });
  assert.equal(out.more, 0);
  const want = { digest: /figures it claims/, queries: /figures it claims/, engine: /engine/, half: /damaged/, network: /not the one that its journal gives/, victim: /not the one that the run attacked/, nothing: /spec/ };
  for (const [fault, words] of Object.entries(want)) {
    assert.match(out.said[fault], words, fault);
    assert.match(out.said[fault], /^this run was not imported: [^\n]{10,300}$/, fault);
  }
});

test("files that are no run are refused in a sentence", async () => {
  const said = await page.evaluate(async () => {
    const file = await files.pack(parts);
    const wrong = { empty: new ArrayBuffer(0), text: part("to do: buy milk"), half: file.slice(0, file.byteLength >> 1), network: victim };
    const out = {};
    for (const [name, bytes] of Object.entries(wrong)) out[name] = await files.unpack(bytes).then(() => "", (e) => e.message);
    return out;
  });
  for (const [name, text] of Object.entries(said)) assert.match(text, /^this is not a run Peel can open: [^\n]{10,300}$/, name);
});
