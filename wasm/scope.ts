// The global scope of a classic dedicated worker, as far as it is used here.

interface WorkerScope {
  name: string;
  postMessage(message: unknown, transfer?: Transferable[]): void;
  onmessage: ((m: MessageEvent) => void) | null;
  importScripts(...urls: string[]): void;
  close(): void;
}

export const scope = globalThis as unknown as WorkerScope;
