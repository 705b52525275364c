// A short address, #x=ID: what is stored under it is a link, which is opened as
// if it had come itself.

import type { Scorer, Spec } from "../../../wasm/client";
import type { Victims } from "../data/victims";
import { showError, messageOf } from "../panels/errors";
import { call } from "../server/api";
import { fetchModel } from "../server/models";

interface Experiment {
  spec: Spec;
  link?: string;
}

/** The id in a short address, or nothing. */
export function shortInAddress(): string | undefined {
  const text = location.hash.slice(1);
  return text.startsWith("x=") ? text.slice("x=".length) : undefined;
}

export class Published {
  #scorer: Scorer;
  #victims: Victims;

  /** clear takes off the page what is on it, open shows the link that is then in the address. */
  constructor(scorer: Scorer, victims: Victims, { busy, clear, open }: { busy(): boolean; clear(): void; open(): void }) {
    this.#scorer = scorer;
    this.#victims = victims;
    addEventListener("hashchange", async () => {
      if (shortInAddress() === undefined) return;
      if (busy()) return showError("a run is going on in this tab: open the link in another tab, or cancel the run first", "The link was not opened");
      clear();
      await this.resolve();
      open();
    });
  }

  /** Puts the link that the address stands for in its place. One that is no good is told and taken away. */
  async resolve(): Promise<void> {
    const id = shortInAddress();
    if (id === undefined) return;
    let link = "";
    try {
      if (!/^[0-9a-z]{12}$/.test(id)) throw new Error("this is not a short address of Peel: it may have been cut short");
      link = await this.#linkOf(await call<Experiment>(`api/experiments/${id}`));
    } catch (e) {
      showError(messageOf(e), "This address cannot be opened");
    }
    if (shortInAddress() === id) history.replaceState(null, "", `${location.pathname}${location.search}${link && `#${link}`}`);
  }

  /** The link of an experiment, and its network where the link only names it and the server has it. */
  async #linkOf({ spec, link }: Experiment): Promise<string> {
    const { name, sha256 } = spec.victim;
    if (!link) { // stored by a program: its spec says what is attacked
      const { sizes, oracle, seed, engine, method } = spec;
      link = await this.#scorer.makeLink({ victim: this.#victims.shippedAs(sha256) ?? { source: "file", sha256, sizes }, run: { ...oracle, seed, engine, method } });
    }
    const read = await this.#scorer.readLink(link);
    if (read.source === "file" && read.sha256 && !(await this.#victims.find(read.name, read.sha256))) {
      const bytes = await fetchModel(read.sha256).catch(() => undefined); // without it, the reader is asked for the file
      if (bytes) await this.#victims.lent(bytes, name);
    }
    return link;
  }
}
