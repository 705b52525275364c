// What this browser remembers of rooms: who it is there, and which of its runs
// were started in which.

import { recall, remember } from "../data/local";
import type { Joined } from "./rooms";

export interface Record {
  /** The teacher's token. */
  teacher?: string;
  me?: Joined;
  /** Chosen once, so that joining again after a lost answer is not a second member. */
  secret?: string;
}

/** Where storage is missing, a tab remembers for itself. */
const tab = new Map<string, Record>();
const key = (code: string) => `peel-room-${code}`;
const runKey = (run: string) => `peel-room-run-${run}`;

export function recordOf(code: string): Record {
  try {
    return JSON.parse(recall(key(code)) ?? "null") ?? tab.get(code) ?? {};
  } catch {
    return {};
  }
}

export function keepRecord(code: string, record: Record) {
  tab.set(code, record);
  remember(key(code), JSON.stringify(record));
}

/** Notes that a run belongs to a round of a room. */
export function keepRun(run: string, code: string, round: number) {
  remember(runKey(run), `${code} ${round}`);
}

export function forgetRun(run: string) {
  remember(runKey(run), null);
}

/** Whether a run was started in this round of a room. */
export const isRunOf = (run: string, code: string, round: number) => recall(runKey(run)) === `${code} ${round}`;

/** Whether a run was started in a room. */
export const isRunOfRoom = (run: string, code: string) => (recall(runKey(run)) ?? "").startsWith(`${code} `);

export function newSecret(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
