// Networks that only a server has: it answers, and nobody can read them.

import type { RemoteVictim } from "../../../wasm/protocol";
import { recall, remember } from "../data/local";
import type { Victim } from "../data/victims";
import { parameters } from "../format";
import { call, serverUrl } from "./api";

interface Said {
  sha256: string;
  sizes: number[];
  points: number;
}

/** The hash in what the reader typed: an address …/api/oracle/SHA256 of this server, or the hash alone. */
export function parseOracle(text: string): string {
  const typed = text.trim();
  const sha256 = /(?:^|\/api\/oracle\/)([0-9a-f]{64})$/.exec(typed)?.[1];
  if (!sha256) throw new Error("a black box has an address that ends in /api/oracle/ and 64 hex digits: copy all of it");
  if (typed === sha256 || typed === serverUrl(`api/oracle/${sha256}`) || typed === `/api/oracle/${sha256}`) return sha256;
  throw new Error("a page can only ask the server that it came from: open Peel there, or use peel extract --oracle");
}

/** Asks the server what it answers for. token, if any, is that of a member of a room. */
export async function remoteVictim(sha256: string, token?: string, name = `remote-${sha256.slice(0, 8)}`): Promise<Victim> {
  const { sizes, points, sha256: said } = await call<Said>(`api/oracle/${sha256}`, { token });
  if (said !== sha256 || !Array.isArray(sizes) || sizes.length < 2 || !(points >= 1)) throw new Error("the server answers for another network than its address names: do not trust it");
  return victim(name, sha256, sizes, { url: serverUrl(`api/oracle/${sha256}`), token, inputs: sizes[0]!, outputs: sizes.at(-1)!, points });
}

function victim(name: string, sha256: string, sizes: number[], sealed: RemoteVictim): Victim {
  return { info: { name, sha256, sizes, params: parameters(sizes), meta: {}, sealed }, bytes: new ArrayBuffer(0), shipped: false, remote: true };
}

const key = (run: string) => `peel-remote-${run}`;

/** Notes that a run asks a server, so that it can be resumed. */
export function keepRemote(run: string, { info }: Victim) {
  const { name, sha256, sizes, sealed } = info;
  remember(key(run), JSON.stringify({ name, sha256, sizes, sealed }));
}

/** The victim of a run that asks a server; nothing for any other run. */
export function remoteOf(run: string): Victim | undefined {
  try {
    const kept = JSON.parse(recall(key(run)) ?? "null");
    return kept ? victim(kept.name, kept.sha256, kept.sizes, kept.sealed) : undefined;
  } catch {
    return undefined;
  }
}

export const forgetRemote = (run: string) => remember(key(run), null);
