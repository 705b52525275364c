// Plays the recorded events of a run at a speed that a class can follow. It is
// a film of what happened, not a run: no query is asked.

import type { Method, PeelEvent } from "../../../wasm/protocol";
import { blank, fold, type RunView } from "./view";

/** How long each kind of event is worth looking at, relative to the others. */
const WEIGHT: Record<string, number> = { start: 2, phase: 5, rank: 1, found: 2, completed: 2, signed: 2, missing: 4, warning: 3, done: 1 };

/** Length of a replay at speed 1, in milliseconds. */
export const LENGTH = 24_000;

/** Called after every step with what is known by then; shown is the number of events so far. */
type Draw = (view: RunView, time: number, playing: boolean, shown: number) => void;

export class Replay {
  readonly events: PeelEvent[];
  /** events[i] is shown from at[i] on, from 0 to LENGTH. */
  #at: number[] = [];
  #time = 0;
  #shown = 0;
  #view: RunView;
  #frame = 0;
  #last = 0;
  #draw: Draw;
  speed = 1;

  constructor(events: PeelEvent[], sizes: number[], draw: Draw, method?: Method) {
    this.events = events;
    this.#draw = draw;
    this.#view = blank(sizes, method);
    let t = 0;
    for (const e of events) {
      this.#at.push(t);
      t += WEIGHT[e.type] ?? 0.3;
    }
    const scale = LENGTH / Math.max(t, 1);
    this.#at = this.#at.map((x) => x * scale);
  }

  get playing() {
    return this.#frame !== 0;
  }

  play() {
    if (this.#time >= LENGTH) this.seek(0);
    this.#last = performance.now();
    this.#frame = requestAnimationFrame((t) => this.#tick(t));
  }

  pause() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#paint();
  }

  /** Goes to a time between 0 and LENGTH. */
  seek(time: number) {
    if (time < this.#time) {
      this.#view = blank(this.#view.sizes, { idealised: this.#view.idealised });
      this.#shown = 0;
    }
    this.#time = time;
    this.#advance();
    this.#paint();
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #tick(now: number) {
    this.#time = Math.min(LENGTH, this.#time + Math.max(0, now - this.#last) * this.speed);
    this.#last = now;
    this.#advance();
    this.#frame = this.#time < LENGTH ? requestAnimationFrame((t) => this.#tick(t)) : 0;
    this.#paint();
  }

  #advance() {
    while (this.#shown < this.events.length && this.#at[this.#shown]! <= this.#time) {
      this.#view = fold(this.#view, this.events[this.#shown++]!);
    }
  }

  #paint() {
    this.#draw(this.#view, this.#time, this.playing, this.#shown);
  }
}
