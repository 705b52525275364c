// Worker entry point of the programs beside the engine: the one that knows file
// formats, and the one that shows the results of campaigns.

import { gone, type Init, type Request } from "./protocol";
import { startGo, type Program } from "./program";
import { answer } from "./rpc";
import { scope } from "./scope";

let program: Program | undefined;

async function run(method: string, params: any): Promise<unknown> {
  if (method === "init") {
    program = await startGo(params as Init, "files");
    program.ended.then(() => scope.postMessage({ gone }));
    return undefined;
  }
  if (!program) throw new Error("the program that reads this has not started: reload the page");
  const result = await program.call(method, params);
  if (result instanceof Uint8Array) return result.buffer;
  for (const [key, value] of Object.entries(result)) if (value instanceof Uint8Array) result[key] = value.buffer;
  return result;
}

scope.onmessage = (m) => void answer(scope, m.data as Request, run);
