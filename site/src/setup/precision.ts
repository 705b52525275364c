// How exactly the black box answers. A service may round its answers, because
// its numbers are narrow or as a defence.

import type { Precision } from "../../../wasm/protocol";
import { h } from "../dom";

const CHOICES: [label: string, precision: Precision][] = [
  ["float64, every digit", {}],
  ["float32", { precision: "float32" }],
  ["float16", { precision: "float16" }],
  ["9 decimal places", { decimals: 9 }],
  ["6 decimal places", { decimals: 6 }],
  ["4 decimal places", { decimals: 4 }],
  ["noise of 1e-9", { noise: 1e-9 }],
  ["noise of 1e-6", { noise: 1e-6 }],
  ["noise of 1e-3", { noise: 1e-3 }],
];

export function precisionSelect(id: string): HTMLSelectElement {
  return h("select", { id }, ...CHOICES.map(([label], i) => h("option", { value: String(i) }, label)));
}

export const precisionOf = (select: HTMLSelectElement): Precision => CHOICES[Number(select.value)]?.[1] ?? {};

/** What a spec says of its oracle's precision, in a few words; empty for float64. */
export function describe(p: Precision): string {
  const words = [];
  if (p.precision) words.push(`in ${p.precision}`);
  if (p.decimals) words.push(`with ${p.decimals} decimal ${p.decimals === 1 ? "place" : "places"}`);
  if (p.noise) words.push(`with noise of ${p.noise.toExponential()}`);
  return words.length > 0 ? `answers ${words.join(", ")}` : "";
}
