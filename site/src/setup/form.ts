// The form that starts a run: which victim, and how. Choosing a victim shows it
// on the stage at once; Extract is the only thing a newcomer has to press.

import { h, setText, show } from "../dom";
import { count, parameters, percent, shape } from "../format";
import { first, type Shipped } from "../data/catalogue";
import { clearError, messageOf, showError } from "../panels/errors";
import { sentence } from "../panels/notices";
import { NETWORK_FILES, type Victim, type Victims } from "../data/victims";
import type { LinkInput, LinkVictim, Method, Precision, Scorer } from "../../../wasm/client";
import { onServer } from "../server/only";
import { parseOracle, remoteVictim } from "../server/oracle";
import { MethodFields } from "./method";
import { paceSelect } from "./pace";
import { precisionOf, precisionSelect } from "./precision";
import { parseSizes } from "./sizes";

export interface Wish {
  victim: Victim;
  seed: number;
  workers: number;
  pace: string;
  budget: number;
  plain: boolean;
  precision: Precision;
  /** Absent for Peel's own. */
  method?: Method;
}

interface Actions {
  /** Shows a victim of these sizes on the stage. */
  preview(sizes: number[]): unknown;
  extract(wish: Wish): void;
  /** Shows the link to what is chosen. */
  share(input: LinkInput): void;
  /** Opens or joins a room; chosen gives what the form says. */
  forClass(chosen: () => Promise<Omit<Wish, "workers" | "pace">>): void;
  /** A whole run was chosen instead of a victim. */
  openRun(file: ArrayBuffer): void;
}

type Source = "shipped" | "random" | "file" | "remote";

const DROP = "or drop one anywhere on the page";
const MAX_SEED = Number.MAX_SAFE_INTEGER;
export const MAX_WORKERS = 32;

export const defaultWorkers = () => Math.min(MAX_WORKERS, Math.max(1, navigator.hardwareConcurrency || 2));

export class Setup {
  #form: HTMLFormElement;
  #victims: Victims;
  #shipped: Shipped[];
  #actions: Actions;
  #source: Source = "shipped";
  /** Of the network that is chosen, once that is known. */
  #shape: number[] | undefined;
  #file: Victim | undefined;
  #boxes: Record<Source, HTMLElement>;
  #radios: Record<Source, HTMLInputElement>;
  #about = h("p", { class: "hint", id: "about" });
  #fileName = h("span", { class: "file-name" }, DROP);
  #select: HTMLSelectElement;
  #sizes = h("input", { id: "sizes", type: "text", value: "30-15x2-1", autocomplete: "off", spellcheck: "false" });
  #recipeSeed = h("input", { id: "recipe-seed", type: "number", min: 0, max: MAX_SEED, step: 1, value: 1, inputmode: "numeric" });
  #picker = h("input", { id: "file", type: "file", accept: `${NETWORK_FILES},.peel` });
  #address = h("input", { id: "address", type: "text", placeholder: "…/api/oracle/ and 64 hex digits", autocomplete: "off", spellcheck: "false" });
  #remote: Victim | undefined;
  #seed = h("input", { id: "seed", type: "number", min: 0, max: MAX_SEED, step: 1, value: 7, inputmode: "numeric" });
  #workers = h("input", { id: "workers", type: "number", min: 1, max: MAX_WORKERS, step: 1, value: defaultWorkers(), inputmode: "numeric" });
  #pace = paceSelect("pace");
  #budget = h("input", { id: "budget", type: "number", min: 0, max: MAX_SEED, step: 1, placeholder: "no limit", inputmode: "numeric" });
  #precision = precisionSelect("precision");
  #method: MethodFields;
  #plain = h("input", { id: "plain", type: "checkbox" });
  #button = h("button", { type: "submit", id: "extract", class: "primary big" }, "Extract");
  #busy = false;

  constructor(form: HTMLFormElement, scorer: Scorer, victims: Victims, shipped: Shipped[], actions: Actions) {
    this.#form = form;
    this.#victims = victims;
    this.#shipped = shipped;
    this.#actions = actions;
    this.#method = new MethodFields(scorer, "", () => this.#shape);
    const chosen = first(shipped);
    this.#select = h("select", { id: "victim" },
      ...shipped.map((v) => h("option", { value: v.name, selected: v === chosen }, v.name)));
    const radio = (value: Source, label: string) => {
      const input = h("input", { type: "radio", name: "source", value, checked: value === "shipped", onchange: () => this.#pick(value) });
      return { input, label: h("label", {}, input, h("span", {}, label)) };
    };
    const radios = { shipped: radio("shipped", "Trained"), random: radio("random", "Random"), file: radio("file", "Your own"), remote: radio("remote", "Remote") };
    onServer(radios.remote.label);
    this.#radios = { shipped: radios.shipped.input, random: radios.random.input, file: radios.file.input, remote: radios.remote.input };
    this.#boxes = {
      shipped: h("div", {}, field("Network", this.#select)),
      random: h("div", { class: "row" }, field("Sizes", this.#sizes), field("Its seed", this.#recipeSeed)),
      file: h("div", { class: "file-row" }, field("A network, or a saved run", this.#picker), this.#fileName),
      remote: field("Address of a black box on this server", this.#address),
    };
    const dice = h("button", { type: "button", class: "quiet", "aria-label": "Another seed", title: "Another seed", onclick: () => this.#roll() }, "⚄");
    form.append(
      h("fieldset", { class: "source" }, h("legend", {}, "Victim"),
        h("div", { class: "segmented" }, ...Object.values(radios).map((r) => r.label)),
        ...Object.values(this.#boxes), this.#about),
      h("div", { class: "go" }, this.#button, h("button", { type: "button", id: "share-setup", class: "quiet", onclick: () => this.#share() }, "Share"),
        onServer(h("button", { type: "button", id: "for-class", class: "quiet", onclick: () => actions.forClass(async () => this.#wished()) }, "For a class"))),
      h("div", { class: "row" }, h("div", { class: "with-button" }, field("Attack seed", this.#seed), dice), field("Workers", this.#workers)),
      field("Pace", this.#pace),
      h("details", {}, h("summary", {}, "Advanced"),
        field("Query budget", this.#budget),
        field("The black box answers in", this.#precision),
        h("label", { class: "check" }, this.#plain, h("span", {}, "Ask every query as a full point, as over a network (slower, and a few more or fewer of them)"))),
      this.#method.el);
    form.noValidate = true;
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      void this.#submit();
    });
    this.#select.addEventListener("change", () => this.#preview());
    this.#sizes.addEventListener("input", () => this.#preview());
    this.#address.addEventListener("change", () => this.#ask().catch(() => {})); // it has been told
    this.#picker.addEventListener("change", () => {
      const f = this.#picker.files?.[0];
      if (f) void this.take(f);
    });
    this.#pick("shipped");
  }

  /** Takes a file of the reader's own, from the picker or dropped. */
  async take(file: File) {
    clearError();
    this.#radios.file.checked = true;
    this.#file = undefined;
    this.#pick("file");
    setText(this.#fileName, `Reading ${file.name} …`);
    try {
      const found = await this.#victims.open(file);
      if ("run" in found) {
        setText(this.#fileName, DROP);
        this.#actions.openRun(found.run);
        return;
      }
      this.#file = found;
      setText(this.#fileName, file.name);
    } catch (e) {
      this.#file = undefined;
      setText(this.#fileName, DROP);
      showError(messageOf(e), "This file cannot be attacked");
    }
    this.#preview();
  }

  show(on: boolean) {
    show(this.#form, on);
    if (on) this.#preview();
  }

  focus() {
    this.#button.focus();
  }

  #pick(source: Source) {
    this.#source = source;
    for (const [name, box] of Object.entries(this.#boxes)) show(box, name === source);
    this.#preview();
  }

  #roll() {
    this.#seed.value = String(crypto.getRandomValues(new Uint32Array(1))[0]! % 100_000);
  }

  /** Draws what is chosen and says what it is. */
  #preview() {
    let sizes: number[] | undefined;
    let about = "";
    if (this.#source === "shipped") {
      const v = this.#shipped.find((v) => v.name === this.#select.value);
      sizes = v?.sizes;
      about = v ? aboutShipped(v) : "";
    } else if (this.#source === "random") {
      try {
        sizes = parseSizes(this.#sizes.value);
        about = "Made here by the recipe of Carlini et al.: random weights, then a little training.";
      } catch {
        about = "Layer sizes from input to output, like 30-15x2-1.";
      }
    } else if (this.#source === "remote") {
      sizes = this.#remote?.info.sizes;
      about = "Only the server has its weights: the page asks it over HTTP, and every point counts.";
    } else {
      sizes = this.#file?.info.sizes;
      about = this.#file?.notices?.length
        ? this.#file.notices.map(sentence).join(" ")
        : "A safetensors, .npz, ONNX or Keras file of fully connected layers with ReLU. It stays on this computer.";
    }
    setText(this.#about, sizes ? `${shape(sizes)}, ${count(parameters(sizes))} parameters. ${about}` : about);
    this.#shape = sizes;
    this.#method.check();
    if (sizes) this.#actions.preview(sizes);
  }

  async #submit() {
    if (this.#busy) return;
    clearError();
    this.#busy = true;
    this.#button.setAttribute("aria-disabled", "true");
    setText(this.#button, "Sealing the victim …");
    try {
      this.#actions.extract({
        workers: integer(this.#workers, "the number of workers", 1, MAX_WORKERS),
        pace: this.#pace.value,
        ...(await this.#wished()),
      });
    } catch (e) {
      showError(messageOf(e), "This run cannot start");
    } finally {
      this.#busy = false;
      this.#button.removeAttribute("aria-disabled");
      setText(this.#button, "Extract");
    }
  }

  /** Asks the server about the black box at the address. */
  async #ask(): Promise<Victim> {
    this.#remote = undefined;
    try {
      this.#remote = await remoteVictim(parseOracle(this.#address.value));
      clearError();
      return this.#remote;
    } catch (e) {
      showError(messageOf(e), "This black box cannot be asked");
      throw e;
    } finally {
      this.#preview();
    }
  }

  /** What of the fields enters the outcome. */
  #attack() {
    return {
      seed: integer(this.#seed, "the attack seed", 0, MAX_SEED),
      budget: this.#budget.value === "" ? 0 : integer(this.#budget, "the query budget", 1, MAX_SEED),
      plain: this.#plain.checked || this.#source === "remote",
      precision: precisionOf(this.#precision),
    };
  }

  /** Victim and attack, or an Error that says what is wrong with them. */
  async #wished() {
    const attack = this.#attack();
    const victim = await this.#victim();
    const method = await this.#method.checked(victim.info.sizes);
    if (method?.idealised && victim.remote) throw new Error("an idealised run is given the network’s own layers, which a remote black box does not hand out: choose a network that is here");
    return { ...attack, victim, method };
  }

  async #share() {
    clearError();
    try {
      const { precision, ...attack } = this.#attack();
      const victim = this.#linked();
      const method = this.#shape && (await this.#method.checked(this.#shape));
      this.#actions.share({ victim, run: { ...attack, ...precision, method } });
    } catch (e) {
      showError(messageOf(e), "There is no link to this yet");
    }
  }

  /** The victim as a link names it. */
  #linked(): LinkVictim {
    if (this.#source === "random") return { source: "random", ...this.#recipe() };
    if (this.#source === "remote") {
      if (!this.#remote) throw new Error("there is no black box yet: type its address first");
      const { sha256, sizes } = this.#remote.info;
      return { source: "file", sha256, sizes };
    }
    const sha256 = this.#source === "file" ? this.#ownFile().info.sha256 : this.#chosen().sha256;
    return this.#victims.shippedAs(sha256) ?? { bytes: this.#ownFile().bytes };
  }

  async #victim(): Promise<Victim> {
    if (this.#source === "random") {
      const { sizes, seed } = this.#recipe();
      return this.#victims.random(sizes, seed);
    }
    if (this.#source === "remote") return this.#remote ?? this.#ask();
    return this.#source === "file" ? this.#ownFile() : this.#victims.ship(this.#chosen());
  }

  #recipe() {
    return { sizes: parseSizes(this.#sizes.value), seed: integer(this.#recipeSeed, "the network’s seed", 0, MAX_SEED) };
  }

  #ownFile(): Victim {
    if (!this.#file) throw new Error("there is no victim yet: choose the file of a network first");
    return this.#file;
  }

  #chosen(): Shipped {
    const v = this.#shipped.find((v) => v.name === this.#select.value);
    if (!v) throw new Error("there is no victim yet: choose one from the list");
    return v;
  }
}

function aboutShipped(v: Shipped): string {
  const set = v.metadata["data set"] ?? "its data set";
  const epochs = v.metadata["epochs"];
  return `Trained on ${set}${epochs ? ` for ${epochs} epochs` : ""}: ${percent(v.accuracy)} of its test set right.`;
}

function field(label: string, input: HTMLElement): HTMLElement {
  return h("label", { class: "field" }, h("span", { class: "label" }, label), input);
}

/** The whole number in a field, or an Error that names the field. */
function integer(input: HTMLInputElement, what: string, min: number, max: number): number {
  const text = input.value.trim();
  const n = Number(text);
  if (!/^\d+$/.test(text) || n < min || n > max) {
    input.focus();
    throw new Error(`${what} must be a whole number from ${count(min)} to ${count(max)}`);
  }
  return n;
}
