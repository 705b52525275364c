// The victim's layers, packed, and what follows from the first pre-activations.

import { Region } from "./memory";
import { affine, pack, packedBytes, padded, relu } from "./matrix";

/** Points that go through the layers together. */
export const GROUP: i32 = 64;

@final
export class Layer {
  constructor(
    public cols: i32,
    public rows: i32,
    public w: usize,
    public b: usize,
  ) {}
}

let layers: StaticArray<Layer> = new StaticArray<Layer>(0);
const packed = new Region();
const here = new Region(); // activations of two consecutive layers, GROUP×width
const next = new Region();

export function first(): Layer {
  return layers[0];
}

export function last(): Layer {
  return layers[layers.length - 1];
}

/** Room for the first pre-activations of a group: GROUP×padded(d1). */
export function preactivations(): usize {
  return here.at;
}

/**
 * Reads the canonical encoding of a network (nn.Canonical): the number of
 * sizes, the sizes, then W and b of each layer, all 64-bit little-endian.
 * False when the bytes are not one.
 */
export function read(from: usize, bytes: usize): bool {
  if (bytes < 32) return false;
  const sizes = load<u64>(from);
  if (sizes < 3 || sizes > 64) return false;
  const count = <i32>sizes;
  if (<usize>(8 + 8 * count) > bytes) return false;
  let total: u64 = 8 + 8 * count;
  let room: usize = 0;
  let widest = 0;
  for (let i = 1; i <= count; i++) {
    const size = load<u64>(from + (<usize>i << 3));
    if (size < 1 || size > 65536) return false;
    widest = max(widest, <i32>size);
    if (i == 1) continue;
    const before = load<u64>(from + (<usize>(i - 1) << 3));
    total += 8 * (before + 1) * size;
    if (total > <u64>bytes) return false;
    room += packedBytes(<i32>size, <i32>before) + (<usize>padded(<i32>size) << 3);
  }
  if (total != <u64>bytes) return false;

  layers = new StaticArray<Layer>(count - 1);
  let to = packed.fit(room);
  memory.fill(to, 0, room);
  let at = from + 8 + 8 * <usize>count;
  for (let i = 0; i < count - 1; i++) {
    const cols = <i32>load<u64>(from + (<usize>(i + 1) << 3));
    const rows = <i32>load<u64>(from + (<usize>(i + 2) << 3));
    const w = to;
    pack(w, at, rows, cols);
    at += (<usize>rows * <usize>cols) << 3;
    to += packedBytes(rows, cols);
    memory.copy(to, at, <usize>rows << 3);
    layers[i] = new Layer(cols, rows, w, to);
    at += <usize>rows << 3;
    to += <usize>padded(rows) << 3;
  }
  const group = (<usize>GROUP * <usize>padded(widest)) << 3;
  here.fit(group);
  next.fit(group);
  return true;
}

/** Writes the outputs of n ≤ GROUP points to y from preactivations(), which it overwrites. */
export function after(n: i32, y: usize): void {
  let cur = here.at;
  let out = next.at;
  const count = layers.length;
  for (let i = 1; i < count; i++) {
    const l = layers[i];
    relu(cur, n * padded(layers[i - 1].rows));
    closeGaps(cur, layers[i - 1].rows, n);
    affine(out, l.w, cur, l.b, l.rows, l.cols, n);
    const t = cur;
    cur = out;
    out = t;
  }
  const rows = last().rows;
  for (let i = 0; i < n; i++) {
    memory.copy(y + ((<usize>i * <usize>rows) << 3), cur + ((<usize>i * <usize>padded(rows)) << 3), <usize>rows << 3);
  }
}

/** Closes the gaps of padding between n rows of activations. */
function closeGaps(z: usize, rows: i32, n: i32): void {
  if (rows == padded(rows)) return;
  for (let i = 1; i < n; i++) {
    memory.copy(z + ((<usize>i * <usize>rows) << 3), z + ((<usize>i * <usize>padded(rows)) << 3), <usize>rows << 3);
  }
}
