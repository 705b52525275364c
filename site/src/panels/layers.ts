// One line per hidden layer: how many of its neurons are found, completed and
// signed.

import { h, setText } from "../dom";
import { COMPLETED, FOUND, reached, SIGNED, type RunView } from "../run/view";

export class Layers {
  readonly el = h("table", { class: "layers" });
  #rows: { cells: HTMLElement[]; row: HTMLElement }[] = [];
  #shape = "";

  draw(view: RunView) {
    const shape = view.sizes.join("-");
    if (shape !== this.#shape) this.#build(view, shape);
    view.layers.forEach((layer, i) => {
      const { cells, row } = this.#rows[i]!;
      [FOUND, COMPLETED, SIGNED].forEach((state, j) => {
        const n = reached(layer, state);
        const idle = view.idealised && layer.layer !== view.idealised;
        setText(cells[j]!, !idle ? `${n}/${layer.width}` : layer.layer < view.idealised ? "given" : "–");
        cells[j]!.classList.toggle("full", !idle && n === layer.width);
      });
      row.classList.toggle("now", view.phaseLayer === layer.layer && view.phase !== undefined);
    });
  }

  #build(view: RunView, shape: string) {
    this.#shape = shape;
    const head = h("tr", {}, ...["Layer", "found", "completed", "signed"].map((t) => h("th", { scope: "col" }, t)));
    const body = h("tbody");
    this.#rows = view.layers.map((layer) => {
      const cells = [h("td"), h("td"), h("td")];
      const row = h("tr", {}, h("th", { scope: "row" }, String(layer.layer)), ...cells);
      body.append(row);
      return { cells, row };
    });
    this.el.replaceChildren(h("caption", { class: "sr" }, "Neurons of each layer"), h("thead", {}, head), body);
  }
}
