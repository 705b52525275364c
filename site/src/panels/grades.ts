// The three grades of fidelity, each with the question that it answers: the
// weights, the answers that were tried, and a proof.

import type { Bound, Reveal, RevealLayer, Sample } from "../../../wasm/protocol";
import { h } from "../dom";
import { count, tiny } from "../format";
import { sentence } from "./notices";

export function grades(reveal: Reveal, hidden: number): HTMLElement {
  return h("div", { class: "grades" },
    grade("Grade 1: the weights", "Are they the same numbers? Rows are compared after undoing the order and the scale of hidden neurons, which no answer can tell. Errors are relative to the row; its bits are −log₂ of that, and float64 has 53.",
      reveal.layers.length ? weights(reveal.layers, hidden) : h("p", {}, "Networks of different depth have no rows to compare.")),
    grade("Grade 2: answers that were tried", "Are they the same? That is evidence, not a proof: an input nobody tried may differ.", answers(reveal.samples)),
    grade("Grade 3: a proven bound", "How far apart can answers be on any input of a set, tried or not? A proof counts every error at its worst, so the bound is larger than what is seen.", ...reveal.bounds.map(bound)));
}

function grade(title: string, question: string, ...parts: HTMLElement[]): HTMLElement {
  return h("section", {}, h("h3", {}, title), h("p", { class: "hint" }, question), ...parts);
}

function weights(layers: RevealLayer[], hidden: number): HTMLElement {
  const rows = layers.map((l) => {
    const seen = l.compared && l.missing < l.width;
    return h("tr", {}, h("th", { scope: "row" }, l.layer > hidden ? "output" : String(l.layer)),
      h("td", {}, `${l.rowsRight}/${l.width}`), h("td", {}, String(l.wrongSigns)), h("td", {}, String(l.undecided)), h("td", {}, String(l.missing)),
      h("td", {}, seen ? tiny(l.worst) : "–"), h("td", { class: "wide" }, seen ? String(Math.floor(l.worstBits)) : "–"), h("td", { class: "wide" }, seen ? tiny(l.worstEntry) : "–"));
  });
  const heads = ["Layer", "right", "sign wrong", "sign un\u00ADdecided", "miss\u00ADing", "worst row"];
  return h("table", { class: "reveal-table" },
    h("caption", { class: "sr" }, "Each layer compared"),
    h("thead", {}, h("tr", {}, ...heads.map((t) => h("th", { scope: "col" }, t)), ...["bits", "worst weight"].map((t) => h("th", { scope: "col", class: "wide" }, t)))),
    h("tbody", {}, ...rows));
}

const KINDS = { normal: "normal inputs, N(0,1)", uniform: "uniform inputs, U[0,1]", mnist: "MNIST test digits" } as const;

function answers(samples: Sample[]): HTMLElement {
  const rows = samples.map((s) => h("tr", {}, h("th", { scope: "row" }, `${count(s.count)} ${KINDS[s.inputs]}`), h("td", {}, tiny(s.maxDiff)), h("td", {}, s.maxAbs.toPrecision(3))));
  return h("table", {},
    h("caption", { class: "sr" }, "Answers compared on each kind of input"),
    h("thead", {}, h("tr", {}, ...["Tried", "largest |f\u00A0−\u00A0f̂|", "largest\u00A0|f|"].map((t) => h("th", { scope: "col" }, t)))),
    h("tbody", {}, ...rows));
}

function bound(b: Bound): HTMLElement {
  if (b.why) return h("p", {}, h("b", {}, "No bound"), " for ", ...powers(b.set), ". ", sentence(b.why));
  const chance = b.delta > 0 ? [" An input drawn from N(0,1) is one of these with probability 1 − 2", h("sup", {}, `−${Math.round(-Math.log2(b.delta))}`), "."] : [];
  return h("p", {}, h("b", {}, "|f − f̂| ≤ ", tiny(b.epsilon)), " for ", ...powers(b.set), ".", ...chance);
}

/** "[0,1]^784" with its power raised. */
function powers(text: string): (string | Node)[] {
  return text.split(/\^(\d+)/).map((part, i) => (i % 2 ? h("sup", {}, part) : part));
}
