// How a run compares with the link it was started from.

import type { Judgement } from "../../../wasm/protocol";
import { h } from "../dom";

export function drawJudgement(host: HTMLElement, { reproduced, differences }: Judgement) {
  host.classList.toggle("partial", !reproduced);
  const engine = differences.find((d) => d.name === "Engine");
  host.replaceChildren(
    h("h2", {}, reproduced ? "Reproduced, bit for bit" : "Not reproduced"),
    h("p", {}, reproduced
      ? engine ? `The same digest and figures as the link claims, though engine ${engine.link} made it and this is engine ${engine.here}.` : "The same digest and figures as the link claims."
      : engine ? "Another engine made the link, and this one comes to another result." : "The link claims what this run did not find."),
    ...(reproduced ? [] : [table(differences)]));
}

function table(differences: Judgement["differences"]): HTMLElement {
  return h("table", { class: "differs" },
    h("caption", { class: "sr" }, "What differs"),
    h("thead", {}, h("tr", {}, ...["", "the link", "here"].map((t) => h("th", { scope: "col" }, t)))),
    h("tbody", {}, ...differences.map((d) => h("tr", {}, h("th", { scope: "row" }, d.name), h("td", {}, d.link), h("td", {}, d.here)))));
}
