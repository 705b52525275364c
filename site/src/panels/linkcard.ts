// What a link holds, before anything runs: what would be attacked, what is
// claimed, and the button that finds out.

import type { Linked, LinkLine } from "../../../wasm/protocol";
import { h, setText, show } from "../dom";
import { hexed } from "../format";
import { idealisedChip } from "./idealised";
import { PACES, paceSelect } from "../setup/pace";

export interface LinkActions {
  run(pace: string): void;
  close(): void;
  /** The victim's file, where the link only names it. */
  provide(file: File): void;
}

export class LinkCard {
  readonly el: HTMLElement;
  #title = h("h2", { id: "link-title", tabindex: -1 });
  #what = h("p", { class: "sub" });
  #idealised = idealisedChip();
  #attack = h("dl", { class: "facts" });
  #claim = h("section", {});
  #engine = h("p", { class: "engine" });
  #file: HTMLElement;
  #pace = paceSelect("link-pace");
  #run: HTMLButtonElement;
  #verb = "";
  /** The network is there, or can be had. */
  #ready = false;

  constructor(actions: LinkActions) {
    this.#run = h("button", { type: "button", id: "reproduce", class: "primary big", onclick: () => this.#run.hasAttribute("aria-disabled") || actions.run(this.#pace.value) });
    const picker = h("input", { type: "file", accept: ".safetensors", "aria-label": "The victim’s file" });
    picker.addEventListener("change", () => picker.files?.[0] && actions.provide(picker.files[0]));
    this.#file = h("div", {}, h("p", { class: "wait" }, "The link only names this network, by its SHA-256: choose its file."), picker);
    this.el = h("div", { class: "panel link-card" },
      h("p", { class: "status" }, h("span", { class: "chip" }, "From a link"), this.#idealised, h("span", { class: "what" }, "Nothing has run yet.")),
      h("div", {}, this.#title, this.#what),
      h("h3", {}, "What is attacked"), this.#attack,
      this.#claim, this.#engine, this.#file,
      h("div", { class: "buttons" }, this.#run, h("button", { type: "button", id: "link-leave", onclick: () => actions.close() }, "Not now"),
        h("label", { class: "inline" }, "Pace ", this.#pace)));
  }

  /** needsFile: the network has to be chosen first. */
  draw(link: Linked, needsFile: boolean) {
    const claims = link.result !== null;
    show(this.#idealised, Boolean(link.method?.idealised));
    setText(this.#title, claims ? "Does it come out the same?" : "An experiment to run");
    setText(this.#what, claims
      ? "Reproduce attacks the network anew, in this tab, and compares what comes out with the claim, bit for bit."
      : "The link says what would be attacked. It was made before a run and claims nothing.");
    this.#attack.replaceChildren(...facts(link.attack));
    this.#claim.replaceChildren(...(link.result ? [h("h3", {}, "What is claimed"), h("dl", { class: "facts" }, ...facts(link.result))] : []));
    show(this.#claim, claims);
    setText(this.#engine, `It was made by engine ${link.engine} and this is engine ${link.here}: the outcome may be another.`);
    show(this.#engine, link.engine !== link.here);
    show(this.#file, needsFile);
    this.#verb = claims ? "Reproduce" : "Run it";
    this.#ready = !needsFile;
    this.wait(false);
    this.#pace.value = PACES[0]!.name;
  }

  /** While the network is made or loaded there is nothing to press. */
  wait(on: boolean) {
    setText(this.#run, on ? "Sealing the victim …" : this.#verb);
    if (on || !this.#ready) this.#run.setAttribute("aria-disabled", "true");
    else this.#run.removeAttribute("aria-disabled");
  }

  focus() {
    this.#title.focus({ preventScroll: true });
  }
}

function facts(lines: LinkLine[]): HTMLElement[] {
  return lines.map((l) => h("div", {}, h("dt", {}, l.name), h("dd", {}, ...hexed(l.text))));
}
