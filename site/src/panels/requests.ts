// How asking a server goes, while a run attacks one.

import type { RemoteStats } from "../../../wasm/protocol";
import { h, setText, show } from "../dom";
import { count } from "../format";
import { sentence } from "./notices";

export class Requests {
  readonly el: HTMLElement;
  #requests = h("b", { id: "requests" }, "0");
  #latency = h("b", {}, "–");
  #batch = h("b", {}, "–");
  #left = h("b", {}, "–");
  #leftBox = h("span", { class: "figure" }, this.#left, h("small", {}, "points left today"));
  #says = h("p", { class: "wait", role: "status" });

  constructor() {
    const figure = (value: HTMLElement, label: string) => h("span", { class: "figure" }, value, h("small", {}, label));
    this.el = h("section", { class: "requests", "aria-label": "Requests to the server", hidden: true },
      h("div", { class: "figure-row" }, figure(this.#requests, "requests"), figure(this.#latency, "until the answer"), figure(this.#batch, "points in each"), this.#leftBox),
      this.#says);
  }

  draw(stats: RemoteStats) {
    setText(this.#requests, count(stats.requests));
    setText(this.#latency, stats.requests ? `${stats.latency < 10 ? stats.latency.toFixed(1) : count(stats.latency)} ms` : "–");
    setText(this.#batch, stats.requests ? count(stats.points / stats.requests) : "–");
    if (stats.left !== undefined) setText(this.#left, count(stats.left));
    show(this.#leftBox, stats.left !== undefined);
    setText(this.#says, stats.waiting ? `Waiting to try again: ${sentence(stats.waiting)}` : stats.repeated ? `${count(stats.repeated)} tries were repeated; each request is counted once.` : "");
    show(this.el, true);
  }

  hide() {
    show(this.el, false);
  }
}
