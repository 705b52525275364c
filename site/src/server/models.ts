// Networks on the server: stored for everybody to read, or sealed.

import { call, request } from "./api";
import { recall, remember } from "../data/local";

const tokenKey = (sha256: string) => `peel-model-${sha256}`;

/** The token with which this browser may delete a network that it stored, or give its budget to a class. */
export const modelToken = (sha256: string) => recall(tokenKey(sha256)) ?? undefined;

/** Stores a network; the same again changes nothing. */
export async function storeModel(sha256: string, bytes: ArrayBuffer, { sealed = false, budget = 0 } = {}): Promise<void> {
  const query = new URLSearchParams(sealed ? { sealed: "1", ...(budget ? { budget: String(budget) } : {}) } : {});
  const { token } = await call<{ token?: string }>(`api/models/${sha256}${query.size ? `?${query}` : ""}`, { method: "PUT", bytes });
  if (token) remember(tokenKey(sha256), token);
}

/** The file of a network that everybody may read. */
export async function fetchModel(sha256: string): Promise<ArrayBuffer> {
  return (await request(`api/models/${sha256}`)).arrayBuffer();
}

/** Takes a network off the server, if this browser stored it. */
export async function deleteModel(sha256: string): Promise<void> {
  const token = modelToken(sha256);
  if (!token) return;
  await call(`api/models/${sha256}`, { method: "DELETE", token });
  remember(tokenKey(sha256), null);
}
