// Runs the Go tests of the journal as the browser would, in WebAssembly, over
// npm's fake-indexeddb.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { require, root } from "../help/bundle.mjs";

test("the journal keeps its promises in IndexedDB", () => {
  const goroot = execFileSync("go", ["env", "GOROOT"], { cwd: root, encoding: "utf8" }).trim();
  const fake = join(root, "site", "node_modules", "fake-indexeddb", "auto", "index.mjs");
  require("fake-indexeddb"); // says so when it is not installed
  const { stdout: out, status } = spawnSync(
    "go",
    ["test", "-count=1", "-v", "-exec", join(goroot, "lib", "wasm", "go_js_wasm_exec"), "./wasm/internal/journal"],
    {
      cwd: root,
      encoding: "utf8",
      // The Go program has little room for its environment.
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        GOCACHE: process.env.GOCACHE ?? "",
        GOOS: "js",
        GOARCH: "wasm",
        NODE_OPTIONS: `--import=${pathToFileURL(fake)}`,
      },
    },
  );
  assert.equal(status, 0, out);
  for (const name of ["TestDatabaseKeepsARun", "TestDatabaseRefuses", "TestJournalOnTheDatabase", "TestNoIndexedDB", "TestFullDisk"]) {
    assert.match(out, new RegExp(`--- PASS: ${name}`));
  }
});
