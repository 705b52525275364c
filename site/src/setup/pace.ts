// How fast a run may ask. The attack can be over in a second; a class needs
// longer. The pace never changes what is asked, nor the digest.

import { h } from "../dom";

interface Pace {
  name: string;
  label: string;
  /** About how many seconds the run should take; 0 for as fast as it goes. */
  seconds: number;
}

export const PACES: Pace[] = [
  { name: "full", label: "Full speed", seconds: 0 },
  { name: "slow", label: "Slow, about 20 s", seconds: 20 },
  { name: "lesson", label: "For a lesson, about 2 min", seconds: 120 },
];

/** Queries that a run takes per parameter, roughly: only for choosing a pace. */
const USUAL = 1.9;

/** The most queries per second for a pace and a network of so many parameters; 0 for no limit. */
export function perSecond(name: string, params: number): number {
  const pace = PACES.find((p) => p.name === name);
  return pace && pace.seconds > 0 ? Math.max(1, Math.round((USUAL * params) / pace.seconds)) : 0;
}

export function paceSelect(id: string): HTMLSelectElement {
  return h("select", { id }, ...PACES.map((p) => h("option", { value: p.name }, p.label)));
}
