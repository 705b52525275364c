// The trampoline between two WebAssembly instances in one hand: the attack in
// Go, and its victim. Go calls the functions of imports() with addresses in its
// own memory; arguments are copied over, the kernel runs, answers are copied
// back. Weights and pre-activations stay in the kernel's memory, which nothing
// but this closure can reach.

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
};

/** Loads a sealed payload (nn.Canonical) into a kernel of its own. memory gives the memory of the Go program that asks. */
export async function sealVictim(
  module: WebAssembly.Module,
  payload: ArrayBuffer,
  memory: () => ArrayBuffer,
): Promise<VictimImports> {
  const abort = () => {
    throw new Error("the victim's kernel stopped");
  };
  const instance = await WebAssembly.instantiate(module, { env: { abort } });
  const k = instance.exports as unknown as Kernel;
  const at = k.arena(payload.byteLength);
  new Uint8Array(k.memory.buffer, at, payload.byteLength).set(new Uint8Array(payload));
  if (!k.seal(at, payload.byteLength)) throw new Error("the victim is not a network that can be attacked: choose its file again");
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
