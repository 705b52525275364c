// Starts the Go program in this worker. wasm_exec.js comes from the toolchain
// that built it and is a classic script that defines Go, so workers are classic
// and load it with importScripts.

import type { Init } from "./protocol";
import { scope } from "./scope";
import { noVictim, type VictimImports } from "./sealed";

interface GoRuntime {
  argv: string[];
  importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
}

/** Calls a method that Go serves (package bridge). */
export type Call = (method: string, params: unknown) => Promise<any>;

export interface Program {
  call: Call;
  /** Settles if the program ever ends, which it should not. */
  ended: Promise<void>;
}

/**
 * Runs the program in a role. host holds the functions that Go calls; victim
 * makes the functions of package sealed, given a way to the program's memory.
 */
export async function startGo(
  init: Init,
  role: "conductor" | "hand" | "scorer" | "files",
  host: Record<string, unknown> = {},
  victim: (memory: () => ArrayBuffer) => Promise<VictimImports> = async () => noVictim,
): Promise<Program> {
  scope.importScripts(init.assets.wasmExec);
  const go: GoRuntime = new (globalThis as any).Go();
  go.argv = ["peel", role];
  let instance: WebAssembly.Instance;
  const memory = () => (instance.exports.mem as WebAssembly.Memory).buffer;
  go.importObject.victim = await victim(memory);
  instance = await WebAssembly.instantiate(init.peel, go.importObject);
  let ended: Promise<void> = Promise.resolve();
  const call = await new Promise<Call>((resolve, reject) => {
    (globalThis as any).peelHost = { ...host, ready: resolve };
    ended = go.run(instance);
    ended.then(() => reject(new Error("the program stopped as it started: reload the page")), reject);
  });
  return { call, ended };
}
