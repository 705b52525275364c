// A run in this tab: start, pause, continue, cancel, resume.

import type { Conductor, RunMeta } from "../../../wasm/client";
import { byId } from "../dom";
import { recall, remember } from "../data/local";
import type { Victim, Victims } from "../data/victims";
import { fromMeta } from "../run/view";
import { defaultWorkers, type Wish } from "../setup/form";
import { perSecond } from "../setup/pace";
import { forgetRemote, keepRemote, remoteOf } from "../server/oracle";
import type { Shown, Table } from "./table";

/** A run whose victim's file is not here any more. */
export class NeedsFile extends Error {
  readonly run: RunMeta;

  constructor(run: RunMeta) {
    super(`the file of ${run.spec.victim.name} is not kept in this browser: choose it again to go on`);
    this.run = run;
  }
}

export class Runner {
  #conductor: Conductor;
  #victims: Victims;
  #table: Table;
  #page: { changed(): void; home(): void };
  /** The run that this tab is at, paused or not. */
  #current: object | undefined;
  /** Settles when that run has begun, or cannot. */
  #beginning: Promise<void> = Promise.resolve();

  constructor(conductor: Conductor, victims: Victims, table: Table, page: { changed(): void; home(): void }) {
    this.#conductor = conductor;
    this.#victims = victims;
    this.#table = table;
    this.#page = page;
  }

  /** Whether this tab has a run that is not over. */
  get busy() {
    return this.#current !== undefined && this.#current === this.#table.shown && !this.#table.shown.end;
  }

  /** Starts a run, and returns it with its id once it has begun. */
  async extract(wish: Wish): Promise<Shown> {
    const { info } = wish.victim;
    const shown = this.#table.begin({ id: "", name: info.name, sizes: info.sizes, seed: wish.seed, method: wish.method, victim: wish.victim }, "running", wish.pace);
    this.#current = shown;
    remember("peel-workers", String(wish.workers));
    await this.#victims.keep(wish.victim);
    const spec = { victim: info, sizes: info.sizes, seed: wish.seed, budget: wish.budget || undefined, plain: wish.plain || undefined, ...wish.precision, method: wish.method };
    await this.#begun(shown, async () => {
      shown.id = await this.#conductor.start(spec, info.sealed, {
        workers: wish.workers,
        pace: perSecond(wish.pace, info.params) || undefined,
      });
      if (wish.victim.remote) keepRemote(shown.id, wish.victim);
      remember("peel-pace", `${shown.id} ${wish.pace}`);
    });
    return shown;
  }

  /** Goes on with a run from the list; victim is given when its file was chosen again. */
  async resume(run: RunMeta, victim?: Victim) {
    const { victim: named, sizes, seed, method } = run.spec;
    victim ??= remoteOf(run.id) ?? await this.#victims.find(named.name, named.sha256);
    if (!victim) throw new NeedsFile(run);
    const [paced, kept] = (recall("peel-pace") ?? "").split(" ");
    const pace = paced === run.id && kept ? kept : "full";
    const shown = this.#table.begin({ id: run.id, name: named.name, sizes, seed, method, victim }, "running", pace);
    this.#current = shown;
    this.#table.see(fromMeta(run));
    remember(stoppedKey(run.id), null);
    const workers = Number(recall("peel-workers")) || run.workers || defaultWorkers();
    await this.#begun(shown, () => this.#conductor.resume(run.id, victim.info.sealed, { workers, pace: perSecond(pace, run.params) || undefined }));
  }

  /** Waits until a run has begun. One that cannot begin leaves the form, not an empty live view. */
  async #begun(shown: Shown, begin: () => Promise<void>) {
    try {
      const begun = begin();
      this.#beginning = begun.catch(() => {});
      await begun;
      this.#page.changed();
    } catch (e) {
      if (this.#table.shown !== shown) return; // the reader cancelled it meanwhile
      this.#current = undefined;
      this.#page.home();
      throw e;
    }
  }

  async pause() {
    if (!(await this.#tell(() => this.#conductor.pause()))) return;
    this.#table.feed.flush();
    this.#table.live.setMode("paused");
    this.#table.announcer.say("Paused.");
    byId("continue").focus();
    this.#page.changed();
  }

  async continue() {
    this.#table.live.setMode("running");
    byId("pause").focus();
    await this.#conductor.continue();
    this.#page.changed();
  }

  async pace(name: string) {
    const told = await this.#tell(() => this.#conductor.pace(perSecond(name, this.#table.view.params)));
    if (told) remember("peel-pace", `${told.id} ${name}`);
  }

  /** Tells something to the run that is shown, once it has begun, and returns it unless it is over by then. */
  async #tell(something: () => Promise<void>): Promise<Shown | undefined> {
    const shown = this.#table.shown;
    const going = () => shown && this.#table.shown === shown && !shown.end;
    await this.#beginning;
    if (!going()) return undefined;
    try {
      await something();
    } catch (e) {
      if (going()) throw e;
    }
    return going() ? shown : undefined;
  }

  /** Stops at once. What was found is kept. */
  cancel() {
    const id = this.#table.shown?.id;
    this.#conductor.cancel();
    this.#current = undefined;
    if (id) remember(stoppedKey(id), "1");
  }

  /** Whether a run was broken off by accident, so that it should go on by itself. */
  interrupted(run: RunMeta): boolean {
    return Boolean(run.interrupted) && !recall(stoppedKey(run.id));
  }

  forget(id: string) {
    forgetRemote(id);
    remember(stoppedKey(id), null);
  }
}

/** Set when the reader cancelled a run. */
const stoppedKey = (id: string) => `peel-stopped-${id}`;
