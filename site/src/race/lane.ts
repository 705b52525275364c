// One half of a race: a run of its own, with its own workers, that nobody keeps.

import { CANCELLED, Conductor, type Assets, type Method, type PeelEvent, type RunMeta, type Scorer } from "../../../wasm/client";
import type { Victim } from "../data/victims";
import { h, setText, show } from "../dom";
import { count, seconds } from "../format";
import { idealisedChip } from "../panels/idealised";
import { sentence } from "../panels/notices";
import { achieved, verdict } from "../run/achieved";
import { Feed } from "../run/feed";
import { isDefault, partsOf, settingOf } from "../run/method";
import { WORDS } from "../run/phases";
import { attacked, blank, COMPLETED, fold, reached, SIGNED, type RunView } from "../run/view";
import { MethodFields } from "../setup/method";
import { Stage } from "../stage/stage";

/** How a lane's run ended. */
export interface Finish {
  meta?: RunMeta;
  /** Why it failed. */
  error?: string;
}

export class Lane {
  readonly el: HTMLElement;
  readonly name: string;
  readonly method: MethodFields;
  readonly seed: HTMLInputElement;
  /** Called when the run is over and its last event is drawn. */
  onFinish: (finish: Finish) => void = () => {};
  finish: Finish | undefined;
  /** What runs, or ran. */
  running: Method | undefined;
  #conductor: Conductor;
  #stage: Stage;
  #feed = new Feed((batch) => this.#draw(batch));
  #view: RunView = blank([1, 1, 1]);
  #title = h("h3", {});
  #idealised = idealisedChip();
  #setting = h("span", { class: "what" });
  #phase = h("p", { class: "lane-phase" });
  #signatures = new Tally("signatures");
  #signs = new Tally("signs");
  #queries = h("b", {}, "0");
  #time = h("b", {}, "0.0 s");
  #open: HTMLButtonElement;
  #clock = 0;
  #base = 0;
  #since = 0;
  #going = false;

  constructor(assets: Assets, scorer: Scorer, id: "left" | "right", sizes: () => number[] | undefined, open: (lane: Lane) => void) {
    this.name = id;
    this.#conductor = new Conductor(assets, { fleeting: true });
    this.method = new MethodFields(scorer, `${id}-`, sizes);
    this.seed = h("input", { id: `${id}-seed`, type: "number", min: 0, step: 1, value: 7, inputmode: "numeric" });
    this.#open = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => open(this) }, "Open as a run");
    const host = h("div", { class: "lane-stage" });
    this.#stage = new Stage(host, `${id}-`);
    this.el = h("section", { class: "panel lane", id: `lane-${id}`, "aria-label": `${id === "left" ? "First" : "Second"} method` },
      h("div", { class: "lane-head" }, this.#title, h("p", { class: "status" }, this.#idealised, this.#setting)),
      h("div", { class: "lane-body" }, host, h("div", { class: "lane-figures" }, this.#signatures.el, this.#signs.el, figure(this.#queries, "queries"), figure(this.#time, "time"))),
      this.#phase,
      this.#open,
      h("div", { class: "lane-choice" }, this.method.el, h("label", { class: "field" }, h("span", { class: "label" }, "Attack seed"), this.seed)));
    this.#conductor.onEvent((_, e) => this.#going && this.#feed.push(e));
    this.#conductor.onEnd((_, end) => this.#over(end.status === "done" ? { meta: end.meta } : { error: end.error ?? "the run stopped for an unknown reason" }));
    for (const el of [this.method.el, this.seed]) for (const event of ["change", "input"]) el.addEventListener(event, () => this.#going || this.finish || this.label());
  }

  /** What it is called in a sentence. */
  get called(): string {
    const m = this.running ?? this.method.value;
    return `${isDefault(m) || (!m.signature && !m.sign) ? "Peel" : partsOf(m)} (seed ${this.seed.value})`;
  }

  /** Shows a network that nothing is known of. */
  see(sizes: number[], method = this.method.value) {
    this.#view = blank(sizes, method);
    this.finish = undefined;
    this.running = undefined;
    delete this.el.dataset.place;
    show(this.#open, false);
    this.#time.textContent = seconds(0);
    this.label();
    this.#paint("");
  }

  label(m: Method = this.method.value) {
    setText(this.#title, partsOf(m) === "trace + sequential" ? "Peel: trace + sequential" : partsOf(m));
    setText(this.#setting, m.idealised ? settingOf(m).replace("idealised: ", "") : settingOf(m));
    show(this.#idealised, Boolean(m.idealised));
  }

  /** Loads what the run needs. */
  ready(method: Method | undefined): Promise<void> {
    return this.#conductor.ready(method);
  }

  async start(victim: Victim, method: Method | undefined, seed: number, workers: number, pace: number) {
    this.see(victim.info.sizes, method ?? {});
    this.running = method ?? {};
    this.label(this.running);
    show(this.method.el.parentElement!, false);
    this.#going = true;
    this.#base = 0;
    this.#since = performance.now();
    setText(this.#phase, "Getting ready");
    try {
      await this.#conductor.start({ victim: victim.info, sizes: victim.info.sizes, seed, method }, victim.info.sealed, { workers, pace: pace || undefined });
    } catch (e) {
      if (!this.#going) return; // stopped meanwhile
      const message = e instanceof Error ? e.message : String(e);
      if (message !== CANCELLED) this.#over({ error: message });
      return;
    }
    if (!this.#going) return;
    this.#since = performance.now();
    this.#clock = window.setInterval(() => setText(this.#time, seconds(this.#base + (performance.now() - this.#since) / 1000)), 100);
  }

  /** Ends the run at once, and its workers. */
  async stop() {
    if (!this.#going) return;
    this.#going = false;
    this.#rest();
    this.#feed.clear();
    setText(this.#phase, "Stopped.");
    await this.#conductor.cancel();
  }

  #over(finish: Finish) {
    if (!this.#going) return;
    if (!finish.meta) return this.#end(finish);
    const { meta } = finish;
    const wait = () => (this.#view.done || !this.#going ? this.#going && this.#end(finish) : setTimeout(wait, 50));
    this.#rest();
    setText(this.#time, seconds(meta.seconds));
    wait();
  }

  #end(finish: Finish) {
    this.#going = false;
    this.#rest();
    this.finish = finish;
    this.#paint(finish.meta ? ending(finish.meta) : sentence(finish.error ?? ""));
    show(this.#open, finish.meta !== undefined);
    this.onFinish(finish);
    if (finish.meta) void this.#conductor.remove(finish.meta.id).catch(() => {}); // only the worker's memory holds it
  }

  #rest() {
    window.clearInterval(this.#clock);
    this.#clock = 0;
    show(this.method.el.parentElement!, true);
  }

  #draw(batch: PeelEvent[]) {
    for (const e of batch) this.#view = fold(this.#view, e);
    if (this.#view.seconds !== this.#base) [this.#base, this.#since] = [this.#view.seconds, performance.now()];
    if (batch.some((e) => e.type === "progress")) this.#stage.ping();
    const { phase, phaseLayer } = this.#view;
    this.#paint(phase ? `${phaseLayer ? `Layer ${phaseLayer}: ` : ""}${WORDS[phase].title}` : "Getting ready");
  }

  #paint(phase: string) {
    const layers = attacked(this.#view);
    const of = layers.reduce((n, l) => n + l.width, 0);
    const known = (state: number) => layers.reduce((n, l) => n + reached(l, state), 0);
    this.#stage.draw(this.#view);
    this.#signatures.draw(known(COMPLETED), of);
    this.#signs.draw(known(SIGNED), of);
    setText(this.#queries, count(this.#view.queries));
    setText(this.#phase, phase);
  }

  close() {
    void this.stop();
    this.#conductor.close();
  }
}

/** How a run ended, with what its own check on fresh inputs said. */
function ending(meta: RunMeta): string {
  const check = meta.complete && meta.maxError !== undefined && Number.isFinite(meta.maxError) ? `, error on fresh inputs ${meta.maxError.toExponential(0)}` : "";
  return sentence(`${verdict(meta)}${check}${achieved(meta) || !meta.message ? "" : `: ${meta.message}`}`);
}

/** "12/20" over a bar. */
class Tally {
  readonly el: HTMLElement;
  #text = h("b", {}, "0");
  #bar: HTMLProgressElement;

  constructor(what: string) {
    this.#bar = h("progress", { max: 1, value: 0, "aria-label": what });
    this.el = h("div", { class: "tally" }, h("span", { class: "figure" }, this.#text, h("small", {}, what)), this.#bar);
  }

  draw(n: number, of: number) {
    setText(this.#text, `${count(n)}/${count(of)}`);
    this.#bar.max = Math.max(1, of);
    this.#bar.value = n;
  }
}

const figure = (value: HTMLElement, label: string) => h("span", { class: "figure" }, value, h("small", {}, label));
