// Calls across a worker boundary: {id, method, params} one way and
// {id, result} or {id, error} the other.

import type { Request, Response } from "./protocol";

interface Port {
  postMessage(message: unknown, transfer?: Transferable[]): void;
}

/** The asking side. */
export class Caller {
  #next = 1;
  #open = new Map<number, { resolve: (v: any) => void; reject: (e: Error) => void }>();
  #port: Port;

  constructor(port: Port) {
    this.#port = port;
  }

  call<T>(method: string, params: unknown, transfer: Transferable[] = []): Promise<T> {
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      const request: Request = { id, method, params };
      this.#port.postMessage(request, transfer);
    });
  }

  /** Takes a message if it is an answer. */
  take(message: any): message is Response {
    if (typeof message?.id !== "number" || !("result" in message || "error" in message)) return false;
    const waiting = this.#open.get(message.id);
    this.#open.delete(message.id);
    if ("error" in message) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result);
    return true;
  }

  /** Fails everything that is still open. */
  fail(error: Error) {
    for (const waiting of this.#open.values()) waiting.reject(error);
    this.#open.clear();
  }
}

/** The answering side: runs method(params) and posts what becomes of it. */
export async function answer(port: Port, request: Request, run: (method: string, params: any) => Promise<unknown>) {
  try {
    const result = await run(request.method, request.params);
    port.postMessage({ id: request.id, result }, transferables(result));
  } catch (e) {
    port.postMessage({ id: request.id, error: { message: e instanceof Error ? e.message : String(e) } });
  }
}

/** An ArrayBuffer answer is moved, not copied. */
function transferables(result: unknown): Transferable[] {
  if (result instanceof ArrayBuffer) return [result];
  return [];
}
