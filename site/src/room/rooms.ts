// Rooms as the server keeps them: site/docs/api.md, Rooms.

import type { PhaseName, Spec } from "../../../wasm/protocol";
import { call } from "../server/api";

export interface Progress {
  seq: number;
  round: number;
  state: "running" | "complete" | "incomplete" | "stopped";
  phase?: PhaseName;
  layer?: number;
  queries: number;
  found: number;
  neurons: number;
  seconds: number;
  seed: number;
  digest?: string;
  maxError?: number;
}

export interface Member {
  id: string;
  nickname: string;
  joined: number;
  /** Points that the server counted itself. */
  asked: number;
  progress: Progress | null;
}

export interface Room {
  code: string;
  title: string;
  spec: Spec;
  seeds: "own" | "same";
  remote: boolean;
  perMember: boolean;
  round: number;
  /** Seconds since 1970, by the server's clock. */
  expires: number;
  now: number;
  members: Member[];
  /** Ids of members, "" while there is none. */
  fastest: string;
  frugal: string;
}

export interface Opening {
  title: string;
  spec: Spec;
  seeds: "own" | "same";
  remote: boolean;
  modelToken?: string;
}

export interface Joined {
  id: string;
  nickname: string;
  token: string;
}

const at = (code: string) => `api/rooms/${code}`;

export const openRoom = (opening: Opening) => call<{ code: string; token: string }>("api/rooms", { method: "POST", json: opening });
export const readRoom = (code: string) => call<Room>(at(code));
export const joinRoom = (code: string, nickname: string, secret: string) => call<Joined>(`${at(code)}/members`, { method: "POST", json: { nickname, secret } });
export const removeMember = (code: string, id: string, token: string) => call(`${at(code)}/members/${id}`, { method: "DELETE", token });
export const report = (code: string, { id, token }: Joined, progress: Progress) => call(`${at(code)}/members/${id}/progress`, { method: "PUT", json: progress, token });
export const resetRoom = (code: string, token: string) => call(`${at(code)}/reset`, { method: "POST", token });
export const endRoom = (code: string, token: string) => call(at(code), { method: "DELETE", token });

/** A code as people type it, or nothing when it cannot be one. */
export function parseCode(text: string): string | undefined {
  const code = text.trim().toUpperCase();
  return /^[2-9A-HJKMNP-TV-Z]{6}$/.test(code) ? code : undefined;
}

/** The code in the page's address, as it stands there; nothing when the address names no room. */
export function codeInAddress(): string | undefined {
  const text = location.hash.slice(1);
  return text.startsWith("room=") ? decodeURIComponent(text.slice("room=".length)) : undefined;
}
