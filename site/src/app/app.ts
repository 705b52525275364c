// The page as a whole: puts its parts together and says what the reader's
// actions do. The main thread only draws; the attack runs in workers.

import { CANCELLED, Conductor, Files, Scorer, type Assets, type RunMeta } from "../../../wasm/client";
import { byId, h, show } from "../dom";
import { count } from "../format";
import type { Shipped } from "../data/catalogue";
import { NETWORK_FILES, Victims } from "../data/victims";
import { clearError, messageOf, showError } from "../panels/errors";
import { Live } from "../panels/live";
import { Notices } from "../panels/notices";
import { confirmDelete, drawPast } from "../panels/past";
import { blank, fromMeta } from "../run/view";
import { embedded, forgetLink, linkInAddress } from "../link/address";
import { FromLink } from "../link/linked";
import { share } from "../link/make";
import { Published, shortInAddress } from "../link/published";
import { onServer } from "../server/only";
import { Setup } from "../setup/form";
import { acceptDrops } from "../setup/drop";
import { Classroom } from "../room/classroom";
import { legend } from "../stage/legend";
import { Handover } from "./handover";
import { Outcome } from "./outcome";
import { NeedsFile, Runner } from "./runner";
import { Table } from "./table";
import { Places } from "./places";
import { Watching } from "./watching";

export interface PageAssets extends Assets {
  /** The style of places beside the sandbox. */
  places: string;
  mnist: { images: string; labels: string };
}

export class App {
  #conductor: Conductor;
  #scorer: Scorer;
  #files: Files;
  #victims: Victims;
  #notices = new Notices(byId("notices"));
  #table: Table;
  #runner: Runner;
  #watching: Watching;
  #outcome: Outcome;
  #handover: Handover;
  #setup: Setup;
  #link: FromLink;
  #published: Published;
  #classroom: Classroom;
  #places: Places;
  /** The notice about the run that goes on by itself, while it does. */
  #interruption = "";

  constructor(all: PageAssets, shipped: Shipped[]) {
    const { mnist, places: _, ...assets } = all;
    const scorer = (this.#scorer = new Scorer(assets));
    const files = (this.#files = new Files(assets));
    this.#conductor = new Conductor(assets);
    this.#victims = new Victims(scorer, files, shipped);
    this.#table = new Table(new Live({
      pause: () => this.#attempt(() => this.#runner.pause()),
      resume: () => this.#attempt(() => this.#runner.continue()),
      pace: (name) => this.#attempt(() => this.#runner.pace(name)),
      cancel: () => this.#cancel(),
      leave: () => this.#outcome.leaveReplay() || this.#home(),
    }));
    this.#runner = new Runner(this.#conductor, this.#victims, this.#table, {
      changed: () => this.#refresh(),
      home: () => this.#home(),
    });
    this.#watching = new Watching(this.#table);
    this.#handover = new Handover(this.#conductor, files, this.#victims);
    this.#outcome = new Outcome(this.#table, this.#conductor, scorer, files, this.#victims, mnist, {
      attempt: (work) => this.#attempt(work),
      save: (run) => this.#handover.save(run),
      again: () => this.#home(),
    });
    this.#setup = new Setup(byId<HTMLFormElement>("setup"), scorer, this.#victims, shipped, {
      preview: (sizes) => this.#table.shown || this.#table.see(blank(sizes)),
      extract: (wish) => {
        this.#notices.clear();
        for (const n of wish.victim.notices ?? []) this.#notices.add(n);
        this.#attempt(async () => void (await this.#runner.extract(wish)));
      },
      openRun: (file) => this.#attempt(() => this.#openRun(file)),
      share: (input) => this.#attempt(() => share(scorer, input)),
      forClass: (chosen) => this.#attempt(() => this.#classroom.dialog(chosen)),
    });
    this.#link = new FromLink(scorer, this.#victims, this.#table, this.#runner, {
      attempt: (work) => this.#attempt(work),
      home: () => this.#home(),
      clear: () => this.#clear(),
    });
    this.#published = new Published(scorer, this.#victims, {
      busy: () => this.#runner.busy,
      clear: () => this.#clear(),
      open: () => this.#attempt(async () => void ((await this.#link.open()) || this.#setup.show(!this.#table.shown))),
    });
    this.#classroom = new Classroom(this.#conductor, this.#victims, this.#table, this.#runner, {
      attempt: (work) => this.#attempt(work),
      form: (on) => this.#setup.show(on),
      clear: () => this.#clear(),
    });
    this.#places = new Places({ assets: all, scorer, victims: this.#victims, shipped }, () => this.#runner.busy);
    onServer(byId("except"));
    byId("legend").append(legend());
    acceptDrops(() => this.#places.away || !this.#table.shown || Boolean(this.#table.shown.end), (file) => {
      if (this.#places.away) return this.#places.take(file);
      if (this.#table.shown) this.#home(); // a finished run stays in the list
      if (byId("link").hidden) void this.#setup.take(file);
      else this.#attempt(() => this.#link.provide(file));
    });

    this.#conductor.onEvent((id, e) => this.#table.event(id, e));
    this.#conductor.onEnd((id, end) => this.#table.ended(id, end));
    this.#conductor.onRemote((id, stats) => id === this.#table.shown?.id && this.#table.live.requests.draw(stats));
    this.#conductor.onNotice((n) => this.#notices.add(n.message, n.kind));
    this.#table.onFinished = (shown, meta) => {
      this.#watching.stop();
      void this.#outcome.show(shown, meta);
      this.#attempt(() => this.#link.judge(shown, meta));
      this.#notices.remove(this.#interruption);
      this.#refresh();
    };
    this.#table.onFailed = (message) => {
      this.#home();
      showError(message, "The run stopped");
    };
  }

  /** Reads what is kept, and opens the link in the address or goes on with what was interrupted. */
  async open() {
    if (shortInAddress() !== undefined) {
      this.#setup.show(false);
      await this.#published.resolve();
      this.#setup.show(true);
    }
    const linked = linkInAddress() !== undefined;
    if (linked) {
      this.#setup.show(false);
      await this.#link.open();
    }
    this.#classroom.open();
    this.#places.open();
    const { runs, storage } = await this.#list();
    this.#classroom.keeps(runs);
    if (storage.warning) this.#notices.add(storage.warning, "storage");
    if (this.#table.shown || linked || embedded() || this.#places.away) return; // kept runs wait in the list
    const next = runs.find((r) => this.#classroom.wants(r) && (r.elsewhere || this.#runner.interrupted(r)));
    if (!next) return;
    if (next.elsewhere) return this.#watch(next);
    this.#interruption = `The last run was interrupted at ${count(next.queries)} queries. It goes on from there.`;
    this.#notices.add(this.#interruption);
    this.#attempt(() => this.#runner.resume(next));
  }

  /** For tests: ends one worker as a crash would. */
  killHand(i: number): Promise<void> {
    return this.#conductor.killHand(i);
  }

  /** Ends the workers, which lets go of the stored runs. Nothing works after that but a reload. */
  close() {
    this.#conductor.close();
    this.#scorer.close();
    this.#files.close();
  }

  /** Back to the form, or in the small form of the page to its link. */
  #home() {
    this.#clear();
    this.#refresh();
    const toForm = () => {
      forgetLink();
      if (this.#classroom.stay()) return;
      this.#setup.show(true);
      this.#setup.focus();
    };
    if (!embedded()) toForm();
    else this.#attempt(async () => void ((await this.#link.open()) || toForm()));
  }

  /** Takes off the table what is on it. */
  #clear() {
    this.#outcome.leaveReplay();
    this.#watching.stop();
    this.#table.clear();
  }

  #cancel() {
    this.#runner.cancel();
    this.#home();
    this.#notices.add("The run was stopped. What it has found is kept: it can be resumed from the list of past runs.");
  }

  #watch(run: RunMeta) {
    this.#notices.add("This run is going on in another tab. Here it can only be watched.");
    this.#watching.start(run, () => {
      this.#home();
      this.#notices.add("The other tab has let go of its run. It can be resumed here, from the list of past runs.");
    });
  }

  async #openPast(run: RunMeta) {
    if (this.#runner.busy) throw new Error("a run is going on in this tab: cancel it first, it will be kept");
    clearError();
    this.#notices.clear();
    this.#outcome.leaveReplay();
    forgetLink();
    if (run.elsewhere) return this.#watch(run);
    if (run.status !== "done") return this.#runner.resume(run);
    const { victim, sizes, seed, method } = run.spec;
    const shown = this.#table.begin({ id: run.id, name: victim.name, sizes, seed, method }, "replay", "full");
    shown.end = { status: "done", meta: run };
    this.#table.see(fromMeta(run));
    this.#refresh();
    this.#attempt(() => this.#link.judge(shown, run));
    await this.#outcome.show(shown, run);
  }

  /** Opens a run out of a file. */
  async #openRun(file: ArrayBuffer) {
    const run = await this.#handover.open(file);
    if (run.status !== "done") {
      this.#refresh();
      byId("past").scrollIntoView({ block: "start" });
    } else if (!this.#table.shown) {
      await this.#openPast(run);
    }
    this.#notices.add(`The run was imported, ${run.status === "done" ? "and its journal gives the digest it claims" : "as far as it went: it can be resumed from the list of past runs"}.`);
  }

  async #remove(run: RunMeta) {
    if (this.#runner.busy && this.#table.shown?.id === run.id) throw new Error("this run is going on: cancel it before you delete it");
    if (!(await confirmDelete(run))) return;
    await this.#conductor.remove(run.id);
    this.#runner.forget(run.id);
    this.#link.forget(run.id);
    this.#classroom.forget(run.id);
    const { runs } = await this.#list();
    const { sha256 } = run.spec.victim;
    if (!runs.some((r) => r.spec.victim.sha256 === sha256)) await this.#victims.forget(sha256);
    if (this.#table.shown?.id === run.id) this.#home();
  }

  /** Draws the list of past runs again. */
  #refresh() {
    this.#list().catch((e) => {
      // A list asked for just before its worker was ended: whoever ended it asks again.
      if (messageOf(e) !== CANCELLED) showError(messageOf(e), "The list of past runs cannot be read");
    });
  }

  /** Reads what is kept and draws it. */
  async #list() {
    const kept = await this.#conductor.list();
    drawPast(byId("past"), kept.runs, kept.storage, this.#table.shown?.id, {
      open: (run) => this.#attempt(() => this.#openPast(run)),
      save: (run) => this.#attempt(() => this.#handover.save(run)),
      remove: (run) => this.#attempt(() => this.#remove(run)),
    });
    show(byId("past-open"), kept.runs.length > 0);
    return kept;
  }

  /** Does something, and shows a readable panel when it cannot be done. */
  #attempt(work: () => Promise<void>) {
    work().catch((e) => {
      showError(messageOf(e), "That did not work", e instanceof NeedsFile ? this.#askFor(e.run) : undefined);
    });
  }

  /** A button that lets the reader choose a run's victim again. */
  #askFor(run: RunMeta): HTMLElement {
    const picker = h("input", { type: "file", accept: NETWORK_FILES, "aria-label": `The file of ${run.spec.victim.name}` });
    picker.addEventListener("change", () => {
      const file = picker.files?.[0];
      if (!file) return;
      this.#attempt(async () => {
        const victim = await this.#victims.file(file);
        if (victim.info.sha256 !== run.spec.victim.sha256) throw new Error("this file holds another network than the run attacked: choose the one it began with");
        await this.#runner.resume(run, victim);
      });
    });
    return picker;
  }
}
