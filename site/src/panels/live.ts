// The panel beside the stage while a run goes on, is paused, watched or
// replayed.

import type { PeelEvent } from "../../../wasm/protocol";
import { h, setText, show } from "../dom";
import { seconds } from "../format";
import { WORDS } from "../run/phases";
import type { RunView } from "../run/view";
import { idealisedChip } from "./idealised";
import { Layers } from "./layers";
import { Log } from "./log";
import { Meter } from "./meter";
import { Requests } from "./requests";
import { PACES, paceSelect } from "../setup/pace";

export type Mode = "running" | "paused" | "watching" | "replay";

const CHIP: Record<Mode | "journal", string> = { running: "Live", journal: "From the journal, not live", paused: "Paused", watching: "Watching another tab", replay: "Replay, not live" };

/** How often the clock goes on by itself, in milliseconds. Events take it along: every drawing costs the attack some time. */
const TICK = 250;

export interface LiveActions {
  pause(): void;
  resume(): void;
  cancel(): void;
  leave(): void;
  pace(name: string): void;
}

export class Live {
  readonly el: HTMLElement;
  #chip = h("span", { class: "chip" });
  #idealised = idealisedChip(false);
  #what = h("span", { class: "what" });
  #title = h("h2", { id: "phase" }, "Getting ready");
  #text = h("p", { class: "phase-text" });
  #time = h("b", {}, "0.0 s");
  #meter = new Meter();
  #layers = new Layers();
  #log = new Log();
  /** Of a run that attacks a server. */
  readonly requests = new Requests();
  #pause: HTMLButtonElement;
  #resume: HTMLButtonElement;
  #cancel: HTMLButtonElement;
  #leave: HTMLButtonElement;
  #pace: HTMLSelectElement;
  #paceBox: HTMLElement;
  #clock = 0;
  #base = 0;
  #since = 0;
  #ticked = 0;
  mode: Mode = "running";

  constructor(actions: LiveActions) {
    this.#pause = h("button", { type: "button", id: "pause", onclick: () => actions.pause() }, "Pause");
    this.#resume = h("button", { type: "button", id: "continue", class: "primary", onclick: () => actions.resume() }, "Continue");
    this.#cancel = h("button", { type: "button", id: "cancel", onclick: () => actions.cancel() }, "Cancel");
    this.#leave = h("button", { type: "button", id: "leave", onclick: () => actions.leave() }, "Leave");
    this.#pace = paceSelect("live-pace");
    this.#pace.addEventListener("change", () => actions.pace(this.#pace.value));
    this.#paceBox = h("label", { class: "inline" }, "Pace ", this.#pace);
    this.el = h("div", { class: "panel live" },
      h("p", { class: "status" }, this.#chip, this.#what),
      h("div", { class: "now-box" }, this.#title, this.#text),
      h("div", { class: "buttons" }, this.#resume, this.#pause, this.#cancel, this.#leave, this.#paceBox),
      this.#meter.el, this.requests.el,
      h("div", { class: "split" }, this.#layers.el, h("p", { class: "figure time" }, this.#time, h("small", {}, "time"))),
      this.#log.el);
  }

  /** Begins with a new subject. */
  open(mode: Mode, what: string, pace = PACES[0]!.name, idealised = false) {
    if (idealised) this.#chip.after(this.#idealised);
    else this.#idealised.remove();
    setText(this.#what, what);
    this.#log.clear();
    this.requests.hide();
    this.#pace.value = pace;
    this.#base = this.#since = 0;
    setText(this.#time, seconds(0));
    this.setMode(mode);
  }

  setMode(mode: Mode) {
    this.mode = mode;
    this.#label(mode);
    show(this.#pause, mode === "running");
    show(this.#resume, mode === "paused");
    show(this.#cancel, mode === "running" || mode === "paused");
    show(this.#leave, mode === "watching" || mode === "replay");
    show(this.#paceBox, mode === "running" || mode === "paused");
    setText(this.#leave, mode === "replay" ? "Back to the result" : "Leave");
    if (mode === "running" && !this.#clock) {
      this.#since = performance.now();
      this.#clock = window.setInterval(() => performance.now() - this.#ticked >= TICK && this.#tick(), TICK / 2);
    } else if (mode !== "running") {
      this.close();
    }
  }

  #label(mode: Mode | "journal") {
    setText(this.#chip, CHIP[mode]);
    this.#chip.dataset.mode = mode;
  }

  /** Stops the clock. */
  close() {
    window.clearInterval(this.#clock);
    this.#clock = 0;
  }

  draw(view: RunView, events: PeelEvent[]) {
    this.#meter.draw(view);
    this.#layers.draw(view);
    this.#log.add(events);
    if (this.mode === "running") this.#label(view.playedBack ? "journal" : "running");
    if (view.seconds !== this.#base) {
      this.#base = view.seconds;
      this.#since = performance.now();
    }
    if (this.mode === "running") this.#tick();
    else setText(this.#time, seconds(view.seconds));
    const words = view.phase ? WORDS[view.phase] : undefined;
    setText(this.#title, words ? words.title : view.done ? "Done" : "Getting ready");
    setText(this.#text, words ? words.text : view.done ? "" : "The attack sees a sealed box: numbers in, one answer out.");
  }

  #tick() {
    this.#ticked = performance.now();
    setText(this.#time, seconds(this.#base + (this.#ticked - this.#since) / 1000));
  }
}
