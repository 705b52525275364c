// A run that another tab has: here it can be watched, and nothing else.

import { Watcher, type RunMeta } from "../../../wasm/client";
import { runLock } from "../../../wasm/protocol";
import { fromMeta } from "../run/view";
import type { Table } from "./table";

export class Watching {
  #table: Table;
  #watcher: Watcher | undefined;
  #stop = new AbortController();

  constructor(table: Table) {
    this.#table = table;
  }

  /** Watches until the run is over, the reader leaves, or the other tab lets go: then gone() is called. */
  start(run: RunMeta, gone: () => void) {
    this.stop();
    const { victim, sizes, seed, method } = run.spec;
    const shown = this.#table.begin({ id: run.id, name: victim.name, sizes, seed, method }, "watching", "full");
    this.#table.see(fromMeta(run));
    this.#watcher = new Watcher(run.id, {
      event: (e) => this.#table.event(run.id, e),
      end: (end) => this.#table.ended(run.id, end),
    });
    // The other tab holds this lock for as long as it has the run.
    const { signal } = (this.#stop = new AbortController());
    navigator.locks.request(runLock(run.id), { signal }, async () => {}).then(
      () => {
        if (!signal.aborted && this.#table.shown === shown && !shown.end) gone();
      },
      () => {}, // the reader left first
    );
  }

  stop() {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#stop.abort();
  }
}
