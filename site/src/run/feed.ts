// Releases a run's events to the eye. The attack can be over in a second; the
// feed spreads a burst over a little more than one, never more, so that the
// picture stays close behind the truth.

import type { PeelEvent } from "../../../wasm/protocol";
import { still } from "../dom";

/** The longest that a burst is held back, in milliseconds. */
const SPREAD = 1400;

export class Feed {
  #waiting: PeelEvent[] = [];
  #frame = 0;
  #unseen: ReturnType<typeof setTimeout> | undefined;
  #last = 0;
  #owed = 0;
  #sink: (batch: PeelEvent[]) => void;

  constructor(sink: (batch: PeelEvent[]) => void) {
    this.#sink = sink;
  }

  push(e: PeelEvent) {
    this.#waiting.push(e);
    if (still() || document.hidden) return this.flush();
    if (!this.#frame) {
      this.#last = performance.now();
      this.#next();
    }
  }

  /** Asks for a frame. A tab that nobody sees gets none: then there is nothing to spread. */
  #next() {
    this.#frame = requestAnimationFrame((t) => this.#tick(t));
    clearTimeout(this.#unseen);
    this.#unseen = setTimeout(() => this.flush(), 500);
  }

  #stop() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#unseen);
    this.#frame = 0;
  }

  /** Releases everything at once. */
  flush() {
    this.#stop();
    const all = this.#waiting;
    this.#waiting = [];
    if (all.length > 0) this.#sink(all);
  }

  /** Forgets what was not shown yet. */
  clear() {
    this.#stop();
    this.#waiting = [];
  }

  #tick(now: number) {
    const passed = Math.min(100, Math.max(1, now - this.#last));
    this.#last = now;
    this.#owed += (passed * Math.max(20, this.#waiting.length)) / SPREAD;
    const n = Math.min(this.#waiting.length, Math.max(1, Math.floor(this.#owed)));
    this.#owed = Math.max(0, this.#owed - n);
    this.#sink(this.#waiting.splice(0, n));
    if (this.#waiting.length > 0) this.#next();
    else this.#stop();
  }
}
