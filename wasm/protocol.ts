// The messages between the page and the workers. Everything here is plain data:
// it survives structured clone, and nothing in it is a weight.

/** Where the build put the pieces, as URLs. */
export interface Assets {
  /** The Go program, GOOS=js GOARCH=wasm. */
  peel: string;
  /** The same gzipped, for hosts that do not pack what they send. */
  peelPacked?: string;
  /** The victim's kernel, from wasm/victim. */
  victim: string;
  /** wasm_exec.js of the toolchain that built `peel`. */
  wasmExec: string;
  /** The same with the attacks of the literature in it, loaded when a run asks for one. */
  published: string;
  publishedPacked?: string;
  /** The Go program that knows file formats, loaded when one is needed. */
  filesProgram: string;
  /** The same gzipped. */
  filesPacked?: string;
  /** The Go program that shows the results of campaigns, loaded with the first. */
  results: string;
  resultsPacked?: string;
  /** The four worker scripts: classic scripts, bundled from wasm/*.ts. */
  conductor: string;
  hand: string;
  scorer: string;
  files: string;
}

export type PhaseName = "subspace" | "critical" | "signature" | "sign" | "output" | "verify";

/** One thing that happened: extract.Event in core/extract/api.go. */
export interface PeelEvent {
  v: number;
  type: "start" | "phase" | "progress" | "rank" | "critical" | "found" | "completed" | "signed" | "missing" | "warning" | "done" | (string & {});
  queries: number;
  phase?: PhaseName;
  /** 1-based. */
  layer?: number;
  /** 0-based, in order of discovery. */
  neuron: number;
  count?: number;
  of?: number;
  confidence?: number;
  sizes?: number[];
  params?: number;
  byPhase?: Partial<Record<PhaseName, number>>;
  complete?: boolean;
  digest?: string;
  /** Largest |f − f̂| / max |f| seen in the verify phase. */
  maxError?: number;
  /** How exact coarse answers were, relative to max |f|. */
  precision?: number;
  /** With "done": what is known of every neuron. */
  coverage?: LayerCoverage[];
  message?: string;
  resumed?: boolean;
  /** Active seconds of the run so far, pauses left out. */
  seconds?: number;
}

/**
 * What a run knows of one neuron, a letter: extract.Status in core/extract/coverage.go.
 * R recovered, E equivalent, S sign undecided, U never seen switching, P not put together, G given to an idealised run, - not reached.
 */
export type NeuronStatus = "R" | "E" | "S" | "U" | "P" | "G" | "-";

/** extract.LayerCoverage. */
export interface LayerCoverage {
  /** 1-based. */
  layer: number;
  output?: boolean;
  /** One NeuronStatus for each row of the recovered network. */
  neurons: string;
  /** The reason behind each status that needs one. */
  why?: Partial<Record<NeuronStatus, string>>;
}

/** What the scorer says about a victim file that it found valid. */
export interface VictimInfo {
  name: string;
  /** Fingerprint of the network, 64 hex digits: what a spec names. */
  sha256: string;
  sizes: number[];
  params: number;
  meta: Record<string, string>;
  /** Opaque: hand it to the conductor. */
  sealed: Blob | RemoteVictim;
}

/** A network that only a server has, and how it is asked. */
export interface RemoteVictim {
  /** Absolute. */
  url: string;
  /** Of a member of a room, whose points they are. */
  token?: string;
  inputs: number;
  outputs: number;
  /** The most points of one request. */
  points: number;
}

/** How asking a server goes. */
export interface RemoteStats {
  /** Requests that were answered, and tries that had to be repeated. */
  requests: number;
  repeated: number;
  /** In the answered requests. */
  points: number;
  /** Median of the last requests, in milliseconds. */
  latency: number;
  /** Points that the server has counted for this client, and those left. */
  used?: number;
  left?: number;
  /** Why nothing goes on at the moment; empty if it does. */
  waiting: string;
}

/** How exactly the oracle answers: oracle.Precision in core/oracle/precision.go. */
export interface Precision {
  /** Absent for float64. */
  precision?: "float32" | "float16";
  /** Decimal places. */
  decimals?: number;
  /** Standard deviation of an error added to every answer. */
  noise?: number;
}

/** How a run attacks: method.Method in core/method. Without anything in it, Peel's own attack, end to end. */
export interface Method {
  /** How rows are found; absent for Peel's own tracing. */
  signature?: string;
  /** How signs are found; absent for Peel's own. */
  sign?: string;
  /** Votes for each neuron of the sign method wiggle. */
  samples?: number;
  /** The bits of wiggle's arithmetic: 32, 16, or 64 when left out. */
  bits?: number;
  /** The precision improvement of Carlini et al. */
  improve?: boolean;
  /** The one layer that is attacked, 1-based, with the true layers before it given; absent: end to end. */
  idealised?: number;
}

/** A way to find signatures or signs: method.Info. */
export interface MethodInfo {
  /** As in Method, empty for Peel's own. */
  name: string;
  title: string;
  /** Paper and section. */
  source: string;
  about: string;
}

/** Whether a method needs the program that has the published ones. */
export const isPublished = (m: Method | undefined) => Boolean(m?.signature || m?.sign);

/** What a run needs to be told; the engine fills in the rest of the spec. */
export interface SpecInput extends Precision {
  victim: { name: string; sha256: string };
  sizes: number[];
  seed: number;
  /** Most queries the run may ask; absent or 0: any number. */
  budget?: number;
  /** Ask every query as a full point, as a remote oracle must be asked. */
  plain?: boolean;
  /** Absent for Peel's own. */
  method?: Method;
}

/** run.Spec in core/run/spec.go. */
export interface Spec {
  v: number;
  engine: string;
  victim: { name: string; sha256: string };
  sizes: number[];
  oracle: { plain?: boolean; budget?: number } & Precision;
  seed: number;
  method?: Method;
}

export interface RunOptions {
  /** Number of hands; the digest does not depend on it. */
  workers: number;
  /** At most this many queries per second, for teaching. Never changes the digest. */
  pace?: number;
}

/** Where a neuron of the recovered network stands. */
export const NeuronState = { Unknown: 0, Found: 1, Completed: 2, Signed: 3 } as const;

/** What is known of one layer: enough to draw it without its events. */
export interface LayerSummary {
  /** 1-based. */
  layer: number;
  /** One of NeuronState per neuron in order of discovery (may be shorter than the layer is wide). */
  neurons: number[];
  rank?: number;
  rankOf?: number;
  missing?: number;
  message?: string;
}

export type RunStatus = "running" | "paused" | "done" | "failed";

export interface RunMeta {
  id: string;
  spec: Spec;
  /** Milliseconds since 1970. */
  created: number;
  updated: number;
  /** "running" only while some tab is at it; a run whose tab was closed is "paused". */
  status: RunStatus;
  /** Nobody paused it: its tab was closed or its browser died. */
  interrupted?: boolean;
  /** Another tab has it: it can be watched, not resumed. */
  elsewhere: boolean;
  queries: number;
  /** Active seconds, kept across pauses and resumes. */
  seconds: number;
  workers: number;
  params: number;
  phase?: PhaseName;
  byPhase: Partial<Record<PhaseName, number>>;
  layers: LayerSummary[];
  warnings: string[];
  digest?: string;
  complete?: boolean;
  maxError?: number;
  message?: string;
  /** Of a finished run; runs finished by older versions have none. */
  coverage?: LayerCoverage[];
  /** Why the run failed, one sentence. */
  error?: string;
  /** It came from a file, and its journal gave what the file claimed. */
  imported?: boolean;
}

/** Formats in which a network can be written: formats.Written in models/formats. */
export const WRITTEN = ["safetensors", "npz", "onnx", "keras"] as const;
export type NetworkFormat = (typeof WRITTEN)[number];

/** What a file turned out to be. */
export type ReadFile =
  | { format: "run" }
  | {
      format: NetworkFormat | "h5";
      /** The network as a safetensors file. */
      bytes: ArrayBuffer;
      /** What was left out, a sentence each. */
      notices: string[];
    };

/** What came of a campaign: report.Report in core/campaign/report. */
export interface Report {
  name: string;
  title: string;
  engine: string;
  /** In words. */
  machine: string;
  atOnce: number;
  tables: ReportTable[] | null;
  figures: { id: string; title: string; about: string }[] | null;
  /** Plain sentences about the results as a whole. */
  notes: string[] | null;
  /** SVG, by the figure's id. */
  pictures: Record<string, string>;
  runs: ReportRun[];
}

export interface ReportTable {
  id: string;
  title: string;
  about: string;
  columns: string[];
  /** Cells, and the places of the runs behind them in Report.runs. */
  rows: { cells: string[]; runs: number[] }[];
}

/** A run of a campaign: campaign.Record, with words. */
export interface ReportRun {
  /** Of the victim. */
  name: string;
  method: string;
  setting: string;
  /** One of the names is set; seed is that of a recipe. */
  victim: { shipped?: string; file?: string; random?: string; mnist?: string; seed?: number };
  spec: Spec;
  end: "ended" | "time" | "queries" | "error";
  complete?: boolean;
  digest?: string;
  queries: number;
  seconds: number;
}

/** A run taken apart: runfile.Parts in models/runfile. */
export interface RunParts {
  spec: ArrayBuffer;
  journal: ArrayBuffer;
  figures: ArrayBuffer;
  recovered?: ArrayBuffer;
  victim?: ArrayBuffer;
}

export interface StorageInfo {
  kind: "indexeddb" | "memory";
  /** The browser promised not to evict it. Never promise it to the reader. */
  persisted: boolean;
  warning?: string;
}

/** Something the reader should see that is not part of the attack. */
export interface Notice {
  kind: "storage" | "worker";
  message: string;
  runId?: string;
}

/** How a run ended in this tab. */
export interface RunEnd {
  status: "done" | "failed";
  error?: string;
  meta: RunMeta;
}

/** Largest |f − f̂| over so many inputs of a kind, and the scale max |f|. */
export interface Sample {
  inputs: "normal" | "uniform" | "mnist";
  count: number;
  maxDiff: number;
  maxAbs: number;
}

/** fidelity.Bound: |f − f̂| ≤ epsilon for every input of the set, or why that cannot be said. */
export interface Bound {
  /** "every x in [0,1]^784" */
  set: string;
  epsilon: number;
  /** At most this share of N(0,1) inputs lies outside the set; 0 where that is not claimed. */
  delta: number;
  /** Empty when there is a bound. */
  why: string;
}

/** Functional figures only. Names as in core/fidelity. */
export interface Score {
  samples: Sample[];
  /** Share of MNIST test images on which both name the same digit. */
  agreement?: number;
  /** MNIST test accuracy of each. */
  accuracy?: { victim: number; recovered: number };
}

/** RGBA pixels, ready for ImageData. */
export interface Picture {
  width: number;
  height: number;
  rgba: Uint8ClampedArray;
}

export interface RevealRow {
  /** Index of the victim's neuron. */
  neuron: number;
  victim: Picture;
  /** Absent when the row was not recovered. Drawn to the same colour scale as the victim's. */
  recovered?: Picture;
  /** ‖row − recovered row‖ / ‖row‖, bias included, after undoing its scale; absent when missing. */
  error?: number;
  /** The same error in bits: −log2(error), at most 53. */
  bits?: number;
  /** Within 1e-8 and with the right sign. */
  right: boolean;
  wrongSign: boolean;
  /** The run never decided which side is active: neither right nor wrong. */
  undecided: boolean;
}

export interface RevealLayer {
  /** 1-based. */
  layer: number;
  width: number;
  rowsRight: number;
  missing: number;
  wrongSigns: number;
  undecided: number;
  /** False when every neuron of the layer below is missing. */
  compared: boolean;
  /** Largest error of a row, relative to its norm; the same in bits, at most 53. */
  worst: number;
  worstBits: number;
  /** Largest error of one weight or bias. */
  worstEntry: number;
}

export interface Reveal {
  rows: RevealRow[];
  /** Grade 1, the weights. */
  layers: RevealLayer[];
  /** Grade 2, answers that were tried. */
  samples: Sample[];
  /** Grade 3, a proof about every input of a set. */
  bounds: Bound[];
  /** The networks compute the same function though not every row could be matched (dead or duplicate neurons). */
  equivalent: boolean;
  /** One sentence for the reader. */
  summary: string;
}

/** One thing that a link says: link.Line. */
export interface LinkLine {
  name: string;
  text: string;
}

/** What a link holds, as the scorer read it: package core/link. */
export interface Linked {
  /** What the victim is called. */
  name: string;
  sizes: number[];
  /** "link": the network is in the link. "file": the reader must have it. */
  source: "shipped" | "link" | "file";
  /** Of a victim that is not in the link. */
  sha256?: string;
  /** The engine that made the link, and this one. */
  engine: string;
  here: string;
  seed: number;
  oracle: Spec["oracle"];
  method?: Method;
  /** What is attacked and how, for people. */
  attack: LinkLine[];
  /** What is claimed; null when the link was made before a run. */
  result: LinkLine[] | null;
}

/** The victim of a link that is made: by its file, or by what stands for it. */
export type LinkVictim =
  | { bytes: ArrayBuffer }
  | { source: "shipped"; name: string; sha256: string; sizes: number[] }
  | { source: "random"; sizes: number[]; seed: number }
  | { source: "file"; sha256: string; sizes: number[] };

export interface LinkInput {
  victim: LinkVictim;
  run: Precision & {
    seed: number;
    budget?: number;
    plain?: boolean;
    method?: Method;
    /** Absent for this engine. */
    engine?: string;
    /** How the run ended; absent before it. */
    claim?: Pick<RunMeta, "digest" | "queries" | "complete" | "coverage">;
  };
}

/** How a run compares with what its link claims: link.Compare. */
export interface Judgement {
  /** The same digest and figures, bit for bit. */
  reproduced: boolean;
  differences: { name: string; link: string; here: string }[];
}

// ---- the wire ----

export interface Request {
  id: number;
  method: string;
  params: unknown;
}

export type Response = { id: number; result: unknown } | { id: number; error: { message: string } };

/** What a conductor sends unasked. */
export type Push =
  | { push: "events"; runId: string; events: PeelEvent[] }
  | { push: "meta"; runId: string; meta: RunMeta }
  | { push: "notice"; notice: Notice }
  | { push: "remote"; runId: string; stats: RemoteStats }
  | { push: "end"; runId: string; end: RunEnd };

/** What every worker is told first. */
export interface Init {
  assets: Assets;
  peel: WebAssembly.Module;
  victim?: WebAssembly.Module;
  /** A conductor's runs are only to be looked at: they are kept in its memory, as long as it lives. */
  fleeting?: boolean;
}

/** Said by a worker whose program ended: open calls fail with this. */
export const gone = "a background worker ran out of memory and was started anew: close other tabs and try again";

/** Names shared by all tabs of this origin. */
export const runLock = (runId: string) => `peel-run-${runId}`;
export const runChannel = (runId: string) => `peel-run-${runId}`;
export const busyElsewhere = "this run is going on in another tab: watch it here, or close that tab and resume it";
