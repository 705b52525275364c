// Play, pause, scrub: the controls of a replay, under the stage.

import { h, setText } from "../dom";
import { LENGTH, type Replay } from "../run/replay";

const SPEEDS = [0.5, 1, 2, 4];

export class ReplayBar {
  readonly el: HTMLElement;
  #play: HTMLButtonElement;
  #slider: HTMLInputElement;
  #replay: Replay | undefined;

  constructor() {
    this.#play = h("button", { type: "button", id: "replay-play", onclick: () => this.#toggle() }, "Pause");
    this.#slider = h("input", { type: "range", min: 0, max: LENGTH, step: 50, value: 0, "aria-label": "Place in the replay" });
    this.#slider.addEventListener("input", () => {
      const time = Number(this.#slider.value); // pausing draws, which moves the slider
      this.#replay?.pause();
      this.#replay?.seek(time);
    });
    const speed = h("select", { "aria-label": "Speed of the replay" },
      ...SPEEDS.map((s) => h("option", { value: s, selected: s === 1 }, `${s}×`)));
    speed.addEventListener("change", () => {
      if (this.#replay) this.#replay.speed = Number(speed.value);
    });
    this.el = h("div", { class: "replay-bar" },
      h("p", { class: "replay-label" }, "Replay of the recorded run, slowed down. Nothing is being asked."),
      this.#play, this.#slider, speed);
  }

  attach(replay: Replay) {
    this.#replay = replay;
    replay.speed = Number(this.el.querySelector("select")!.value);
  }

  draw(time: number, playing: boolean) {
    this.#slider.value = String(time);
    setText(this.#play, playing ? "Pause" : time >= LENGTH ? "Play again" : "Play");
  }

  #toggle() {
    if (!this.#replay) return;
    if (this.#replay.playing) this.#replay.pause();
    else this.#replay.play();
  }
}
