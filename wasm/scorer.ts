// Worker entry point of the scorer.

import { gone, type Init, type Request } from "./protocol";
import { startGo, type Program } from "./program";
import { answer } from "./rpc";
import { scope } from "./scope";

let program: Program | undefined;

/** Wraps the sealed victim so that nobody takes it for numbers. */
const wrap = (info: any) => ({ ...info, sealed: new Blob([info.sealed], { type: "application/octet-stream" }) });

async function run(method: string, params: any): Promise<unknown> {
  if (method === "init") {
    program = await startGo(params as Init, "scorer");
    program.ended.then(() => scope.postMessage({ gone }));
    return undefined;
  }
  if (!program) throw new Error("the scorer has not started: reload the page");
  const result = await program.call(method, params);
  if (method === "inspect") return wrap(result);
  if (method === "random" || method === "linkVictim") return { bytes: result.bytes.buffer, info: wrap(result.info) };
  return result;
}

scope.onmessage = (m) => void answer(scope, m.data as Request, run);
