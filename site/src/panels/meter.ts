// The query meter: how many queries each phase has taken, against the floor. An
// answer holds one real number per output, and a general attack cannot do with
// fewer numbers than there are parameters.

import type { PhaseName } from "../../../wasm/protocol";
import { h, setText } from "../dom";
import { count } from "../format";
import { PHASES, WORDS } from "../run/phases";
import type { RunView } from "../run/view";

export class Meter {
  readonly el: HTMLElement;
  #total = h("b", { id: "queries" }, "0");
  #ratio = h("b", { id: "ratio" }, "0.00");
  #bar = h("div", { class: "bar", "aria-hidden": "true" });
  #parts = new Map<PhaseName, { seg: HTMLElement; num: HTMLElement; row: HTMLElement }>();
  #floorText = h("span");
  #floor = h("div", { class: "floor", "aria-hidden": "true" }, this.#floorText);

  constructor() {
    const legend = h("dl", { class: "phases" });
    for (const p of PHASES) {
      const seg = h("i", { class: `seg ${p}` });
      const num = h("dd", {}, "0");
      const row = h("div", { class: `phase ${p}` }, h("dt", {}, h("i", { class: `key ${p}`, "aria-hidden": "true" }), WORDS[p].short), num);
      this.#bar.append(seg);
      legend.append(row);
      this.#parts.set(p, { seg, num, row });
    }
    this.el = h("section", { class: "meter", "aria-label": "Queries" },
      h("p", { class: "figures" },
        h("span", { class: "figure" }, this.#total, h("small", {}, "queries")),
        h("span", { class: "figure" }, this.#ratio, h("small", {}, "per parameter"))),
      h("div", { class: "bar-box" }, this.#bar, this.#floor),
      legend);
  }

  draw(view: RunView) {
    const counted = PHASES.reduce((n, p) => n + view.byPhase[p], 0);
    const outputs = view.sizes.at(-1) ?? 1;
    const least = view.params / outputs;
    const top = Math.max(1.55 * least, 1.08 * Math.max(view.queries, counted));
    setText(this.#floorText, outputs === 1 ? "floor: 1 per parameter" : "floor: 1 number per parameter");
    setText(this.#total, count(view.queries));
    setText(this.#ratio, (view.queries / Math.max(1, view.params)).toFixed(2));
    const floor = (100 * least) / top;
    this.#floor.style.left = `${floor}%`;
    this.#floor.classList.toggle("late", floor > 55);
    this.#floor.classList.toggle("early", floor < 18);
    for (const [p, part] of this.#parts) {
      part.seg.style.width = `${(100 * view.byPhase[p]) / top}%`;
      setText(part.num, count(view.byPhase[p]));
      part.row.classList.toggle("now", view.phase === p);
    }
  }
}
