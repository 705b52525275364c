// Things the reader should see that are not part of the attack, each once.

import { h } from "../dom";

export class Notices {
  #host: HTMLElement;
  #seen = new Map<string, HTMLElement>();

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  /** Shows a sentence until it is dismissed. kind only chooses its colour. */
  add(message: string, kind: "storage" | "worker" | "info" = "info") {
    if (this.#seen.has(message)) return;
    const close = h("button", { type: "button", class: "quiet", "aria-label": "Dismiss this notice", onclick: () => this.remove(message) }, "×");
    const el = h("div", { class: `notice ${kind}` }, h("p", {}, sentence(message)), close);
    this.#seen.set(message, el);
    this.#host.append(el);
  }

  /** Takes away what was only about the run before: storage warnings stay. */
  clear() {
    for (const [message, el] of this.#seen) if (!el.classList.contains("storage")) this.remove(message);
  }

  remove(message: string) {
    this.#seen.get(message)?.remove();
    this.#seen.delete(message);
  }
}

/** A message as a sentence: capital first, full stop last. */
export function sentence(message: string): string {
  const m = message.trim();
  const start = m.charAt(0).toUpperCase() + m.slice(1);
  return /[.!?]$/.test(start) ? start : start + ".";
}
