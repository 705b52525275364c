// Places of the page beside the sandbox, each at an address of its own: #race and
// #results. What they need is loaded when one is opened.

import type { Scorer } from "../../../wasm/client";
import type { Victims } from "../data/victims";
import type { Shipped } from "../data/catalogue";
import { byId, h, show } from "../dom";
import { messageOf, showError } from "../panels/errors";
import type { PageAssets } from "./app";

/** What a place may use of the page. */
export interface Ground {
  assets: PageAssets;
  scorer: Scorer;
  victims: Victims;
  shipped: Shipped[];
}

export interface Place {
  /** It is shown, or shown no more. */
  enter(): void;
  leave(): void;
  /** A file was dropped on it. */
  take?(file: File): void;
}

const PLACES: Record<string, (host: HTMLElement, ground: Ground) => Promise<Place>> = {
  results: async (host, ground) => new (await import("../results/results")).ResultsView(host, ground),
  race: async (host, ground) => new (await import("../race/race")).Race(host, ground),
};

/** The place that the address names, or nothing. */
export function placeInAddress(): string | undefined {
  const name = location.hash.slice(1);
  return Object.hasOwn(PLACES, name) ? name : undefined;
}

export class Places {
  #ground: Ground;
  #busy: () => boolean;
  #made = new Map<string, Promise<Place>>();
  #here: Place | undefined;
  #styled: Promise<void> | undefined;

  constructor(ground: Ground, busy: () => boolean) {
    this.#ground = ground;
    this.#busy = busy;
    addEventListener("hashchange", () => this.open());
  }

  /** Whether one is open, or on its way. */
  get away() {
    return document.querySelector("main")!.classList.contains("away");
  }

  /** Shows what the address names: a place, or the sandbox. */
  open() {
    const name = placeInAddress();
    if (name && this.#busy()) {
      return showError("a run is going on in this tab: open this in another tab, or cancel the run first", "The page was not left");
    }
    this.#here?.leave();
    this.#here = undefined;
    document.querySelector("main")!.classList.toggle("away", name !== undefined);
    for (const other of Object.keys(PLACES)) show(byId(other), other === name);
    if (!name) return;
    scrollTo({ top: 0 });
    void this.#enter(name);
  }

  /** Hands a dropped file to the place that is open. */
  take(file: File) {
    this.#here?.take?.(file);
  }

  async #enter(name: string) {
    const host = byId(name);
    try {
      let made = this.#made.get(name);
      if (!made) {
        host.replaceChildren(h("p", { class: "wait" }, "Loading …"));
        made = this.#style().then(() => PLACES[name]!(host, this.#ground));
        this.#made.set(name, made);
      }
      const place = await made;
      if (placeInAddress() !== name) return; // the reader went on meanwhile
      this.#here = place;
      place.enter();
    } catch (e) {
      this.#made.delete(name);
      host.replaceChildren(h("p", { class: "panel wrong", role: "alert" }, `This part of the page could not be loaded (${messageOf(e)}): reload the page.`));
    }
  }

  #style(): Promise<void> {
    this.#styled ??= new Promise((resolve, reject) => {
      const link = h("link", { rel: "stylesheet", href: this.#ground.assets.places, onload: () => resolve(), onerror: () => reject(new Error("its style is missing")) });
      document.head.append(link);
    });
    this.#styled.catch(() => (this.#styled = undefined));
    return this.#styled;
  }
}
