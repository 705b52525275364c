// Every neuron accounted for: a dot for each, a row of dots for each layer, and
// what the dots mean. It shows what the run itself knows, never the truth.

import type { LayerCoverage, Method, NeuronStatus } from "../../../wasm/protocol";
import { h } from "../dom";
import { count } from "../format";
import { settingOf } from "../run/method";
import { sentence } from "./notices";

const NAMES: [NeuronStatus, string][] = [
  ["R", "recovered"],
  ["E", "equivalent"],
  ["S", "sign undecided"],
  ["U", "never seen switching"],
  ["P", "not put together"],
  ["G", "given"],
  ["-", "not reached"],
];

/** A layer with more neurons than this is only counted. */
const MOST = 512;

export function drawCoverage(host: HTMLElement, layers: readonly LayerCoverage[], method?: Method) {
  host.replaceChildren(
    h("h3", {}, "Every neuron accounted for"),
    ...(method?.idealised ? [h("p", { class: "hint" }, sentence(settingOf(method)))] : []),
    h("div", { class: "cover-rows" }, ...layers.flatMap((l) => [h("span", { class: "cover-name" }, name(l)), dots(l)])),
    h("ul", { class: "cover-legend", "aria-label": "What the dots mean" }, ...meanings(layers)));
}

const name = (l: LayerCoverage) => (l.output ? "output" : `layer ${l.layer}`);

const statuses = (l: LayerCoverage) => [...l.neurons] as NeuronStatus[];

const tally = (l: LayerCoverage, status: NeuronStatus) => statuses(l).filter((s) => s === status).length;

function dots(l: LayerCoverage): HTMLElement {
  const counts = NAMES.map(([s, what]) => [tally(l, s), what] as const).filter(([n]) => n > 0).map(([n, what]) => `${count(n)} ${what}`).join(", ");
  if (l.neurons.length > MOST) return h("span", {}, counts);
  return h("span", { class: "dots", role: "img", "aria-label": `${name(l)}: ${counts}`, title: counts },
    ...statuses(l).map(dot));
}

const dot = (status: NeuronStatus) => h("i", { class: "dot", "data-status": status });

/** One line for each status and reason that occurs, with the layers it is about. */
function meanings(layers: readonly LayerCoverage[]): HTMLElement[] {
  const out: HTMLElement[] = [];
  for (const [status, what] of NAMES) {
    const grounds = new Map<string, { n: number; where: string[] }>();
    for (const l of layers) {
      const n = tally(l, status);
      if (n === 0) continue;
      const why = l.why?.[status] ?? "";
      const g = grounds.get(why) ?? { n: 0, where: [] };
      g.n += n;
      g.where.push(name(l));
      grounds.set(why, g);
    }
    for (const [why, { n, where }] of grounds) {
      const text = why ? ` (${joined(where)}): ${why}` : "";
      out.push(h("li", {}, dot(status), h("span", {}, h("b", {}, `${count(n)} ${what}`), text)));
    }
  }
  return out;
}

/** "layers 4–8, output" */
function joined(where: string[]): string {
  const numbers = where.filter((w) => w !== "output").map((w) => Number(w.slice(6)));
  const rest = where.includes("output") ? ["output"] : [];
  if (numbers.length > 2 && numbers.at(-1)! - numbers[0]! === numbers.length - 1) return [`layers ${numbers[0]}–${numbers.at(-1)}`, ...rest].join(", ");
  return where.join(", ");
}
