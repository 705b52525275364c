// The sealed victim: it answers queries about weights that nothing outside
// this instance can name. It takes the same sums in the same order as
// core/oracle.Victim, so its answers are bit-identical.
//
// Buffers are addresses in this memory; arena(bytes) gives room for the
// arguments and answers of one call. Shapes and indices are checked by the
// caller (package sealed).

import { Region } from "./memory";
import { accumulatePair, affine, affinePair, alongColumn, element, packedBytes, padded } from "./matrix";
import { GROUP, after, first, last, preactivations, read } from "./network";

const scratch = new Region();
const baseZ = new Region();
const pair = new Region(); // first pre-activations of two points
const zeros = new Region();
let loaded = false;

/** Room for `bytes`, valid until the next call of arena. */
export function arena(bytes: usize): usize {
  return scratch.fit(bytes);
}

/** Seals the network encoded at `from`; 0 when the bytes are not one. The encoding is wiped. */
export function seal(from: usize, bytes: usize): i32 {
  const ok = !loaded && read(from, bytes);
  memory.fill(from, 0, bytes);
  if (!ok) return 0;
  loaded = true;
  const d1 = <usize>padded(first().rows) << 3;
  baseZ.fit(d1);
  pair.fit(2 * d1);
  memory.fill(zeros.fit(d1), 0, d1);
  return 1;
}

/** d0, or 0 before seal. */
export function inputs(): i32 {
  return loaded ? first().cols : 0;
}

export function outputs(): i32 {
  return loaded ? last().rows : 0;
}

/** f of n points: x is n×d0, y is n×dout. */
export function query(x: usize, n: i32, y: usize): void {
  const l = first();
  points(l.w, l.b, l.cols, x, n, y);
}

/** f(base + step_i·e_{coord_i}) for n coordinates. */
export function steps(base: usize, coord: usize, step: usize, n: i32, y: usize): void {
  const l = first();
  stepsIn(l.w, l.b, l.cols, base, coord, step, n, y);
}

// ---- affine subspaces c ↦ base + dirsᵀ c ----

/** Subspaces that can be open at once; opening one in a slot closes what was there. */
export const SLOTS: i32 = 16;

@final
class Subspace {
  k: i32 = 0;
  at: Region = new Region(); // base and dirs, (1+k)×d0
  m: Region = new Region(); // A_1 dirsᵀ, d1×k, packed
  z: Region = new Region(); // A_1 base + b_1
}

const subspaces = new StaticArray<Subspace>(SLOTS);
for (let i = 0; i < SLOTS; i++) subspaces[i] = new Subspace();

/** Makes room in a slot for a base and k directions, to be written there before open. */
export function place(slot: i32, k: i32): usize {
  const s = subspaces[slot];
  s.k = k;
  return s.at.fit((<usize>(1 + k) * <usize>first().cols) << 3);
}

/** Opens what was written to place(slot, k). */
export function open(slot: i32): void {
  const s = subspaces[slot];
  const l = first();
  const k = s.k;
  const d0 = <usize>l.cols << 3;
  const bytes = packedBytes(l.rows, k);
  memory.fill(s.m.fit(bytes), 0, bytes);
  s.z.fit(<usize>padded(l.rows) << 3);
  // The base and the first direction in one pass over A_1, then two by two.
  affinePair(pair.at, l.w, s.at.at, l.b, zeros.at, l.rows, l.cols, min(2, 1 + k));
  memory.copy(s.z.at, pair.at, <usize>padded(l.rows) << 3);
  if (k > 0) column(s, 0, pair.at + (<usize>padded(l.rows) << 3));
  for (let j = 1; j < k; j += 2) {
    const n = min(2, k - j);
    affinePair(pair.at, l.w, s.at.at + <usize>(1 + j) * d0, zeros.at, zeros.at, l.rows, l.cols, n);
    for (let i = 0; i < n; i++) column(s, j + i, pair.at + ((<usize>i * <usize>padded(l.rows)) << 3));
  }
}

/** Opens base (K) and dirs (k×K) in the coordinates of the subspace in the slot outer, which has K of them. */
export function openIn(slot: i32, outer: i32, base: usize, dirs: usize, k: i32): void {
  const o = subspaces[outer];
  const d0 = first().cols;
  const bytes = <usize>d0 << 3;
  const at = place(slot, k);
  memory.copy(at, o.at.at, bytes);
  memory.fill(at + bytes, 0, <usize>k * bytes);
  // The base and the first direction in one pass over the outer ones, then two by two.
  const d = o.at.at + bytes;
  const step = <usize>o.k << 3;
  if (k == 0) accumulatePair(at, at, d, base, base, d0, o.k);
  else accumulatePair(at, at + bytes, d, base, dirs, d0, o.k);
  for (let j = 1; j < k; j += 2) {
    const x = at + <usize>(1 + j) * bytes;
    const c = dirs + <usize>j * step;
    const two = j + 1 < k;
    accumulatePair(x, two ? x + bytes : x, d, c, two ? c + step : c, d0, o.k);
  }
  open(slot);
}

/** Writes column j of A_1 dirsᵀ. */
function column(s: Subspace, j: i32, from: usize): void {
  const rows = first().rows;
  for (let i = 0; i < rows; i++) store<f64>(element(s.m.at, rows, s.k, i, j), load<f64>(from + (<usize>i << 3)));
}

/** The answers at n points c (n×k) of a subspace. */
export function queryIn(slot: i32, c: usize, n: i32, y: usize): void {
  const s = subspaces[slot];
  points(s.m.at, s.z.at, s.k, c, n, y);
}

export function stepsInside(slot: i32, base: usize, coord: usize, step: usize, n: i32, y: usize): void {
  const s = subspaces[slot];
  stepsIn(s.m.at, s.z.at, s.k, base, coord, step, n, y);
}

// ---- both kinds alike: first pre-activations are w·x + b ----

function points(w: usize, b: usize, cols: i32, x: usize, n: i32, y: usize): void {
  const rows = first().rows;
  const out = <usize>last().rows << 3;
  for (let i = 0; i < n; i += GROUP) {
    const m = min(GROUP, n - i);
    affine(preactivations(), w, x + ((<usize>i * <usize>cols) << 3), b, rows, cols, m);
    after(m, y + <usize>i * out);
  }
}

function stepsIn(w: usize, b: usize, cols: i32, base: usize, coord: usize, step: usize, n: i32, y: usize): void {
  const rows = first().rows;
  const stride = <usize>padded(rows) << 3;
  const out = <usize>last().rows << 3;
  affine(baseZ.at, w, base, b, rows, cols, 1);
  for (let i = 0; i < n; i += GROUP) {
    const m = min(GROUP, n - i);
    for (let j = 0; j < m; j++) {
      const at = <usize>(i + j);
      alongColumn(preactivations() + <usize>j * stride, baseZ.at, w, rows, cols, load<i32>(coord + (at << 2)), load<f64>(step + (at << 3)));
    }
    after(m, y + <usize>i * out);
  }
}
