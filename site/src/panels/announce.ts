// Tells screen readers how a run stands, at most once every few seconds: the
// attack itself can make hundreds of events in one.

import { setText } from "../dom";

const EVERY = 3000;

export class Announcer {
  #el: HTMLElement;
  #next = "";
  #timer = 0;
  #last = -EVERY;

  constructor(el: HTMLElement) {
    this.#el = el;
  }

  /** Says the latest text once the silence is over. */
  say(text: string) {
    this.#next = text;
    if (this.#timer) return;
    const wait = Math.max(0, this.#last + EVERY - performance.now());
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      this.#last = performance.now();
      setText(this.#el, this.#next);
    }, wait);
  }
}
