// The race that is laid out when the view is opened. Both sides recover all of the
// network; at its pace it takes a quarter of a minute.

import type { Method } from "../../../wasm/protocol";

export const FIRST_RACE: { sizes: string; recipeSeed: number; pace: number; seeds: [number, number]; methods: [Method, Method] } = {
  sizes: "10-5x2-1",
  recipeSeed: 1,
  pace: 5000,
  seeds: [7, 7],
  methods: [{}, { signature: "foerster", sign: "soe", improve: true }],
};

/** The most queries a second that each side may ask, 0 for as many as it can. */
export const PACES = [0, 5000, 1000];

/** Networks that come with the page and are small enough for two runs at a time. */
export const NETWORKS = /^mnist-784-(8|16|32)x2-/;
