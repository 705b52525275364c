// Finds the file behind a victim, wherever it comes from.

import type { Files, LinkVictim, Scorer, VictimInfo } from "../../../wasm/client";
import { fetchShipped, type Shipped } from "./catalogue";
import { drop, fetchKept, keep } from "./shelf";

/** A victim that is ready to be attacked. bytes, a safetensors file, are for scoring after the run only. */
export interface Victim {
  info: VictimInfo;
  bytes: ArrayBuffer;
  shipped: boolean;
  /** Only a server has it: there are no bytes, and nothing to compare with. */
  remote?: boolean;
  /** What was left out of its file, a sentence each. */
  notices?: string[];
}

/** What a file chooser offers. The kind of a file is found by its content. */
export const NETWORK_FILES = ".safetensors,.npz,.onnx,.keras,.h5,.hdf5";

/** Larger files are refused before they are read. Those who read them have stricter limits of their own. */
const MAX_FILE = 512 << 20;

export class Victims {
  #scorer: Scorer;
  #files: Files;
  #shipped: Shipped[];
  #known = new Map<string, Victim>();

  constructor(scorer: Scorer, files: Files, shipped: Shipped[]) {
    this.#scorer = scorer;
    this.#files = files;
    this.#shipped = shipped;
  }

  async ship(v: Shipped): Promise<Victim> {
    const bytes = await fetchShipped(v);
    return this.#note({ info: await this.#scorer.inspect(bytes, v.name), bytes, shipped: true });
  }

  /** Reads a file of the reader's own: a victim in any format, or a whole run, which is handed back unread. */
  async open(file: File): Promise<Victim | { run: ArrayBuffer }> {
    if (file.size > MAX_FILE) throw new Error(`${file.name} is larger than 512 MB: choose a smaller file`);
    const bytes = await file.arrayBuffer();
    const name = file.name.replace(/\.(safetensors|npz|onnx|keras|h5|hdf5)$/i, "").slice(0, 100) || "own victim";
    if (isSafetensors(bytes)) return this.#note({ info: await this.#scorer.inspect(bytes, name), bytes, shipped: false });
    const found = await this.#files.read(bytes);
    if (found.format === "run") return { run: bytes };
    return this.#note({ info: await this.#scorer.inspect(found.bytes, name), bytes: found.bytes, shipped: false, notices: found.notices });
  }

  /** Reads a victim. */
  async file(file: File): Promise<Victim> {
    const found = await this.open(file);
    if ("run" in found) throw new Error("this file holds a whole run: choose the file of a network");
    return found;
  }

  /** Takes the victim that came with a run. */
  async bring(bytes: ArrayBuffer, name: string): Promise<void> {
    await this.keep(await this.lent(bytes, name));
  }

  /** Takes the file of a victim that is kept only once it is attacked. */
  async lent(bytes: ArrayBuffer, name: string): Promise<Victim> {
    return this.#note({ info: await this.#scorer.inspect(bytes, name), bytes, shipped: false });
  }

  async random(sizes: number[], seed: number): Promise<Victim> {
    const { bytes, info } = await this.#scorer.random(sizes, seed);
    return this.#note({ info, bytes, shipped: false });
  }

  /** The victim that a link holds. */
  async linked(text: string): Promise<Victim> {
    const { bytes, info } = await this.#scorer.linkVictim(text);
    return this.#note({ info, bytes, shipped: false });
  }

  /** How a link names a network that comes with the page; nothing for any other. */
  shippedAs(sha256: string): LinkVictim | undefined {
    const v = this.#shipped.find((v) => v.sha256 === sha256);
    return v && { source: "shipped", name: v.name, sha256, sizes: v.sizes };
  }

  /** Makes sure that a run on this victim can be resumed later. */
  async keep(v: Victim): Promise<void> {
    if (!v.shipped && !v.remote) await keep({ sha256: v.info.sha256, name: v.info.name, bytes: v.bytes });
  }

  forget(sha256: string): Promise<void> {
    return drop(sha256);
  }

  /** The victim that a run names, or nothing when its file has to be chosen again. */
  async find(name: string, sha256: string): Promise<Victim | undefined> {
    const known = this.#known.get(sha256);
    if (known) return known;
    const shipped = this.#shipped.find((v) => v.name === name);
    if (shipped) {
      const v = await this.ship(shipped);
      if (v.info.sha256 === sha256) return v;
    }
    const kept = await fetchKept(sha256);
    if (!kept) return undefined;
    const info = await this.#scorer.inspect(kept.bytes, kept.name);
    return info.sha256 === sha256 ? this.#note({ info, bytes: kept.bytes, shipped: false }) : undefined;
  }

  #note(v: Victim): Victim {
    this.#known.set(v.info.sha256, v);
    return v;
  }
}

/** Whether a file looks like safetensors, which needs no other program: JSON after eight bytes. */
function isSafetensors(bytes: ArrayBuffer): boolean {
  return bytes.byteLength <= 8 || new Uint8Array(bytes)[8] === "{".charCodeAt(0);
}
