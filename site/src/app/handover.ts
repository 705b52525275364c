// Runs as files: one is saved, or one is opened that was saved here or elsewhere.

import type { Conductor, Files, RunMeta } from "../../../wasm/client";
import { download } from "../data/download";
import type { Victims } from "../data/victims";
import { fileMark } from "../run/method";
import { askSave } from "../panels/saverun";

export class Handover {
  #conductor: Conductor;
  #files: Files;
  #victims: Victims;

  constructor(conductor: Conductor, files: Files, victims: Victims) {
    this.#conductor = conductor;
    this.#files = files;
    this.#victims = victims;
  }

  /** Asks what to save, and saves it. */
  async save(run: RunMeta) {
    const { victim: named, seed, method } = run.spec;
    const victim = await this.#victims.find(named.name, named.sha256).catch(() => undefined);
    const own = victim && !victim.shipped && !victim.remote ? victim : undefined; // others have what is shipped
    const choice = await askSave(run, own !== undefined);
    if (!choice) return;
    const parts = await this.#conductor.export(run.id);
    if (own && choice.victim) parts.victim = own.bytes;
    download(await this.#files.pack(parts), `${named.name}-seed${seed}${fileMark(method)}.peel`);
  }

  /** Keeps the run in a file beside the others, none of which it touches. Resolves once its journal has given what it claims. */
  async open(file: ArrayBuffer): Promise<RunMeta> {
    const parts = await this.#files.unpack(file);
    const run = await this.#conductor.adopt(parts);
    if (parts.victim) await this.#victims.bring(parts.victim, run.spec.victim.name);
    return run;
  }
}
