// The stage: the victim as a fruit that is peeled layer by layer. It draws a
// RunView and touches only what changed since the last one.

import { s, setText, show, still } from "../dom";
import { count, plural, runs } from "../format";
import { attacked, COMPLETED, reached, SIGNED, type RunView } from "../run/view";
import { coreRadius, discs, outward, RIM, rings } from "./geometry";
import { makeNeuron, STATES, type Neuron } from "./neuron";

interface DrawnLayer {
  group: SVGGElement;
  neurons: Neuron[];
  shown: Uint8Array;
  scored: number;
}

export class Stage {
  readonly svg: SVGSVGElement;
  #fruit = s("g");
  #core = s("g", { class: "core" });
  #big = s("text", { class: "core-big", y: 8 });
  #small = s("text", { class: "core-small", y: 40 });
  #ray = s("line", { class: "ray", x1: 0, y1: 0, x2: 0, y2: -RIM });
  #rim = s("text", { class: "rim-text" });
  #sparks = s("g");
  #turn = 0;
  #layers: DrawnLayer[] = [];
  #shape = "";

  /** Sets the ids of this drawing apart from those of others on the page. */
  #defs: string;

  constructor(host: HTMLElement, defs = "") {
    this.#defs = defs;
    this.svg = s("svg", { viewBox: "-500 -500 1000 1000", class: "stage", role: "img" });
    const arc = s("path", { id: `${defs}rim-arc`, d: `M${-RIM - 8} 0A${RIM + 8} ${RIM + 8} 0 0 1 ${RIM + 8} 0`, fill: "none" });
    const along = s("textPath", { href: `#${defs}rim-arc`, startOffset: "50%", "text-anchor": "middle" });
    this.#rim.append(along);
    this.svg.append(
      s("defs", {},
        s("pattern", { id: `${defs}pores`, width: 16, height: 16, patternUnits: "userSpaceOnUse", patternTransform: "rotate(31)" },
          s("circle", { cx: 4, cy: 4, r: 1.5, class: "pore" }),
          s("circle", { cx: 12, cy: 11, r: 1.1, class: "pore" })),
        s("radialGradient", { id: `${defs}shade`, gradientUnits: "userSpaceOnUse", cx: -190, cy: -230, r: 800 },
          s("stop", { offset: 0, "stop-color": "#fff", "stop-opacity": 0.3 }),
          s("stop", { offset: 0.42, "stop-color": "#fff", "stop-opacity": 0 }),
          s("stop", { offset: 1, "stop-color": "#501800", "stop-opacity": 0.36 })),
        arc),
      this.#fruit, this.#sparks, this.#ray, this.#core, this.#rim);
    host.append(this.svg);
  }

  draw(view: RunView) {
    const shape = view.sizes.join("-");
    if (shape !== this.#shape) this.#build(view);
    view.layers.forEach((layer, i) => {
      const drawn = this.#layers[i]!;
      const open = layer.rankOf ? layer.rank : 0;
      if (open !== drawn.scored) {
        drawn.neurons.forEach((n, k) => n.rind.classList.toggle("scored", k < open));
        drawn.scored = open;
      }
      drawn.neurons.forEach((n, k) => {
        const state = layer.neurons[k]!;
        if (state === drawn.shown[k]) return;
        drawn.shown[k] = state;
        n.rind.dataset.state = n.disc.dataset.state = String(state);
        setText(n.title, `Layer ${layer.layer}, neuron ${k + 1}: ${STATES[state]}`);
      });
      const reachedYet = i === 0 || layer.neurons.some((state) => state > 0) || view.phaseLayer > i;
      drawn.group.classList.toggle("waiting", !reachedYet);
      drawn.group.classList.toggle("active", view.phaseLayer === layer.layer && view.phase !== undefined);
      drawn.group.classList.toggle("whole", reached(layer, SIGNED) === layer.width);
      drawn.group.classList.toggle("short", layer.missing > 0);
      drawn.group.classList.toggle("given", layer.layer < view.idealised);
    });
    this.#drawCore(view);
    show(this.#ray, view.phase === "critical" || view.phase === "subspace");
  }

  /** A spark on the rim: one more task has asked its questions. */
  ping() {
    if (still() || this.#sparks.childElementCount > 30) return;
    this.#turn = (this.#turn + 137.5) % 360; // the golden angle: never twice in one place
    const spark = s("line", { class: "spark", x1: 0, y1: -RIM + 2, x2: 0, y2: -RIM + 44, transform: `rotate(${this.#turn})` });
    spark.addEventListener("animationend", () => spark.remove());
    this.#sparks.append(spark);
  }

  #build(view: RunView) {
    this.#shape = view.sizes.join("-");
    this.#fruit.replaceChildren();
    this.#core.replaceChildren();
    const at = rings(view.layers.length);
    this.#fruit.append(
      s("circle", { class: "rim", r: RIM - 8, "stroke-dasharray": this.#ticks(view.sizes[0]!) }));
    this.#layers = view.layers.map((layer, i) => {
      const ring = at[i]!;
      const { spots, radius } = discs(ring, layer.width);
      const group = s("g", { class: "ring" });
      group.style.setProperty("--hue", String(26 + (view.layers.length > 1 ? (48 * i) / (view.layers.length - 1) : 0)));
      const mid = (ring.inner + ring.outer) / 2;
      group.append(s("circle", { class: "flesh", r: mid, "stroke-width": ring.outer - ring.inner }));
      const neurons = spots.map((spot, k) => makeNeuron(layer.layer, k, layer.width, ring, spot, radius, outward(k, layer.width), this.#defs));
      for (const n of neurons) n.rind.dataset.state = n.disc.dataset.state = "0";
      for (const n of neurons) setText(n.title, "");
      group.append(s("g", { class: "rinds" }, ...neurons.map((n) => n.rind)), s("g", {}, ...neurons.map((n) => n.disc)));
      this.#fruit.append(group);
      return { group, neurons, shown: new Uint8Array(layer.width), scored: 0 };
    });
    this.#core.append(s("circle", { class: "seed", r: coreRadius(view.layers.length) }), this.#big, this.#small);
    this.svg.classList.toggle("deep", view.layers.length > 3);
    const ins = plural(view.sizes[0]!, "input");
    setText(this.#rim.firstElementChild!, `${ins}  →  ${runs(view.sizes.slice(1, -1)).join("  →  ")}  →  ${plural(view.sizes.at(-1)!, "output")}`);
  }

  /** Fine marks on the rim, one per input while they can be told apart. */
  #ticks(inputs: number): string {
    const n = Math.min(inputs, 196);
    const step = (2 * Math.PI * (RIM - 8)) / n;
    const mark = Math.min(3, step / 2);
    return `${mark} ${step - mark}`;
  }

  #drawCore(view: RunView) {
    const layers = attacked(view);
    const all = layers.reduce((n, l) => n + l.width, 0);
    const peeled = layers.reduce((n, l) => n + reached(l, COMPLETED), 0);
    const begun = view.queries > 0 || view.done;
    const complete = Boolean(view.done?.complete);
    setText(this.#big, begun ? `${count(peeled)}/${count(all)}` : "f(x)");
    this.#big.classList.toggle("long", this.#big.textContent!.length > 5);
    setText(this.#small, complete ? "all recovered" : begun ? (view.idealised ? `of layer ${view.idealised}` : "peeled") : "black box");
    this.#core.classList.toggle("open", complete);
    this.svg.classList.toggle("all", complete);
    const parts = layers.map((l) => `layer ${l.layer}: ${reached(l, SIGNED)} of ${l.width} neurons fully recovered`);
    this.svg.setAttribute("aria-label", `The victim network as rings. ${parts.join("; ")}.`);
  }
}
