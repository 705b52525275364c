// The fields that choose how a run attacks. They are closed at first: Peel's own
// method needs no choice. What can be chosen is asked of Go when they are opened.

import type { Method, MethodInfo, Scorer } from "../../../wasm/client";
import { h, setText, show } from "../dom";
import { isDefault, partsOf, settingOf } from "../run/method";
import { messageOf } from "../panels/errors";
import { sentence } from "../panels/notices";

/** The sign method that goes with a signature method, where Peel's own does not. */
const USUAL: Record<string, string> = { carlini: "freeze", foerster: "wiggle", given: "wiggle" };

type Source = Pick<Scorer, "methods" | "checkMethod">;

export class MethodFields {
  readonly el: HTMLDetailsElement;
  #scorer: Source;
  #sizes: () => number[] | undefined;
  #summary = h("summary", {});
  #signature: HTMLSelectElement;
  #sign: HTMLSelectElement;
  #about = h("p", { class: "hint" });
  #samples: HTMLInputElement;
  #samplesBox: HTMLElement;
  #bits: HTMLSelectElement;
  #bitsBox: HTMLElement;
  #improve: HTMLInputElement;
  #improveBox: HTMLElement;
  #setting: HTMLSelectElement;
  #layer: HTMLInputElement;
  #layerBox: HTMLElement;
  #wrong = h("p", { class: "wrong", role: "status" });
  #infos: { signatures: MethodInfo[]; signs: MethodInfo[] } | undefined;
  #loading: Promise<void> | undefined;
  #name: string;

  /** prefix sets the ids of these fields apart from those of others on the page; sizes are those of the network that is chosen. */
  constructor(scorer: Source, prefix: string, sizes: () => number[] | undefined, name = "Method") {
    this.#scorer = scorer;
    this.#sizes = sizes;
    this.#name = name;
    const changed = () => this.check();
    const own = (label: string) => h("option", { value: "" }, label);
    this.#signature = h("select", { id: `${prefix}signature`, onchange: () => this.#chosen() }, own("trace (Peel)"));
    this.#sign = h("select", { id: `${prefix}sign`, onchange: changed }, own("sequential (Peel)"));
    this.#samples = h("input", { id: `${prefix}samples`, type: "number", min: 1, max: 100_000, step: 1, placeholder: "as in its paper", inputmode: "numeric", oninput: changed });
    this.#bits = h("select", { id: `${prefix}bits`, onchange: changed }, h("option", { value: "" }, "float64"),
      h("option", { value: "32" }, "float32, as Foerster et al. have it"), h("option", { value: "16" }, "float16"));
    this.#improve = h("input", { id: `${prefix}improve`, type: "checkbox", onchange: changed });
    this.#setting = h("select", { id: `${prefix}setting`, onchange: changed },
      h("option", { value: "" }, "End to end, from answers alone"), h("option", { value: "idealised" }, "Idealised: earlier layers given"));
    this.#layer = h("input", { id: `${prefix}layer`, type: "number", min: 1, max: 63, step: 1, value: 2, inputmode: "numeric", oninput: changed });
    this.#samplesBox = field("Votes for each neuron, s", this.#samples);
    this.#bitsBox = field("Arithmetic of the votes", this.#bits);
    this.#improveBox = h("label", { class: "check" }, this.#improve, h("span", {}, "Precision improvement, as Carlini et al. have it"));
    this.#layerBox = field("The layer that is attacked", this.#layer);
    this.el = h("details", { class: "method", id: `${prefix}method`, ontoggle: () => this.el.open && void this.#load() }, this.#summary,
      field("Signatures", this.#signature), field("Signs", this.#sign), this.#about, this.#samplesBox, this.#bitsBox, this.#improveBox,
      field("Setting", this.#setting), this.#layerBox, this.#wrong);
    this.#draw();
  }

  /** What is chosen; numbers are checked by Go. */
  get value(): Method {
    const m: Method = {};
    if (this.#signature.value) m.signature = this.#signature.value;
    if (this.#sign.value) m.sign = this.#sign.value;
    if (m.sign === "wiggle" && this.#samples.value !== "") m.samples = Number(this.#samples.value);
    if (m.sign === "wiggle" && this.#bits.value) m.bits = Number(this.#bits.value);
    if (this.#improve.checked && (m.signature === "carlini" || m.signature === "foerster")) m.improve = true;
    if (this.#setting.value) m.idealised = Number(this.#layer.value) || -1; // no number: Go says so
    return m;
  }

  /** Chooses a method. */
  async set(m: Method = {}) {
    await this.#load();
    this.#signature.value = m.signature ?? "";
    this.#sign.value = m.sign ?? "";
    this.#samples.value = m.samples ? String(m.samples) : "";
    this.#bits.value = m.bits ? String(m.bits) : "";
    this.#improve.checked = Boolean(m.improve);
    this.#setting.value = m.idealised ? "idealised" : "";
    if (m.idealised) this.#layer.value = String(m.idealised);
    if (!isDefault(m)) this.el.open = true;
    this.#draw();
  }

  /** What is chosen, or an Error that says in one sentence what is wrong with it; undefined for Peel's own. */
  async checked(sizes: number[]): Promise<Method | undefined> {
    const m = this.value;
    if (isDefault(m)) return undefined;
    const wrong = await this.#scorer.checkMethod(m, sizes);
    if (wrong) throw new Error(wrong);
    return m;
  }

  /** Says what is wrong with the choice for the network that is chosen, if anything is. */
  check() {
    this.#draw();
    const [m, sizes] = [this.value, this.#sizes()];
    if (isDefault(m) || !sizes) return setText(this.#wrong, "");
    this.#scorer.checkMethod(m, sizes).catch(messageOf).then((wrong) => setText(this.#wrong, wrong && sentence(wrong)));
  }

  /** A published signature method brings the signs of its paper along, because Peel's own do not go with it. */
  #chosen() {
    const usual = USUAL[this.#signature.value];
    if (usual && !this.#sign.value) {
      this.#sign.value = usual;
      if (this.#signature.value === "foerster") [this.#samples.value, this.#bits.value] = ["15", "32"];
    }
    if (this.#signature.value === "given") this.#setting.value = "idealised";
    this.check();
  }

  #load(): Promise<void> {
    this.#loading ??= this.#scorer.methods().then((infos) => {
      this.#infos = infos;
      const options = (all: MethodInfo[]) => all.map((i) => h("option", { value: i.name }, i.source ? `${i.title}: ${i.source}` : i.title));
      this.#signature.replaceChildren(...options(infos.signatures));
      this.#sign.replaceChildren(...options(infos.signs));
      this.#draw();
    }, (e) => {
      this.#loading = undefined;
      setText(this.#wrong, sentence(messageOf(e)));
    });
    return this.#loading;
  }

  #draw() {
    const m = this.value;
    setText(this.#summary, `${this.#name}: ${isDefault(m) ? "Peel’s own, end to end" : `${partsOf(m)}, ${settingOf(m)}`}`);
    const about = [this.#infos?.signatures.find((i) => i.name === this.#signature.value), this.#infos?.signs.find((i) => i.name === this.#sign.value)];
    setText(this.#about, about.map((i) => i?.about ?? "").join(" ").trim());
    show(this.#samplesBox, m.sign === "wiggle");
    show(this.#bitsBox, m.sign === "wiggle");
    show(this.#improveBox, m.signature === "carlini" || m.signature === "foerster");
    show(this.#layerBox, Boolean(this.#setting.value));
  }
}

function field(label: string, input: HTMLElement): HTMLElement {
  return h("label", { class: "field" }, h("span", { class: "label" }, label), input);
}
