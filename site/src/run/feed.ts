// Releases a run's events to the eye. The attack can be over in a second; the
// feed spreads a burst over a little more than one, never more, so that the
// picture stays close behind the truth. It draws a dozen times a second, because
// the processor that draws is one that the attack would have.

import type { PeelEvent } from "../../../wasm/protocol";
import { still } from "../dom";

/** The longest that an event is held back, in milliseconds. */
const SPREAD = 1400;

/** The least time between two drawings, in milliseconds. */
const BEAT = 75;

interface Waiting {
  event: PeelEvent;
  since: number;
}

export class Feed {
  #waiting: Waiting[] = [];
  #frame = 0;
  #unseen: ReturnType<typeof setTimeout> | undefined;
  #last = 0;
  #sink: (batch: PeelEvent[]) => void;

  constructor(sink: (batch: PeelEvent[]) => void) {
    this.#sink = sink;
  }

  push(event: PeelEvent) {
    this.#waiting.push({ event, since: performance.now() });
    if (still() || document.hidden) return queueMicrotask(() => this.flush()); // events come many in one message
    if (!this.#frame) {
      this.#last = performance.now() - BEAT;
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
    this.#release(this.#waiting.length);
  }

  /** Forgets what was not shown yet. */
  clear() {
    this.#stop();
    this.#waiting = [];
  }

  #release(n: number) {
    const batch = this.#waiting.splice(0, n);
    if (batch.length > 0) this.#sink(batch.map((w) => w.event));
  }

  #tick(now: number) {
    const passed = now - this.#last;
    if (passed >= BEAT) {
      this.#last = now;
      // At a pace that empties the queue just before its newest event is due; what is due goes at once.
      const left = Math.max(1, this.#waiting.at(-1)!.since + SPREAD - now);
      const due = this.#waiting.findIndex((w) => w.since + SPREAD > now);
      const paced = Math.ceil((this.#waiting.length * passed) / left);
      this.#release(due < 0 ? this.#waiting.length : Math.max(due, paced));
    }
    if (this.#waiting.length > 0) this.#next();
    else this.#stop();
  }
}
