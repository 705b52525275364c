// What a run's method is called: its parts by name, and its setting, which every
// figure of the run carries. The words are those of core/method.

import type { Method } from "../../../wasm/protocol";

/** Peel's own attack, end to end: what needs no mention. */
export const isDefault = (m: Method | undefined) => !m || !(m.signature || m.sign || m.samples || m.bits || m.improve || m.idealised);

/** "trace + sequential" */
export function partsOf(m: Method | undefined): string {
  const signature = (m?.signature || "trace") + (m?.improve ? ", improved" : "");
  return `${signature} + ${m?.sign || "sequential"}${m?.samples ? ` (s = ${m.samples})` : ""}${m?.bits ? ` in float${m.bits}` : ""}`;
}

export function settingOf(m: Method | undefined): string {
  const layer = m?.idealised;
  if (!layer) return "end-to-end";
  if (m.signature === "given") return `idealised: earlier layers and the rows of layer ${layer} given`;
  return layer === 1 ? "idealised: layer 1 alone" : `idealised: layer ${layer} alone, earlier layers given`;
}

/** Parts and setting, or nothing for Peel's own attack. */
export const describeMethod = (m: Method | undefined) => (isDefault(m) ? "" : `${partsOf(m)}, ${settingOf(m)}`);

/** For the names of files: "-idealised-layer-2". */
export const fileMark = (m: Method | undefined) => (m?.idealised ? `-idealised-layer-${m.idealised}` : "");
