// The race: two methods, or two seeds of one, on the same network at the same
// time, each with half of the workers. Nothing of it is kept.

import { h, setText, show } from "../dom";
import { parameters, seconds, shape, count } from "../format";
import type { Ground, Place } from "../app/places";
import type { Victim } from "../data/victims";
import { messageOf } from "../panels/errors";
import { sentence } from "../panels/notices";
import { achieved, verdict } from "../run/achieved";
import { parseSizes } from "../setup/sizes";
import { FIRST_RACE, NETWORKS, PACES } from "./first";
import { Lane } from "./lane";

export class Race implements Place {
  #ground: Ground;
  #host: HTMLElement;
  #lanes: [Lane, Lane];
  #network: HTMLSelectElement;
  #sizes: HTMLInputElement;
  #recipeSeed: HTMLInputElement;
  #random: HTMLElement;
  #pace = h("select", { id: "race-pace" },
    ...PACES.map((p) => h("option", { value: p, selected: p === FIRST_RACE.pace }, p ? `${count(p)} queries a second each` : "As fast as it goes")));
  #about = h("p", { class: "hint" });
  #start: HTMLButtonElement;
  #stop: HTMLButtonElement;
  #wrong = h("p", { class: "wrong", role: "alert" });
  #verdict = h("p", { class: "race-verdict", role: "status" });
  #title = h("h2", { id: "race-title", tabindex: -1 }, "A race on one network");
  /** Which race is on, so that a call that is late is not taken for the next one's. */
  #round = 0;
  #going = false;
  #order: Lane[] = [];

  constructor(host: HTMLElement, ground: Ground) {
    this.#ground = ground;
    this.#host = host;
    const { assets, scorer, shipped } = ground;
    const sizes = () => this.#shape();
    const open = (lane: Lane) => void this.#open(lane).catch((e) => this.#refuse(e));
    this.#lanes = [new Lane(assets, scorer, "left", sizes, open), new Lane(assets, scorer, "right", sizes, open)];
    for (const lane of this.#lanes) lane.onFinish = () => this.#finished(lane);
    this.#network = h("select", { id: "race-network", onchange: () => this.#preview() },
      h("option", { value: "" }, "Random"), ...shipped.filter((v) => NETWORKS.test(v.name)).map((v) => h("option", { value: v.name }, v.name)));
    this.#sizes = h("input", { id: "race-sizes", type: "text", value: FIRST_RACE.sizes, autocomplete: "off", spellcheck: "false", oninput: () => this.#preview() });
    this.#recipeSeed = h("input", { id: "race-recipe-seed", type: "number", min: 0, step: 1, value: FIRST_RACE.recipeSeed, inputmode: "numeric" });
    this.#start = h("button", { type: "submit", id: "race-start", class: "primary big" }, "Start");
    this.#stop = h("button", { type: "button", id: "race-stop", class: "big", hidden: true, onclick: () => this.#cancel() }, "Stop");
    this.#random = h("div", { class: "row" }, field("Sizes", this.#sizes), field("Its seed", this.#recipeSeed));
    const form = h("form", { class: "panel race-form", "aria-label": "The race" },
      h("div", { class: "race-intro" }, this.#title,
        h("p", { class: "sub" }, "Two ways to take out the same weights, live, each with half of the workers. Nothing of a race is kept.")),
      h("div", { class: "race-network" }, field("Network", this.#network), field("Pace", this.#pace), this.#random, this.#about),
      h("div", { class: "buttons" }, this.#start, this.#stop, h("a", { href: "#", class: "quiet" }, "Back to the sandbox")),
      this.#wrong);
    form.noValidate = true;
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      if (!this.#going) void this.#run();
    });
    host.replaceChildren(form, this.#verdict, h("div", { class: "lanes" }, ...this.#lanes.map((l) => l.el)));
    this.#lanes.forEach((lane, i) => {
      lane.seed.value = String(FIRST_RACE.seeds[i]);
      void lane.method.set(FIRST_RACE.methods[i]).then(() => {
        lane.method.el.open = false;
        if (!this.#going && !lane.finish) lane.label();
      });
    });
    this.#preview();
  }

  enter() {
    this.#title.focus({ preventScroll: true });
  }

  leave() {
    this.#cancel();
  }

  /** The sizes of the network that is chosen, if they are any. */
  #shape(): number[] | undefined {
    if (this.#network.value) return this.#ground.shipped.find((v) => v.name === this.#network.value)?.sizes;
    try {
      return parseSizes(this.#sizes.value);
    } catch {
      return undefined;
    }
  }

  #preview() {
    const sizes = this.#shape();
    show(this.#random, !this.#network.value);
    setText(this.#about, sizes ? `${shape(sizes)}, ${count(parameters(sizes))} parameters. ${half()} for each method.` : "Layer sizes from input to output, like 10-5x2-1.");
    setText(this.#verdict, "");
    for (const lane of this.#lanes) {
      if (sizes) lane.see(sizes);
      lane.method.check();
    }
  }

  async #victim(): Promise<Victim> {
    const { shipped, victims } = this.#ground;
    const chosen = shipped.find((v) => v.name === this.#network.value);
    if (chosen) return victims.ship(chosen);
    return victims.random(parseSizes(this.#sizes.value), whole(this.#recipeSeed, "the network’s seed"));
  }

  async #run() {
    const round = ++this.#round;
    setText(this.#wrong, "");
    this.#set(true);
    try {
      const victim = await this.#victim();
      const runs = await Promise.all(this.#lanes.map(async (lane) => ({
        lane, seed: whole(lane.seed, "the attack seed"), method: await lane.method.checked(victim.info.sizes),
      })));
      if (round !== this.#round) return; // it was stopped meanwhile, and says so
      setText(this.#verdict, "Getting ready …");
      // Both begin when both can.
      await Promise.all(runs.map(({ lane, method }) => lane.ready(method)));
      if (round !== this.#round) return;
      this.#order = [];
      const pace = Number(this.#pace.value);
      setText(this.#verdict, `${this.#lanes[0].called} against ${this.#lanes[1].called}${pace ? `, each at ${count(pace)} queries a second` : ""}.`);
      await Promise.all(runs.map(({ lane, method, seed }) => lane.start(victim, method, seed, workers(), Number(this.#pace.value))));
    } catch (e) {
      if (round === this.#round) this.#refuse(e);
    }
  }

  #refuse(e: unknown) {
    setText(this.#verdict, "");
    setText(this.#wrong, sentence(messageOf(e)));
    for (const lane of this.#lanes) void lane.stop();
    this.#set(false);
  }

  #cancel() {
    if (!this.#going) return;
    this.#round++;
    for (const lane of this.#lanes) void lane.stop();
    setText(this.#verdict, "Stopped.");
    this.#set(false);
  }

  #finished(lane: Lane) {
    this.#order.push(lane);
    this.#order.sort((a, b) => rank(a) - rank(b));
    const [first, second] = this.#order;
    first!.el.dataset.place = won(first!) ? "1" : "";
    if (second) second.el.dataset.place = "2";
    setText(this.#verdict, second ? `${said(first!)} ${said(second)} ${compared(first!, second)}` : said(first!));
    if (second) this.#set(false);
  }

  #set(going: boolean) {
    this.#going = going;
    show(this.#start, !going);
    show(this.#stop, going);
    for (const el of [this.#network, this.#pace, this.#sizes, this.#recipeSeed]) el.disabled = going;
    if (going) this.#stop.focus();
    else if (document.activeElement === document.body) this.#start.focus();
    this.#host.classList.toggle("going", going);
  }

  /** Opens what ran in a lane as an experiment of the sandbox, by way of its link. */
  async #open(lane: Lane) {
    const { meta } = lane.finish ?? {};
    if (!meta) return;
    const { scorer, victims } = this.#ground;
    const { victim: named, oracle, seed, engine, method, sizes } = meta.spec;
    const { digest, queries, complete, coverage } = meta;
    const victim = await victims.find(named.name, named.sha256);
    location.hash = await scorer.makeLink({
      victim: victims.shippedAs(named.sha256) ?? (victim ? { bytes: victim.bytes } : { source: "file", sha256: named.sha256, sizes }),
      run: { ...oracle, seed, engine, method, claim: coverage ? { digest, queries, complete, coverage } : undefined },
    });
  }
}

/** Half of the workers that the sandbox would take. */
const workers = () => Math.max(1, Math.floor((navigator.hardwareConcurrency || 2) / 2));
const half = () => (workers() === 1 ? "One worker" : `${workers()} workers`);

const won = ({ finish }: Lane) => finish?.meta !== undefined && achieved(finish.meta);

/** Whatever found everything comes before what did not, and then the quicker one. */
const rank = ({ finish }: Lane) => (finish?.meta && achieved(finish.meta) ? 0 : finish?.meta ? 1e9 : 2e9) + (finish?.meta?.seconds ?? 0);

function said(lane: Lane): string {
  const { meta } = lane.finish ?? {};
  return meta ? `${lane.called}: ${verdict(meta).toLowerCase()} in ${seconds(meta.seconds)}.` : `${lane.called}: it stopped.`;
}

/** How many times as long and as many queries the second took, where both recovered everything. */
function compared(a: Lane, b: Lane): string {
  const [x, y] = [a.finish?.meta, b.finish?.meta];
  if (!x || !y || !won(a) || !won(b) || x.seconds <= 0) return "";
  const times = (q: number) => (q >= 10 ? count(q) : q.toFixed(1));
  return `That is ${times(y.seconds / x.seconds)} times the time and ${times(y.queries / x.queries)} times the queries of the first.`;
}

function whole(input: HTMLInputElement, what: string): number {
  const n = Number(input.value.trim());
  if (!/^\d+$/.test(input.value.trim()) || n > Number.MAX_SAFE_INTEGER) {
    input.focus();
    throw new Error(`${what} must be a whole number from 0 to ${count(Number.MAX_SAFE_INTEGER)}`);
  }
  return n;
}

function field(label: string, input: HTMLElement): HTMLElement {
  return h("label", { class: "field" }, h("span", { class: "label" }, label), input);
}
