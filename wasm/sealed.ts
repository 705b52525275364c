// The trampoline between two WebAssembly instances in one hand: the attack in
// Go, and its victim. Go calls the functions of imports() with addresses in its
// own memory; arguments are copied over, the kernel runs, answers are copied
// back. Weights and pre-activations stay in the kernel's memory, which nothing
// but this closure can reach.
//
// An idealised run is given the true layers before the one it attacks. Only for
// its spec are they kept, outside the kernel, when the victim is sealed.

import type { Method } from "./protocol";

/** Exports of wasm/victim/index.ts. */
interface Kernel {
  memory: WebAssembly.Memory;
  arena(bytes: number): number;
  seal(from: number, bytes: number): number;
  inputs(): number;
  outputs(): number;
  query(x: number, n: number, y: number): void;
  steps(base: number, coord: number, step: number, n: number, y: number): void;
  place(slot: number, k: number): number;
  open(slot: number): void;
  openIn(slot: number, outer: number, base: number, dirs: number, k: number): void;
  queryIn(slot: number, c: number, n: number, y: number): void;
  stepsInside(slot: number, base: number, coord: number, step: number, n: number, y: number): void;
}

/** Points copied over at a time, so that a large batch needs no large memory. */
const CHUNK = 256;

export type VictimImports = Record<string, (...args: number[]) => number>;

/** Functions for a worker that has no victim. */
export const noVictim: VictimImports = {
  inputs: () => 0,
  outputs: () => 0,
  query: () => 0,
  steps: () => 0,
  open: () => 0,
  openIn: () => 0,
  queryIn: () => 0,
  stepsIn: () => 0,
  given: () => 0,
  layers: () => 0,
};

/** How many of the true layers a run is given: none, unless its method is idealised. */
export function givenLayers(method: Method | undefined): number {
  const layer = method?.idealised ?? 0;
  return method?.signature === "given" ? layer : Math.max(layer - 1, 0);
}

/** Copies layers 1 … n out of a payload: reads their sizes d0 … dn, and where each layer's numbers end. */
function keep(payload: ArrayBuffer, n: number) {
  const word = (i: number) => Number(new DataView(payload).getBigUint64(8 * i, true));
  const count = word(0);
  if (n < 1 || n > count - 2) return undefined; // the output layer is never given
  const ends = [8 * (1 + count)];
  for (let i = 1; i <= n; i++) ends.push(ends[i - 1]! + 8 * (word(i) + 1) * word(i + 1));
  return { sizes: payload.slice(8, 8 * (n + 2)), numbers: payload.slice(ends[0], ends[n]), bytes: ends.map((e) => e - ends[0]!) };
}

/**
 * Loads a sealed payload (nn.Canonical) into a kernel of its own. memory gives the memory of the Go program that asks,
 * given how many of the true layers its run is given.
 */
export async function sealVictim(
  module: WebAssembly.Module,
  payload: ArrayBuffer,
  memory: () => ArrayBuffer,
  given = 0,
): Promise<VictimImports> {
  const abort = () => {
    throw new Error("the victim's kernel stopped");
  };
  const instance = await WebAssembly.instantiate(module, { env: { abort } });
  const k = instance.exports as unknown as Kernel;
  const at = k.arena(payload.byteLength);
  new Uint8Array(k.memory.buffer, at, payload.byteLength).set(new Uint8Array(payload));
  if (!k.seal(at, payload.byteLength)) throw new Error("the victim is not a network that can be attacked: choose its file again");
  const kept = given > 0 ? keep(payload, given) : undefined;
  const d0 = k.inputs();
  const dout = k.outputs();
  const widths = new Map<number, number>(); // of the open subspaces, by slot

  const copyIn = (to: number, from: number, bytes: number) =>
    new Uint8Array(k.memory.buffer, to, bytes).set(new Uint8Array(memory(), from, bytes));
  const copyOut = (to: number, from: number, bytes: number) =>
    new Uint8Array(memory(), to, bytes).set(new Uint8Array(k.memory.buffer, from, bytes));

  /** n points of width numbers each, through ask(x, n, y). */
  const points = (width: number, x: number, n: number, y: number, ask: (x: number, n: number, y: number) => void) => {
    for (let i = 0; i < n; i += CHUNK) {
      const m = Math.min(CHUNK, n - i);
      const xs = k.arena(8 * m * (width + dout));
      const ys = xs + 8 * m * width;
      copyIn(xs, x + 8 * i * width, 8 * m * width);
      ask(xs, m, ys);
      copyOut(y + 8 * i * dout, ys, 8 * m * dout);
    }
  };

  /** n steps from one base of width numbers. */
  const stepping = (
    width: number,
    base: number,
    coord: number,
    step: number,
    n: number,
    y: number,
    ask: (base: number, coord: number, step: number, n: number, y: number) => void,
  ) => {
    const b = k.arena(8 * width + 16 * n + 8 * n * dout);
    const s = b + 8 * width;
    const c = s + 8 * n;
    const ys = c + 8 * n;
    copyIn(b, base, 8 * width);
    copyIn(s, step, 8 * n);
    copyIn(c, coord, 4 * n);
    ask(b, c, s, n, ys);
    copyOut(y, ys, 8 * n * dout);
  };

  /** A trap (memory used up) becomes 0, which Go reports as an error. */
  const guarded = (f: (...args: any[]) => void) => (...args: number[]) => {
    try {
      f(...args.map((a) => a >>> 0)); // addresses come as signed 32-bit numbers
      return 1;
    } catch {
      return 0;
    }
  };

  return {
    given: (n) => (kept && n >= 1 && n <= given ? 8 * (n + 1) + kept.bytes[n]! : 0),
    layers: guarded((n, to) => {
      if (!kept || n < 1 || n > given) throw new Error("these layers are not given");
      const out = new Uint8Array(memory(), to);
      out.set(new Uint8Array(kept.sizes, 0, 8 * (n + 1)));
      out.set(new Uint8Array(kept.numbers, 0, kept.bytes[n]!), 8 * (n + 1));
    }),
    inputs: () => d0,
    outputs: () => dout,
    query: guarded((x, n, y) => points(d0, x, n, y, k.query)),
    steps: guarded((base, coord, step, n, y) => stepping(d0, base, coord, step, n, y, k.steps)),
    open: guarded((slot, base, dirs, width) => {
      const b = k.place(slot, width);
      copyIn(b, base, 8 * d0);
      copyIn(b + 8 * d0, dirs, 8 * d0 * width);
      widths.set(slot, width);
      k.open(slot);
    }),
    openIn: guarded((slot, outer, base, dirs, width) => {
      const n = 8 * widths.get(outer)!;
      const b = k.arena(n * (1 + width));
      copyIn(b, base, n);
      copyIn(b + n, dirs, n * width);
      widths.set(slot, width);
      k.openIn(slot, outer, b, b + n, width);
    }),
    queryIn: guarded((slot, c, n, y) => points(widths.get(slot)!, c, n, y, (xs, m, ys) => k.queryIn(slot, xs, m, ys))),
    stepsIn: guarded((slot, base, coord, step, n, y) =>
      stepping(widths.get(slot)!, base, coord, step, n, y, (b, c, s, m, ys) => k.stepsInside(slot, b, c, s, m, ys)),
    ),
  };
}
