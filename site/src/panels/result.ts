// What a finished run is worth: the verdict first, then the figures, then what
// can be done with it.

import { WRITTEN, type NetworkFormat, type RunMeta, type Score } from "../../../wasm/protocol";
import { h, setText, show } from "../dom";
import { count, percent, seconds, shape, tiny, when } from "../format";
import { NETWORK_FILES } from "../data/victims";
import { drawCoverage } from "./coverage";
import { idealisedChip } from "./idealised";
import { Meter } from "./meter";
import { sentence } from "./notices";
import { describe } from "../setup/precision";
import { achieved, verdict } from "../run/achieved";
import { describeMethod, settingOf } from "../run/method";
import { fromMeta } from "../run/view";

export interface ResultActions {
  reveal(): void;
  download(format: NetworkFormat): void;
  save(): void;
  replay(): void;
  share(): void;
  again(): void;
  /** The victim's file, chosen again. */
  provide(file: File): void;
}

const FORMATS: Record<NetworkFormat, string> = { safetensors: "safetensors", npz: "NumPy .npz", onnx: "ONNX", keras: "Keras" };
const INPUTS = { normal: "10,000 normal inputs", uniform: "10,000 uniform inputs", mnist: "MNIST test digits" } as const;

export class Result {
  readonly el: HTMLElement;
  #recorded = h("p", { class: "status" });
  #idealised = h("p", { class: "status" }, idealisedChip(false), h("span", { class: "what" }));
  #title = h("h2", { id: "verdict", tabindex: -1 });
  #sub = h("p", { class: "sub" });
  #missing = h("ul", { class: "lacks" });
  #figures = h("div", { class: "figure-row" });
  #scores = h("div", { id: "scores" });
  #coverage = h("section", { id: "coverage" });
  #meter = new Meter();
  #digest = h("code", { id: "digest" });
  #copy: HTMLButtonElement;
  #reveal: HTMLButtonElement;
  #provide: HTMLElement;

  constructor(actions: ResultActions) {
    this.#reveal = h("button", { type: "button", id: "reveal-button", class: "primary", "aria-controls": "reveal", onclick: () => actions.reveal() }, "Reveal");
    this.#copy = h("button", { type: "button", class: "quiet", onclick: () => this.#copyDigest() }, "Copy");
    const picker = h("input", { type: "file", accept: NETWORK_FILES, "aria-label": "The victim’s file" });
    picker.addEventListener("change", () => picker.files?.[0] && actions.provide(picker.files[0]));
    this.#provide = h("div", {}, h("p", { class: "wait" }, "The victim’s file is not here: choose it to compare its answers with the copy’s."), picker);
    const format = h("select", { id: "download-format", "aria-label": "Format of the recovered network" },
      ...WRITTEN.map((f) => h("option", { value: f }, FORMATS[f])));
    this.el = h("div", { class: "panel result" },
      this.#recorded, this.#idealised, this.#title, this.#sub, this.#missing, this.#figures, this.#scores, this.#provide, this.#coverage,
      h("div", { class: "digest" }, h("span", { class: "label" }, "Digest"), this.#digest, this.#copy),
      h("div", { class: "buttons" }, this.#reveal,
        h("button", { type: "button", id: "replay-button", onclick: () => actions.replay() }, "Replay"),
        h("button", { type: "button", id: "share", onclick: () => actions.share() }, "Share"),
        h("button", { type: "button", id: "again", onclick: () => actions.again() }, "New run")),
      h("div", { class: "export" },
        h("div", { class: "field" }, h("span", { class: "label" }, "Recovered network"),
          h("div", { class: "joined" }, format, h("button", { type: "button", id: "download", onclick: () => actions.download(format.value as NetworkFormat) }, "Download"))),
        h("button", { type: "button", id: "save-run", onclick: () => actions.save() }, "Save run …")),
      h("details", { class: "by-phase" }, h("summary", {}, "Queries by phase"), this.#meter.el));
  }

  /** Shows what a run ended with. recorded: it did so before, and is opened again. */
  draw(meta: RunMeta, recorded: boolean) {
    const complete = achieved(meta);
    this.el.classList.toggle("partial", !complete);
    this.#recorded.replaceChildren(h("span", { class: "chip", "data-mode": "replay" }, "Recorded run"), h("span", { class: "what" }, `of ${when(meta.created)}`));
    show(this.#recorded, recorded);
    show(this.#idealised, Boolean(meta.spec.method?.idealised));
    setText(this.#idealised.lastElementChild!, settingOf(meta.spec.method).replace("idealised: ", ""));
    setText(this.#title, verdict(meta));
    const details = [describe(meta.spec.oracle), describeMethod(meta.spec.method)].filter(Boolean).map((d) => ` · ${d}`).join("");
    setText(this.#sub, `${meta.spec.victim.name} · ${shape(meta.spec.sizes)} · ${count(meta.params)} parameters · seed ${meta.spec.seed}${details}`);
    const missing = new Set<string>();
    if (!complete) {
      for (const m of [meta.message, ...meta.layers.map((l) => l.message)]) if (m) missing.add(sentence(m));
    }
    this.#missing.replaceChildren(...[...missing].map((m) => h("li", {}, m)));
    show(this.#missing, missing.size > 0);
    this.#figures.replaceChildren(
      figure(count(meta.queries), "queries"),
      figure((meta.queries / Math.max(1, meta.params)).toFixed(2), "per parameter"),
      figure(meta.seconds || !meta.imported ? seconds(meta.seconds) : "–", "time")); // the command line does not save it
    setText(this.#digest, meta.digest ?? "");
    this.#scores.replaceChildren(h("p", { class: "wait" }, "Comparing answers with the victim’s …"));
    drawCoverage(this.#coverage, meta.coverage ?? [], meta.spec.method);
    show(this.#coverage, Boolean(meta.coverage?.length));
    this.#meter.draw(fromMeta(meta));
    show(this.#scores, true);
    show(this.#reveal, true);
    show(this.#provide, false);
  }

  /** What the scorer found. */
  score(score: Score) {
    const head = figureRow(score);
    const rows = score.samples.map((s) =>
      h("tr", {}, h("th", { scope: "row" }, INPUTS[s.inputs] ?? s.inputs), h("td", { class: "diff" }, tiny(s.maxDiff)), h("td", {}, s.maxAbs.toPrecision(3))));
    this.#scores.replaceChildren(
      ...head,
      h("table", { class: "samples" },
        h("caption", { class: "sr" }, "Largest difference between victim and copy"),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "On"), h("th", { scope: "col" }, "largest |f − f̂|"), h("th", { scope: "col" }, "largest |f|"))),
        h("tbody", {}, ...rows)));
  }

  /** Says why there is no comparison. */
  noScore(message: string) {
    this.#scores.replaceChildren(h("p", { class: "wait" }, sentence(message)));
  }

  /** Without the victim's file there is nothing to compare with or reveal. */
  needVictim() {
    show(this.#scores, false);
    show(this.#reveal, false);
    show(this.#provide, true);
  }

  /** Nobody here has the victim's weights. */
  sealed() {
    this.noScore("Only the server has this network’s weights, so there is nothing to compare with or to reveal: the attack’s own check on fresh queries says how good the copy is");
    show(this.#reveal, false);
  }

  #copyDigest() {
    const done = (text: string) => {
      setText(this.#copy, text);
      window.setTimeout(() => setText(this.#copy, "Copy"), 1500);
    };
    const select = () => {
      getSelection()?.selectAllChildren(this.#digest);
      done("Selected");
    };
    if (!navigator.clipboard) return select();
    navigator.clipboard.writeText(this.#digest.textContent ?? "").then(() => done("Copied"), select);
  }
}

function figure(value: string | Node, label: string): HTMLElement {
  return h("span", { class: "figure" }, h("b", {}, value), h("small", {}, label));
}

function figureRow(score: Score): HTMLElement[] {
  const worst = score.samples.reduce((m, s) => Math.max(m, s.maxDiff), 0);
  const out = [figure(tiny(worst), "largest |f − f̂|")];
  if (score.agreement !== undefined) out.push(figure(percent(score.agreement), "same digit on the MNIST test set"));
  const row = h("div", { class: "figure-row" }, ...out);
  if (!score.accuracy) return [row];
  const { victim, recovered } = score.accuracy;
  return [row, h("p", { class: "wait" }, `Right on the test digits: victim ${percent(victim)}, copy ${percent(recovered)}.`)];
}
