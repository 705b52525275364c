// Reports a run to its room: the newest state, every other second at most, and
// again until the server has it.

import type { RunMeta } from "../../../wasm/protocol";
import { NeuronState } from "../../../wasm/protocol";
import { Refused } from "../server/api";
import { report, type Joined, type Progress } from "./rooms";

/** The least time between two reports, in milliseconds. */
const EVERY = 2000;
/** The longest pause after reports that failed. */
const LONGEST = 15_000;

type State = Omit<Progress, "seq" | "round">;

/** A run as its room sees it. */
export function stateOf(meta: RunMeta): State {
  const found = meta.layers.map((l) => l.neurons.filter((s) => s >= NeuronState.Found).length);
  const widths = meta.spec.sizes.slice(1, -1);
  const neurons = widths.reduce((a, b) => a + b, 0);
  const known = widths.map((w, i) => Math.min(w, found[i] ?? 0));
  const ended = meta.status === "done" && meta.digest;
  return {
    state: ended ? (meta.complete ? "complete" : "incomplete") : meta.status === "failed" ? "stopped" : "running",
    phase: ended ? undefined : meta.phase,
    layer: ended ? 0 : known.findIndex((n, i) => n < widths[i]!) + 1,
    queries: meta.queries,
    found: known.reduce((a, b) => a + b, 0),
    neurons,
    seconds: meta.seconds,
    seed: meta.spec.seed,
    digest: ended ? meta.digest : undefined,
    maxError: ended && Number.isFinite(meta.maxError) ? meta.maxError : undefined,
  };
}

export class Reporter {
  #code: string;
  #me: Joined;
  #round: number;
  #seq: number;
  #next: State | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending = false;
  #pause = EVERY;
  #last = 0;
  #closed = false;
  /** The last state, sent or not. */
  state: State | undefined;

  /** seq is the number of the last report that the server has. */
  constructor(code: string, me: Joined, round: number, seq: number) {
    [this.#code, this.#me, this.#round, this.#seq] = [code, me, round, seq];
  }

  /** Takes the newest state. An end is sent at once. */
  update(state: State) {
    this.state = this.#next = state;
    this.#plan(state.state === "running" ? this.#pause : 0);
  }

  /** The run that was going on does not go on. */
  stopped() {
    if (this.state?.state === "running") this.update({ ...this.state, state: "stopped", phase: undefined, layer: 0 });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #plan(pause: number) {
    if (this.#sending || this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(), Math.max(0, this.#last + pause - Date.now()));
  }

  async #send() {
    const state = this.#next;
    if (!state || this.#closed) return;
    this.#sending = true;
    this.#next = undefined;
    this.#last = Date.now();
    try {
      await report(this.#code, this.#me, { ...state, seq: ++this.#seq, round: this.#round });
      this.#pause = EVERY;
    } catch (e) {
      // After a reset, in a room that is over or as no member of it there is nobody to tell.
      if (e instanceof Refused && e.status < 500 && e.status !== 429) this.#closed = true;
      this.#next ??= state;
      this.#pause = Math.min(2 * this.#pause, LONGEST);
    }
    this.#sending = false;
    if (this.#next) this.#plan(this.#pause);
  }
}
