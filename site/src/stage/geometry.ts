// Where things lie on the stage: the network as a fruit cut across. Each hidden
// layer is a ring, the first one outermost; each neuron is a segment of it.
// Units are those of the SVG's view box, which spans −500 … 500.

/** The rim where inputs come in. */
export const RIM = 474;
const OUTER = 452;
const GAP = 12;

export interface Ring {
  inner: number;
  outer: number;
}

export interface Spot {
  x: number;
  y: number;
}

/** The radius of the core, where the answer comes out. */
export function coreRadius(layers: number): number {
  return layers <= 3 ? 118 : layers <= 5 ? 92 : 70;
}

/** One ring per hidden layer, from the outside in. */
export function rings(layers: number): Ring[] {
  const core = coreRadius(layers) + GAP;
  const thick = (OUTER - core - GAP * (layers - 1)) / Math.max(1, layers);
  return Array.from({ length: layers }, (_, i) => {
    const outer = OUTER - i * (thick + GAP);
    return { outer, inner: outer - thick };
  });
}

/** Segment k of n, as the path of an annular sector. */
export function sector(ring: Ring, k: number, n: number): string {
  if (n === 1) {
    const circle = (r: number, sweep: number) => `M0 ${-r}A${r} ${r} 0 1 ${sweep} 0 ${r}A${r} ${r} 0 1 ${sweep} 0 ${-r}Z`;
    return circle(ring.outer, 1) + circle(ring.inner, 0);
  }
  const a = angle(k, n);
  const b = angle(k + 1, n);
  const large = b - a > Math.PI ? 1 : 0;
  const p = (r: number, t: number) => `${round(r * Math.cos(t))} ${round(r * Math.sin(t))}`;
  const { inner, outer } = ring;
  return `M${p(outer, a)}A${outer} ${outer} 0 ${large} 1 ${p(outer, b)}L${p(inner, b)}A${inner} ${inner} 0 ${large} 0 ${p(inner, a)}Z`;
}

/** The pale edge under segment k of n: the inside of the peel. */
export function innerArc(ring: Ring, k: number, n: number): string {
  const r = ring.inner + 4;
  const p = (t: number) => `${round(r * Math.cos(t))} ${round(r * Math.sin(t))}`;
  const [a, b] = [angle(k, n), angle(k + 0.9999, n)];
  return `M${p(a)}A${r} ${r} 0 ${b - a > Math.PI ? 1 : 0} 1 ${p(b)}`;
}

const angle = (k: number, n: number) => -Math.PI / 2 + (2 * Math.PI * k) / n;
const round = (x: number) => Math.round(100 * x) / 100;

/** The disc of neuron k of n: staggered over rows where that makes it larger. */
export function discs(ring: Ring, n: number): { spots: Spot[]; radius: number } {
  const thick = ring.outer - ring.inner;
  const mid = (ring.outer + ring.inner) / 2;
  let rows = 1;
  let best = 0;
  for (let r = 1; r <= 4; r++) {
    if (n % r !== 0) continue; // the first and the last would collide
    const free = Math.min(thick / r, (r * 2 * Math.PI * (ring.inner + thick / (2 * r))) / n, 2 * mid);
    if (free > best * 1.05) [best, rows] = [free, r];
  }
  const radius = Math.max(2, Math.min(0.4 * best, 80));
  const spots = Array.from({ length: n }, (_, k) => {
    const at = angle(k + 0.5, n);
    const row = k % rows;
    const r = ring.outer - (thick * (row + 0.5)) / rows;
    return { x: round(r * Math.cos(at)), y: round(r * Math.sin(at)) };
  });
  return { spots, radius };
}

/** Which way a segment flies when it is peeled off: straight out. */
export function outward(k: number, n: number): Spot {
  const at = angle(k + 0.5, n);
  return { x: Math.cos(at), y: Math.sin(at) };
}

/** A direction in which to draw a neuron's plane. It stands for the real one, which lives in too many dimensions to draw. */
export function tilt(layer: number, k: number): number {
  let x = (layer * 7919 + k * 104729 + 12345) >>> 0;
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) >>> 0;
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39) >>> 0;
  return ((x ^ (x >>> 15)) >>> 0) % 360;
}
