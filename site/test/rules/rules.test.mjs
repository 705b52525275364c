// Rules that hold for the whole repository, checked on its files.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const run = (program, ...args) => execFileSync(program, args, { cwd: root, encoding: "utf8" }).trim().split("\n").filter(Boolean);
const read = (path) => readFileSync(join(root, path), "utf8");

/** Every file that is in the repository or would be added to it. */
const files = existsSync(join(root, ".git")) ? run("git", "ls-files", "--cached", "--others", "--exclude-standard").filter((f) => existsSync(join(root, f))) : [];

test("the core knows nothing of its hosts", () => {
  const forbidden = new Set(["syscall/js", "net/http", "os", "time", "math/rand"]);
  const wrong = [];
  for (const line of run("go", "list", "-f", '{{.ImportPath}} {{join .Imports " "}}', "./core/...")) {
    const [pkg, ...imports] = line.split(" ");
    if (pkg.startsWith("peel/core/cmd")) continue;
    for (const i of imports) if (forbidden.has(i) || i.startsWith("peel/wasm") || i.startsWith("peel/workers")) wrong.push(`${pkg} imports ${i}`);
  }
  assert.deepEqual(wrong, []);
});

test("imports in the core go one way, from the run down to the network", () => {
  const order = ["nn", "rng", "linalg", "oracle", "critical", "signature", "sign", "fit", "method", "extract", "run", "link"];
  const wrong = [];
  for (const line of run("go", "list", "-f", '{{.ImportPath}} {{join .Imports " "}}', "./core/...")) {
    const [pkg, ...imports] = line.split(" ");
    const from = order.indexOf(pkg.replace("peel/core/", ""));
    if (from < 0) continue;
    for (const i of imports) {
      const to = order.indexOf(i.replace("peel/core/", ""));
      if (i.startsWith("peel/") && (to < 0 || to > from)) wrong.push(`${pkg} imports ${i}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("the top level holds only what it should", () => {
  const allowed = new Set(["wasm", "core", "site", "workers", "models", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE"]);
  const top = new Set(files.map((f) => f.split("/")[0]));
  assert.deepEqual([...top].filter((f) => !allowed.has(f) && !f.startsWith(".")), []);
});

test("lock files name no hosts", () => {
  const locks = files.filter((f) => /(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|go\.sum)$/.test(f));
  assert.ok(locks.includes("site/package-lock.json") && locks.includes("go.sum"));
  for (const lock of locks) assert.doesNotMatch(read(lock), /"resolved"|:\/\//, `${lock}: take out what npm added (resolved addresses, funding)`);
});

test("versions are pinned", () => {
  for (const file of ["site/package.json", "workers/edge/package.json"]) {
    const { dependencies, devDependencies } = JSON.parse(read(file));
    assert.equal(dependencies, undefined, `${file}: what runs depends on nothing`);
    for (const [name, version] of Object.entries(devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});

test("the page puts no text in as markup and loads nothing from elsewhere", () => {
  const sources = files.filter((f) => /^site\/(src|styles)\/|^site\/index\.html$/.test(f));
  assert.ok(sources.length > 20);
  for (const f of sources) {
    const text = read(f);
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/, f);
    assert.doesNotMatch(text.replaceAll("http://www.w3.org/2000/svg", ""), /https?:\/\//, f);
  }
});

test("what the documents link to is there", () => {
  const documents = files.filter((f) => f.endsWith(".md"));
  assert.ok(documents.includes("README.md") && documents.includes("site/docs/why.md"));
  for (const f of documents) {
    const links = [...read(f).matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map((m) => m[1]);
    for (const link of links) assert.ok(existsSync(join(root, dirname(f), link)), `${f} links to ${link}`);
  }
});
