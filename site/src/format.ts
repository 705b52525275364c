// Numbers and names as people read them.

import { h } from "./dom";

const whole = new Intl.NumberFormat("en-US");

export const count = (n: number) => whole.format(Math.round(n));

/** Layer sizes with repeats drawn together: "784-16x2-1". */
export const shape = (sizes: readonly number[]) => runs(sizes).join("-");

/** The same as a list: 784, 16x2, 1. */
export function runs(sizes: readonly number[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < sizes.length; ) {
    let n = 1;
    while (sizes[i + n] === sizes[i]) n++;
    out.push(n > 1 ? `${sizes[i]}x${n}` : String(sizes[i]));
    i += n;
  }
  return out;
}

export function seconds(x: number): string {
  if (x < 60) return `${x.toFixed(1)} s`;
  const m = Math.floor(x / 60);
  return `${m} min ${Math.floor(x - 60 * m)} s`;
}

/** A small number as 3.1 × 10 to a power, for reading. */
export function tiny(x: number): Node {
  if (x === 0 || !Number.isFinite(x)) return document.createTextNode(x === 0 ? "0" : "infinite");
  if (x >= 0.01) return document.createTextNode(x >= 100 ? count(x) : x.toPrecision(2));
  const [m, e] = x.toExponential(1).split("e");
  return h("span", { class: "tiny" }, `${m} × 10`, h("sup", {}, Number(e) < 0 ? `−${-Number(e)}` : String(Number(e))));
}

/** A text whose hashes are set as code, which may break anywhere. */
export function hexed(text: string): (string | Node)[] {
  return text.split(/([0-9a-f]{64})/).map((part, i) => (i % 2 ? h("code", {}, part) : part));
}

export const percent = (x: number) => `${(100 * x).toFixed(x === 1 || x === 0 ? 0 : 2)} %`;

export function plural(n: number, one: string, many = one + "s"): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function when(ms: number): string {
  return new Date(ms).toLocaleString(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
}

/** Number of parameters of a network of these sizes: weights and biases. */
export function parameters(sizes: readonly number[]): number {
  let n = 0;
  for (let i = 1; i < sizes.length; i++) n += (sizes[i - 1]! + 1) * sizes[i]!;
  return n;
}
