// What a finished run came to. An idealised run is never complete: it is about one
// layer, and found what it was after when every neuron of that layer is recovered.

import type { RunMeta } from "../../../wasm/protocol";

/** Whether a run found what it attacked (extract.Outcome.Achieved). */
export function achieved(meta: RunMeta): boolean {
  const layer = meta.spec.method?.idealised;
  if (!layer) return Boolean(meta.complete);
  const neurons = meta.coverage?.[layer - 1]?.neurons ?? "";
  return neurons !== "" && !/[^RE]/.test(neurons);
}

/** In three words or so. */
export function verdict(meta: RunMeta): string {
  if (!achieved(meta)) return "Recovered in part";
  const layer = meta.spec.method?.idealised;
  return layer ? `Layer ${layer} recovered` : "Every weight recovered";
}
