// The reveal: the victim's first layer beside the recovered one, as pictures,
// and the scorer's three grades.
// It is only ever shown after a run has ended.

import type { Picture, Reveal, RevealRow } from "../../../wasm/protocol";
import { h } from "../dom";
import { tiny } from "../format";
import { grades } from "./grades";
import { sentence } from "./notices";

export function drawReveal(host: HTMLElement, reveal: Reveal, hidden: number) {
  // Without a picture to make of its inputs, a row is one strip of colours.
  const strips = reveal.rows.some((r) => r.victim.height === 1);
  host.replaceChildren(
    h("h2", { id: "reveal-title", tabindex: -1 }, "The victim, revealed"),
    h("p", { class: "sub" }, sentence(reveal.summary)),
    h("p", { class: "hint" }, `Each pair is one neuron of the first layer: the victim’s weights ${strips ? "above, the recovered ones below" : "on the left, the recovered ones on the right"}.`),
    h("div", { class: strips ? "pairs strips" : "pairs" }, ...reveal.rows.map(pair)),
    grades(reveal, hidden));
}

function pair(row: RevealRow): HTMLElement {
  const verdict = row.recovered === undefined ? "not recovered" : row.undecided ? "sign undecided" : row.wrongSign ? "wrong sign" : h("span", {}, "error ", tiny(row.error ?? 0));
  const bits = row.bits !== undefined && row.recovered ? `${Math.floor(row.bits)} bits` : "";
  return h("figure", { class: `pair ${row.right ? "right" : "wrong"}` },
    h("div", { class: "pictures" },
      picture(row.victim, `Neuron ${row.neuron + 1} of the victim`),
      row.recovered ? picture(row.recovered, `Neuron ${row.neuron + 1} as recovered`) : h("span", { class: "empty" }, "missing")),
    h("figcaption", {}, h("b", {}, String(row.neuron + 1)), verdict, bits ? h("small", {}, bits) : null));
}

function picture(p: Picture, label: string): HTMLCanvasElement {
  const canvas = h("canvas", { width: p.width, height: p.height, role: "img", "aria-label": label });
  const data = new ImageData(p.width, p.height);
  data.data.set(p.rgba);
  canvas.getContext("2d")!.putImageData(data, 0, 0);
  return canvas;
}
