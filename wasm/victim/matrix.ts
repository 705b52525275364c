// Matrices whose SIMD lanes are outputs. Rows lie in blocks of eight, then of
// two, and inside a block the numbers of one column are neighbours:
//
//	block at row r, width w:  element (r+q, j) is number r·in + j·w + q.
//
// An odd last row has a zero row beside it. Every output is therefore summed
// alone, from the bias through ascending input index, each product rounded
// before it is added: the order of nn.Affine, bit for bit.

/** Number of rows with padding. */
// @ts-ignore: decorator
@inline
export function padded(rows: i32): i32 {
  return (rows + 1) & ~1;
}

/** Bytes of a packed matrix. */
export function packedBytes(rows: i32, cols: i32): usize {
  return (<usize>padded(rows) * <usize>cols) << 3;
}

/** Address of element (row, col) of a packed matrix. */
export function element(w: usize, rows: i32, cols: i32, row: i32, col: i32): usize {
  const full = rows & ~7;
  const width = row < full ? 8 : 2;
  const first = row < full ? row & ~7 : row & ~1;
  return w + ((<usize>first * <usize>cols + <usize>(col * width + row - first)) << 3);
}

/** Packs a row-major matrix. */
export function pack(w: usize, from: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < padded(rows); r++) {
    for (let j = 0; j < cols; j++) {
      const v = r < rows ? load<f64>(from + ((<usize>r * <usize>cols + <usize>j) << 3)) : 0;
      store<f64>(element(w, rows, cols, r, j), v);
    }
  }
}

/**
 * z_i = W x_i + b for n points: x is n×cols, z is n×stride with stride =
 * padded(rows), b has stride numbers.
 */
export function affine(z: usize, w: usize, x: usize, b: usize, rows: i32, cols: i32, n: i32): void {
  const zBytes = <usize>padded(rows) << 3;
  const xBytes = <usize>cols << 3;
  for (let i = 0; i < n; i += 2) affinePair(z + <usize>i * zBytes, w, x + <usize>i * xBytes, b, b, rows, cols, min(2, n - i));
}

/** affine of n ≤ 2 points, the first with b and the second with c. */
export function affinePair(z: usize, w: usize, x: usize, b: usize, c: usize, rows: i32, cols: i32, n: i32): void {
  const stride = padded(rows);
  const full = rows & ~7;
  const zBytes = <usize>stride << 3;
  const xBytes = <usize>cols << 3;
  for (let r = 0; r < stride; r += r < full ? 8 : 2) {
    const at = <usize>r << 3;
    const row = w + <usize>r * xBytes;
    if (n == 2) {
      if (r < full) eightRowsTwoPoints(z + at, zBytes, row, x, xBytes, b + at, c + at);
      else twoRowsTwoPoints(z + at, zBytes, row, x, xBytes, b + at, c + at);
    } else {
      if (r < full) eightRows(z + at, row, x, xBytes, b + at);
      else twoRows(z + at, row, x, xBytes, b + at);
    }
  }
}

/**
 * Adds Σ_j c_j d_j to x and Σ_j e_j d_j to y, in ascending order of j; d is
 * k×cols. The lanes are entries of x and y, which may be one, with c = e.
 */
export function accumulatePair(x: usize, y: usize, d: usize, c: usize, e: usize, cols: i32, k: i32): void {
  const bytes = <usize>cols << 3;
  const ends = c + (<usize>k << 3);
  const shift = e - c;
  let i: usize = 0;
  for (; i + 64 <= bytes; i += 64) {
    let s0 = v128.load(x + i, 0), s1 = v128.load(x + i, 16), s2 = v128.load(x + i, 32), s3 = v128.load(x + i, 48);
    let t0 = v128.load(y + i, 0), t1 = v128.load(y + i, 16), t2 = v128.load(y + i, 32), t3 = v128.load(y + i, 48);
    let from = d + i;
    for (let at = c; at < ends; at += 8) {
      const u = v128.load64_splat(at);
      const v = v128.load64_splat(at + shift);
      const d0 = v128.load(from, 0), d1 = v128.load(from, 16), d2 = v128.load(from, 32), d3 = v128.load(from, 48);
      s0 = f64x2.add(s0, f64x2.mul(u, d0));
      s1 = f64x2.add(s1, f64x2.mul(u, d1));
      s2 = f64x2.add(s2, f64x2.mul(u, d2));
      s3 = f64x2.add(s3, f64x2.mul(u, d3));
      t0 = f64x2.add(t0, f64x2.mul(v, d0));
      t1 = f64x2.add(t1, f64x2.mul(v, d1));
      t2 = f64x2.add(t2, f64x2.mul(v, d2));
      t3 = f64x2.add(t3, f64x2.mul(v, d3));
      from += bytes;
    }
    v128.store(x + i, s0, 0);
    v128.store(x + i, s1, 16);
    v128.store(x + i, s2, 32);
    v128.store(x + i, s3, 48);
    v128.store(y + i, t0, 0);
    v128.store(y + i, t1, 16);
    v128.store(y + i, t2, 32);
    v128.store(y + i, t3, 48);
  }
  for (; i < bytes; i += 8) {
    let s = load<f64>(x + i);
    let t = load<f64>(y + i);
    let from = d + i;
    for (let at = c; at < ends; at += 8) {
      s += load<f64>(at) * load<f64>(from);
      t += load<f64>(at + shift) * load<f64>(from);
      from += bytes;
    }
    store<f64>(x + i, s);
    store<f64>(y + i, t);
  }
}

function eightRowsTwoPoints(z: usize, zBytes: usize, w: usize, x: usize, xBytes: usize, b: usize, c: usize): void {
  let s0 = v128.load(b, 0), s1 = v128.load(b, 16), s2 = v128.load(b, 32), s3 = v128.load(b, 48);
  let t0 = v128.load(c, 0), t1 = v128.load(c, 16), t2 = v128.load(c, 32), t3 = v128.load(c, 48);
  const end = x + xBytes;
  while (x < end) {
    const u = v128.load64_splat(x);
    const v = v128.load64_splat(x + xBytes);
    const w0 = v128.load(w, 0), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
    s0 = f64x2.add(s0, f64x2.mul(w0, u));
    s1 = f64x2.add(s1, f64x2.mul(w1, u));
    s2 = f64x2.add(s2, f64x2.mul(w2, u));
    s3 = f64x2.add(s3, f64x2.mul(w3, u));
    t0 = f64x2.add(t0, f64x2.mul(w0, v));
    t1 = f64x2.add(t1, f64x2.mul(w1, v));
    t2 = f64x2.add(t2, f64x2.mul(w2, v));
    t3 = f64x2.add(t3, f64x2.mul(w3, v));
    x += 8;
    w += 64;
  }
  v128.store(z, s0, 0);
  v128.store(z, s1, 16);
  v128.store(z, s2, 32);
  v128.store(z, s3, 48);
  v128.store(z + zBytes, t0, 0);
  v128.store(z + zBytes, t1, 16);
  v128.store(z + zBytes, t2, 32);
  v128.store(z + zBytes, t3, 48);
}

function twoRowsTwoPoints(z: usize, zBytes: usize, w: usize, x: usize, xBytes: usize, b: usize, c: usize): void {
  let s = v128.load(b);
  let t = v128.load(c);
  const end = x + xBytes;
  while (x < end) {
    const w0 = v128.load(w);
    s = f64x2.add(s, f64x2.mul(w0, v128.load64_splat(x)));
    t = f64x2.add(t, f64x2.mul(w0, v128.load64_splat(x + xBytes)));
    x += 8;
    w += 16;
  }
  v128.store(z, s);
  v128.store(z + zBytes, t);
}

function eightRows(z: usize, w: usize, x: usize, xBytes: usize, b: usize): void {
  let s0 = v128.load(b, 0), s1 = v128.load(b, 16), s2 = v128.load(b, 32), s3 = v128.load(b, 48);
  const end = x + xBytes;
  while (x < end) {
    const u = v128.load64_splat(x);
    s0 = f64x2.add(s0, f64x2.mul(v128.load(w, 0), u));
    s1 = f64x2.add(s1, f64x2.mul(v128.load(w, 16), u));
    s2 = f64x2.add(s2, f64x2.mul(v128.load(w, 32), u));
    s3 = f64x2.add(s3, f64x2.mul(v128.load(w, 48), u));
    x += 8;
    w += 64;
  }
  v128.store(z, s0, 0);
  v128.store(z, s1, 16);
  v128.store(z, s2, 32);
  v128.store(z, s3, 48);
}

function twoRows(z: usize, w: usize, x: usize, xBytes: usize, b: usize): void {
  let s = v128.load(b);
  const end = x + xBytes;
  while (x < end) {
    s = f64x2.add(s, f64x2.mul(v128.load(w), v128.load64_splat(x)));
    x += 8;
    w += 16;
  }
  v128.store(z, s);
}

/** Writes z0 + step·(column col of W) to z: padded(rows) numbers each. */
export function alongColumn(z: usize, z0: usize, w: usize, rows: i32, cols: i32, col: i32, step: f64): void {
  const t = f64x2.splat(step);
  const full = rows & ~7;
  const stride = padded(rows);
  const rowBytes = <usize>cols << 3;
  for (let r = 0; r < full; r += 8) {
    const from = w + <usize>r * rowBytes + (<usize>col << 6);
    for (let q: usize = 0; q < 64; q += 16) {
      const at = (<usize>r << 3) + q;
      v128.store(z + at, f64x2.add(v128.load(z0 + at), f64x2.mul(t, v128.load(from + q))));
    }
  }
  for (let r = full; r < stride; r += 2) {
    const from = w + <usize>r * rowBytes + (<usize>col << 4);
    const at = <usize>r << 3;
    v128.store(z + at, f64x2.add(v128.load(z0 + at), f64x2.mul(t, v128.load(from))));
  }
}

/** max(z, 0) in place for n numbers, n even; NaN and −0 become 0 as in nn. */
export function relu(z: usize, n: i32): void {
  const zero = f64x2.splat(0);
  for (const end = z + (<usize>n << 3); z < end; z += 16) {
    const v = v128.load(z);
    v128.store(z, v128.and(v, f64x2.gt(v, zero)));
  }
}
