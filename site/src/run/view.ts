// What is known of a run after some of its events: a pure fold over them. The
// page draws this and nothing else, so a live run, a resumed one, a watched one
// and a replay look the same.

import type { Method, PeelEvent, PhaseName, RunMeta } from "../../../wasm/protocol";
import { parameters } from "../format";
import { PHASES } from "./phases";

/** How much of a neuron is known. */
export const UNKNOWN = 0;
export const FOUND = 1;
export const COMPLETED = 2;
export const SIGNED = 3;

export interface LayerView {
  /** 1-based. */
  layer: number;
  width: number;
  /** One state per neuron, in order of discovery. */
  neurons: Uint8Array;
  confidence: Float64Array;
  rank: number;
  rankOf: number;
  missing: number;
  message: string;
}

export interface RunView {
  sizes: number[];
  params: number;
  layers: LayerView[];
  phase: PhaseName | undefined;
  phaseLayer: number;
  queries: number;
  byPhase: Record<PhaseName, number>;
  seconds: number;
  resumed: boolean;
  /** Queries in the journal that a resumed run plays back first. */
  journal: number;
  /** What is drawn happened before: it is that journal. */
  playedBack: boolean;
  warnings: string[];
  done: PeelEvent | undefined;
  /** The one layer that is attacked, with those before it given; 0 end to end. */
  idealised: number;
}

/** A run of which nothing is known but the sizes of its victim. */
export function blank(sizes: readonly number[], method?: Method): RunView {
  return {
    sizes: [...sizes],
    params: parameters(sizes),
    layers: sizes.slice(1, -1).map((width, i) => ({
      layer: i + 1,
      width,
      neurons: new Uint8Array(width),
      confidence: new Float64Array(width),
      rank: 0,
      rankOf: 0,
      missing: 0,
      message: "",
    })),
    phase: undefined,
    phaseLayer: 0,
    queries: 0,
    byPhase: Object.fromEntries(PHASES.map((p) => [p, 0])) as Record<PhaseName, number>,
    seconds: 0,
    resumed: false,
    journal: 0,
    playedBack: false,
    warnings: [],
    done: undefined,
    idealised: method?.idealised ?? 0,
  };
}

/** Takes one event in. A "start" event begins anew. */
export function fold(view: RunView, e: PeelEvent): RunView {
  if (e.type === "start") {
    // A resumed run plays its journal back first: its count must not fall meanwhile.
    const before = e.resumed ? view.queries : 0;
    view = blank(e.sizes ?? view.sizes, { idealised: view.idealised });
    view.queries = view.journal = before;
    view.params = e.params ?? view.params;
    view.resumed = e.resumed ?? false;
  }
  view.playedBack = view.resumed && e.type !== "done" && (e.queries ?? 0) < view.journal;
  view.queries = Math.max(view.queries, e.queries ?? 0);
  if (e.seconds) view.seconds = e.seconds;
  if (e.byPhase) Object.assign(view.byPhase, e.byPhase);
  const layer = e.layer ? view.layers[e.layer - 1] : undefined;
  switch (e.type) {
    case "phase":
      view.phase = e.phase;
      view.phaseLayer = e.layer ?? 0;
      break;
    case "progress":
      if (!view.phase && e.phase) [view.phase, view.phaseLayer] = [e.phase, e.layer ?? 0];
      break;
    case "rank":
      if (layer) [layer.rank, layer.rankOf] = [e.count ?? 0, e.of ?? layer.rankOf];
      break;
    case "found":
      raise(layer, e, FOUND);
      break;
    case "completed":
      raise(layer, e, COMPLETED);
      break;
    case "signed":
      raise(layer, e, SIGNED);
      if (layer && e.neuron < layer.width) layer.confidence[e.neuron] = e.confidence ?? 1;
      break;
    case "missing":
      if (layer) [layer.missing, layer.message] = [e.count ?? 0, e.message ?? ""];
      if (e.message) view.warnings.push(e.message);
      break;
    case "warning":
      if (e.message) view.warnings.push(e.message);
      break;
    case "done":
      view.done = e;
      view.phase = undefined;
      break;
  }
  return view;
}

function raise(layer: LayerView | undefined, e: PeelEvent, state: number) {
  if (layer && e.neuron >= 0 && e.neuron < layer.width) {
    layer.neurons[e.neuron] = Math.max(layer.neurons[e.neuron]!, state);
  }
}

/** The view of a run of which only the summary is at hand. */
export function fromMeta(meta: RunMeta): RunView {
  const view = blank(meta.spec.sizes, meta.spec.method);
  view.params = meta.params || view.params;
  view.queries = meta.queries;
  view.seconds = meta.seconds;
  view.phase = meta.status === "done" ? undefined : meta.phase;
  Object.assign(view.byPhase, meta.byPhase);
  view.warnings = [...meta.warnings];
  for (const s of meta.layers) {
    const layer = view.layers[s.layer - 1];
    if (!layer) continue;
    layer.neurons.set(s.neurons.slice(0, layer.width));
    layer.rank = s.rank ?? 0;
    layer.rankOf = s.rankOf ?? 0;
    layer.missing = s.missing ?? 0;
    layer.message = s.message ?? "";
  }
  if (meta.status === "done") view.done = doneOf(meta);
  return view;
}

/** The last event of a finished run, from its summary. */
export function doneOf(meta: RunMeta): PeelEvent {
  return {
    v: 1,
    type: "done",
    neuron: 0,
    queries: meta.queries,
    byPhase: meta.byPhase,
    digest: meta.digest,
    complete: meta.complete,
    maxError: meta.maxError,
    coverage: meta.coverage,
    message: meta.message,
    seconds: meta.seconds,
  };
}

/** The layers that are attacked: all of them, or the one of an idealised run. */
export const attacked = (view: RunView) => view.layers.filter((l) => !view.idealised || l.layer === view.idealised);

/** How many neurons of a layer are at least in this state. */
export function reached(layer: LayerView, state: number): number {
  let n = 0;
  for (const s of layer.neurons) if (s >= state) n++;
  return n;
}
