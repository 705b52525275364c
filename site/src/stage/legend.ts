// What the discs on the stage mean.

import { h, s } from "../dom";
import { discGlyph } from "./neuron";

const MEANING = [
  ["0", "unknown", "under the skin"],
  ["1", "found", "one bend seen"],
  ["2", "completed", "row, up to a factor"],
  ["3", "signed", "active side known"],
] as const;

export function legend(): HTMLElement {
  return h("ul", { class: "legend", "aria-label": "What the discs mean" },
    ...MEANING.map(([state, name, text]) => {
      const disc = s("g", { class: "disc", "data-state": state }, ...discGlyph(13, 150));
      const svg = s("svg", { viewBox: "-17 -17 34 34", "aria-hidden": "true", class: "ring" }, s("circle", { class: "pit", r: 15, "data-state": state }), disc);
      return h("li", {}, svg as unknown as Node, h("span", {}, h("b", {}, name), h("small", {}, text)));
    }));
}
