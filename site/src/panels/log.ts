// What happened, one line each, newest last. Screen readers get the short
// version from announce.ts; this list can be read at leisure.

import type { PeelEvent } from "../../../wasm/protocol";
import { h } from "../dom";
import { count, plural } from "../format";
import { WORDS } from "../run/phases";

/** More lines than this and the oldest go. */
const KEEP = 300;

/** The sentence for an event, or nothing when it is not worth a line. */
export function tell(e: PeelEvent): string | undefined {
  const neuron = `Layer ${e.layer ?? "?"}, neuron ${e.neuron + 1}`;
  switch (e.type) {
    case "start":
      return e.resumed ? "Resumed: the journal is played back first" : "Started";
    case "phase":
      return e.phase ? `${e.layer ? `Layer ${e.layer}: ` : ""}${WORDS[e.phase]?.title ?? e.phase}` : undefined;
    case "rank":
      return e.count === e.of ? `Layer ${e.layer}: its rows span ${plural(e.count ?? 0, "direction")}` : undefined;
    case "found":
      return `${neuron}: found`;
    case "completed":
      return `${neuron}: completed`;
    case "signed":
      return `${neuron}: signed`;
    case "missing":
      return `Layer ${e.layer}: ${e.message || `${e.count} missing`}`;
    case "warning":
      return e.message;
    case "done":
      return e.complete ? "Done: everything recovered" : `Done: ${e.message || "something is missing"}`;
  }
  return undefined;
}

export class Log {
  readonly el: HTMLElement;
  #list = h("ol", { class: "log", tabindex: 0, "aria-label": "What happened" });

  constructor() {
    this.el = h("details", { class: "log-box", open: matchMedia("(min-width: 900px)").matches }, h("summary", {}, "What happened"), this.#list);
  }

  clear() {
    this.#list.replaceChildren();
  }

  add(events: PeelEvent[]) {
    const lines = [];
    for (const e of events) {
      if (e.type === "start") this.clear();
      const text = tell(e);
      if (text) lines.push(h("li", { class: e.type }, h("span", {}, text), h("small", {}, count(e.queries ?? 0))));
    }
    if (lines.length === 0) return;
    this.#list.append(...lines);
    while (this.#list.childElementCount > KEEP) this.#list.firstElementChild!.remove();
    requestAnimationFrame(() => (this.#list.scrollTop = this.#list.scrollHeight)); // laid out once a frame
  }
}
