// How a run compares with the link it was started from.

import type { Judgement } from "../../../wasm/protocol";
import { h } from "../dom";
import { hexed } from "../format";

export function drawJudgement(host: HTMLElement, { reproduced, differences }: Judgement) {
  host.classList.toggle("partial", !reproduced);
  const engine = differences.find((d) => d.name === "Engine");
  host.replaceChildren(
    h("h2", {}, reproduced ? "Reproduced, bit for bit" : "Not reproduced"),
    h("p", {}, reproduced
      ? engine ? `The same digest and figures as the link claims, though engine ${engine.link} made it and this is engine ${engine.here}.` : "The same digest and figures as the link claims."
      : engine ? "Another engine made the link, and this one comes to another result." : "The link claims what this run did not find."),
    ...(reproduced ? [] : [list(differences)]));
}

function list(differences: Judgement["differences"]): HTMLElement {
  const side = (name: string, text: string) => h("dd", {}, h("small", {}, name), h("span", {}, ...hexed(text)));
  return h("dl", { class: "facts differs" },
    ...differences.map((d) => h("div", {}, h("dt", {}, d.name), side("link", d.link), side("here", d.here))));
}
