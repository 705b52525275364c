// An experiment that came in a link: shown, run as a new run, and compared with
// what the link claims. Local runs are left alone.

import type { Linked, RunMeta, Scorer } from "../../../wasm/client";
import type { Runner } from "../app/runner";
import type { Shown, Table } from "../app/table";
import type { Victim, Victims } from "../data/victims";
import { recall, remember } from "../data/local";
import { byId, show } from "../dom";
import { count } from "../format";
import { messageOf, showError } from "../panels/errors";
import { drawJudgement } from "../panels/judgement";
import { LinkCard } from "../panels/linkcard";
import { blank } from "../run/view";
import { defaultWorkers } from "../setup/form";
import { forgetLink, linkInAddress } from "./address";

interface Page {
  attempt(work: () => Promise<void>): void;
  home(): void;
  clear(): void;
}

export class FromLink {
  #scorer: Scorer;
  #victims: Victims;
  #table: Table;
  #runner: Runner;
  #card: LinkCard;
  #text = "";
  #link: Linked | undefined;
  #victim: Victim | undefined;
  /** The links that runs of this tab were started from, by run. */
  #started = new Map<string, string>();
  #page: Page;

  constructor(scorer: Scorer, victims: Victims, table: Table, runner: Runner, page: Page) {
    this.#page = page;
    this.#scorer = scorer;
    this.#victims = victims;
    this.#table = table;
    this.#runner = runner;
    this.#card = new LinkCard({
      run: (pace) => page.attempt(() => this.#start(pace)),
      provide: (file) => page.attempt(() => this.provide(file)),
      close: page.home,
    });
    byId("link").append(this.#card.el);
    addEventListener("hashchange", () => {
      if (!linkInAddress()) return;
      if (runner.busy) return showError("a run is going on in this tab: open the link in another tab, or cancel the run first", "The link was not opened");
      page.clear();
      void this.open();
    });
  }

  /** Opens the link in the address, if there is one that can be opened. Reports whether one is shown. */
  async open(): Promise<boolean> {
    const text = linkInAddress();
    if (!text) return false;
    this.#link = this.#victim = undefined;
    let link: Linked;
    try {
      link = await this.#scorer.readLink(text);
      if (link.source === "file") this.#victim = await this.#victims.find(link.name, link.sha256!);
    } catch (e) {
      if (linkInAddress() !== text) return true;
      forgetLink();
      this.#page.home();
      showError(messageOf(e), "This link cannot be opened");
      return false;
    }
    if (this.#table.shown || linkInAddress() !== text) return true; // the reader went on meanwhile
    [this.#text, this.#link] = [text, link];
    this.#table.see(blank(link.sizes));
    this.#card.draw(link, link.source === "file" && !this.#victim);
    for (const id of ["setup", "live", "result"]) show(byId(id), false);
    show(byId("link"), true);
    this.#card.focus();
    return true;
  }

  /** Compares a finished run with the link that it was started from, if there was one that claims a result. */
  async judge(shown: Shown, meta: RunMeta) {
    const text = this.#started.get(meta.id) ?? recall(startedKey(meta.id));
    if (!text) return;
    const judgement = await this.#scorer.judgeLink(text, meta);
    if (this.#table.shown !== shown) return;
    drawJudgement(byId("judged"), judgement);
    show(byId("judged"), true);
    this.#table.announcer.say(`${judgement.reproduced ? "Reproduced, bit for bit" : "Not reproduced"}: ${count(meta.queries)} queries.`);
  }

  /** Forgets where a run came from. */
  forget(id: string) {
    this.#started.delete(id);
    remember(startedKey(id), null);
  }

  async #start(pace: string) {
    const link = this.#link;
    if (!link) return;
    const text = this.#text;
    this.#card.wait(true);
    try {
      const victim = await this.#found(link);
      if (victim.info.sizes.join() !== link.sizes.join()) throw new Error("the link gives this network another shape than it has: do not trust where it comes from");
      if (this.#link !== link || byId("link").hidden) return; // the reader went on meanwhile
      const { plain = false, budget = 0, ...precision } = link.oracle;
      const shown = await this.#runner.extract({ victim, seed: link.seed, workers: Number(recall("peel-workers")) || defaultWorkers(), pace, budget, plain, precision, method: link.method });
      if (!link.result || !shown.id) return; // nothing to compare with, or cancelled before it began
      this.#started.set(shown.id, text);
      remember(startedKey(shown.id), text); // the run may be resumed in another tab
    } finally {
      this.#card.wait(false);
    }
  }

  /** The link's victim. */
  async #found(link: Linked): Promise<Victim> {
    if (link.source === "link") return (this.#victim ??= await this.#victims.linked(this.#text));
    const victim = this.#victim ?? (await this.#victims.find(link.name, link.sha256!));
    if (victim) return victim;
    throw new Error(link.source === "file"
      ? "the link only names its network: choose the file first"
      : `this Peel does not come with the ${link.name} that the link means: open it in the one that made it`);
  }

  /** Takes the file of a network that the link only names. */
  async provide(file: File) {
    const victim = await this.#victims.file(file);
    if (!this.#link || victim.info.sha256 !== this.#link.sha256) throw new Error("this file holds another network than the link names: choose the right one");
    this.#victim = victim;
    this.#card.draw(this.#link, false);
  }
}

const startedKey = (run: string) => `peel-link-${run}`;
