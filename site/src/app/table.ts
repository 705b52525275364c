// The table: the one run that the page shows, live, watched, replayed or
// finished, and everything that draws it.

import type { Method, PeelEvent, RunEnd, RunMeta } from "../../../wasm/client";
import { byId, show } from "../dom";
import { count, shape } from "../format";
import type { Victim } from "../data/victims";
import { Announcer } from "../panels/announce";
import { clearError } from "../panels/errors";
import type { Live, Mode } from "../panels/live";
import { tell } from "../panels/log";
import { Feed } from "../run/feed";
import { describeMethod } from "../run/method";
import { blank, fold, type RunView } from "../run/view";
import { Stage } from "../stage/stage";

/** The run that is shown. */
export interface Shown {
  /** Empty until the conductor has named it. */
  id: string;
  name: string;
  sizes: number[];
  seed: number;
  method: Method | undefined;
  events: PeelEvent[];
  victim: Victim | undefined;
  end: RunEnd | undefined;
  recovered: ArrayBuffer | undefined;
  /** It was finished before and is opened again. */
  recorded: boolean;
}

/** What a run is called on the page. */
export const title = (s: Pick<Shown, "name" | "sizes" | "seed" | "method">) =>
  [s.name, shape(s.sizes), `seed ${s.seed}`, describeMethod(s.method)].filter(Boolean).join(" · ");

export class Table {
  readonly stage = new Stage(byId("stage"));
  readonly announcer = new Announcer(byId("announce"));
  readonly live: Live;
  readonly feed = new Feed((batch) => this.#draw(batch));
  view: RunView = blank([1, 1, 1]);
  shown: Shown | undefined;
  /** While a replay plays, events of the run itself are not drawn. */
  replaying = false;
  /** Called once, when a run is over and its last event is drawn. */
  onFinished: (shown: Shown, meta: RunMeta) => void = () => {};
  onFailed: (message: string) => void = () => {};

  constructor(live: Live) {
    this.live = live;
    byId("live").append(live.el);
    document.addEventListener("visibilitychange", () => document.hidden && this.feed.flush());
  }

  /** Lays a run on the table. */
  begin(run: { id: string; name: string; sizes: number[]; seed: number; method: Method | undefined; victim?: Victim }, mode: Mode, pace: string): Shown {
    this.clear();
    const shown: Shown = { ...run, events: [], victim: run.victim, end: undefined, recovered: undefined, recorded: mode === "replay" };
    this.shown = shown;
    show(byId("setup"), false);
    show(byId("live"), true);
    this.live.open(mode, title(shown), pace, Boolean(run.method?.idealised));
    this.see(blank(run.sizes, run.method));
    scrollTo({ top: 0 });
    byId("work").focus({ preventScroll: true });
    return shown;
  }

  /** Takes the run off the table. */
  clear() {
    this.feed.clear();
    this.live.close();
    this.shown = undefined;
    this.replaying = false;
    clearError();
    for (const id of ["link", "judged", "live", "result", "reveal", "replay"]) show(byId(id), false);
    byId("reveal").replaceChildren();
  }

  /** Draws a state that did not come from events. */
  see(view: RunView) {
    this.view = view;
    this.stage.draw(view);
    this.live.draw(view, []);
  }

  event(id: string, e: PeelEvent) {
    const shown = this.#mine(id);
    if (!shown || shown.end) return;
    if (e.type === "start") shown.events = [];
    shown.events.push(e);
    this.feed.push(e);
  }

  ended(id: string, end: RunEnd) {
    const shown = this.#mine(id);
    if (!shown) return;
    if (end.status === "failed") {
      this.onFailed(end.error ?? "the run stopped for an unknown reason");
      return;
    }
    shown.id = id;
    shown.end = end;
    this.#finish();
  }

  #mine(id: string): Shown | undefined {
    return this.shown && (this.shown.id === "" || this.shown.id === id) ? this.shown : undefined;
  }

  #draw(batch: PeelEvent[]) {
    for (const e of batch) this.view = fold(this.view, e);
    if (!this.replaying) {
      this.stage.draw(this.view);
      this.live.draw(this.view, batch);
      if (batch.some((e) => e.type === "progress")) this.stage.ping();
    }
    const line = batch.map(tell).filter(Boolean).at(-1);
    if (line) this.announcer.say(`${line}. ${count(this.view.queries)} queries.`);
    this.#finish();
  }

  #finish() {
    const shown = this.shown;
    if (!shown?.end || !this.view.done || !byId("result").hidden || this.replaying) return;
    this.live.close();
    this.onFinished(shown, shown.end.meta);
  }
}
