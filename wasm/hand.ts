// Worker entry point of a hand: the attack in Go beside its sealed victim. The
// hand holds the lock it is named after as long as it lives, which is how the
// pool notices that it died.

import { HttpOracle } from "./httporacle";
import type { Init, RemoteVictim, Request, Spec } from "./protocol";
import { startGo, type Program } from "./program";
import { answer } from "./rpc";
import { scope } from "./scope";
import { givenLayers, sealVictim } from "./sealed";

export interface HandInit {
  init: Init;
  /** The text of the run's spec. */
  spec: string;
  victim: Blob | RemoteVictim;
  /** Queries per second of this hand, 0 for no limit. */
  pace: number;
}

let program: Program | undefined;

async function start(given: HandInit) {
  const { init, spec, victim, pace } = given;
  if (!(victim instanceof Blob)) return startRemote(given, victim);
  program = await startGo(init, "hand", {}, async (memory) => {
    const payload = await victim.arrayBuffer();
    const about = JSON.parse(spec) as Spec;
    await check(payload, about.victim.sha256);
    try {
      return await sealVictim(init.victim!, payload, memory, givenLayers(about.method));
    } finally {
      new Uint8Array(payload).fill(0);
    }
  });
  program.ended.then(() => scope.close());
  await program.call("begin", { spec, pace });
}

/** A hand without a victim: it asks a server, in many tasks at a time. */
async function startRemote({ init, spec, pace }: HandInit, victim: RemoteVictim) {
  const oracle = new HttpOracle(victim, (remote) => scope.postMessage({ remote }));
  program = await startGo(init, "hand", { ask: (points: Uint8Array) => oracle.ask(points) });
  program.ended.then(() => scope.close());
  await program.call("begin", { spec, pace, inputs: victim.inputs, outputs: victim.outputs });
}

/** The payload is what the fingerprint is taken of (nn.Canonical). */
async function check(payload: ArrayBuffer, sha256: string) {
  if (!crypto.subtle) return; // only in secure contexts
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", payload));
  const hex = Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
  if (hex !== sha256) throw new Error("this is not the victim that the run is about: choose the one it was started with");
}

async function run(method: string, params: any): Promise<unknown> {
  if (method === "init") return start(params as HandInit);
  if (!program) throw new Error("the hand has not started");
  return program.call(method, params);
}

scope.onmessage = (m) => void answer(scope, m.data as Request, run);

if (navigator.locks) {
  void navigator.locks.request(scope.name, () => {
    scope.postMessage({ locked: true });
    return new Promise<void>(() => {});
  });
}
