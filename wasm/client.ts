// What the page uses: a Scorer, a Conductor and, for a run that another tab
// has, a Watcher. Both workers share one compiled module per page.
//
//	const scorer = new Scorer(assets), conductor = new Conductor(assets);
//	const victim = await scorer.inspect(bytes, "mnist-784-16x2-1-s1");
//	conductor.onEvent((id, e) => draw(e));
//	const id = await conductor.start({ victim, sizes: victim.sizes, seed: 7 }, victim.sealed, { workers: 2 });
//
// Every promise that fails rejects with an Error whose message is one plain
// sentence.

import { fetchSmall } from "./packed";
import { Caller } from "./rpc";
import {
  isPublished,
  runChannel,
  runLock,
  type Assets,
  type Init,
  type Judgement,
  type Linked,
  type LinkInput,
  type Method,
  type MethodInfo,
  type NetworkFormat,
  type Notice,
  type PeelEvent,
  type Push,
  type ReadFile,
  type RemoteStats,
  type Report,
  type Reveal,
  type RunEnd,
  type RunMeta,
  type RunOptions,
  type RunParts,
  type Score,
  type Spec,
  type SpecInput,
  type StorageInfo,
  type VictimInfo,
} from "./protocol";

export * from "./protocol";

/** Why calls fail that were open when a run was cancelled. */
export const CANCELLED = "the run was cancelled";

const modules = new Map<string, Promise<WebAssembly.Module>>();

/** Fetches and compiles a module once per page. gz is its packed copy, if there is one. */
function compile(url: string, gz?: string): Promise<WebAssembly.Module> {
  let module = modules.get(url);
  if (!module) {
    module = (async () => {
      // A service worker has it unpacked already.
      const response = await fetchSmall(url, navigator.serviceWorker?.controller ? undefined : gz);
      if (!response.ok) throw new Error(`could not load ${url} (status ${response.status}): reload the page`);
      if ((response.headers.get("content-type") ?? "").startsWith("application/wasm")) {
        return WebAssembly.compileStreaming(response);
      }
      return WebAssembly.compile(await response.arrayBuffer());
    })();
    module.catch(() => modules.delete(url));
    modules.set(url, module);
  }
  return module;
}

/** A worker that answers calls once it is initialised. onGone: its program ended, which only a want of memory explains. */
class Remote {
  #worker: Worker;
  #caller: Caller;
  #ready: Promise<void>;

  constructor(script: string, init: () => Promise<Init>, onGone: () => void, onPush: (p: Push) => void = () => {}) {
    this.#worker = new Worker(new URL(script, document.baseURI));
    this.#caller = new Caller(this.#worker);
    this.#worker.onmessage = (m) => {
      if (this.#caller.take(m.data)) return;
      if (m.data?.push) onPush(m.data);
      if (m.data?.gone) {
        this.terminate(m.data.gone);
        onGone();
      }
    };
    this.#worker.onerror = (e) => {
      e.preventDefault();
      this.#caller.fail(new Error(`a background worker stopped (${e.message || "it could not be loaded"}): reload the page`));
    };
    this.#ready = init().then((i) => this.#caller.call<void>("init", i));
    this.#ready.catch(() => {});
  }

  async call<T>(method: string, params: unknown, transfer: Transferable[] = []): Promise<T> {
    await this.#ready;
    return this.#caller.call<T>(method, params, transfer);
  }

  terminate(why: string) {
    this.#worker.terminate();
    this.#caller.fail(new Error(why));
  }
}

/** Asset URLs made absolute: workers resolve relative ones against themselves. */
function absolute(assets: Assets): Assets {
  const out = { ...assets };
  for (const [k, url] of Object.entries(assets)) out[k as keyof Assets] = new URL(url, document.baseURI).href;
  return out;
}

/** Reads victim files, makes random victims, reads and writes links, compares networks. Never attacks. */
export class Scorer {
  #assets: Assets;
  #remote: Remote;

  constructor(assets: Assets) {
    this.#assets = absolute(assets);
    this.#remote = this.#spawn();
  }

  #spawn(): Remote {
    const a = this.#assets;
    const init = async () => ({ assets: a, peel: await compile(a.peel, a.peelPacked) });
    return new Remote(a.scorer, init, () => (this.#remote = this.#spawn()));
  }

  /** Validates a safetensors file and seals it. */
  inspect(bytes: ArrayBuffer, name: string): Promise<VictimInfo> {
    return this.#remote.call("inspect", { bytes, name });
  }

  /** Makes a random victim (the recipe of Carlini et al.) as a safetensors file. */
  random(sizes: number[], seed: number): Promise<{ bytes: ArrayBuffer; info: VictimInfo }> {
    return this.#remote.call("random", { sizes, seed });
  }

  /** Compares answers. images and labels are IDX files, gzipped or not. */
  score(victim: ArrayBuffer, recovered: ArrayBuffer, mnist?: { images: ArrayBuffer; labels: ArrayBuffer }): Promise<Score> {
    return this.#remote.call("score", { victim, recovered, mnist });
  }

  /** Compares weights: only after a run. */
  reveal(victim: ArrayBuffer, recovered: ArrayBuffer): Promise<Reveal> {
    return this.#remote.call("reveal", { victim, recovered });
  }

  /** Says what a link holds; text is what follows the # of its address. */
  readLink(text: string): Promise<Linked> {
    return this.#remote.call("readLink", { text });
  }

  /** Makes the network of a link that holds it by recipe or by weights. */
  linkVictim(text: string): Promise<{ bytes: ArrayBuffer; info: VictimInfo }> {
    return this.#remote.call("linkVictim", { text });
  }

  /** The text of the link to an experiment. */
  makeLink(input: LinkInput): Promise<string> {
    return this.#remote.call("makeLink", input);
  }

  /** Holds a finished run against what a link claims. */
  judgeLink(text: string, run: RunMeta): Promise<Judgement> {
    return this.#remote.call("judgeLink", { text, engine: run.spec.engine, run });
  }

  /** The ways to find signatures and signs, Peel's own first. */
  methods(): Promise<{ signatures: MethodInfo[]; signs: MethodInfo[] }> {
    return this.#remote.call("methods", {});
  }

  /** What is wrong with a method for a network of these sizes, or nothing. */
  checkMethod(method: Method, sizes: number[]): Promise<string> {
    return this.#remote.call("checkMethod", { method, sizes });
  }

  close() {
    this.#remote.terminate("the scorer was closed");
  }
}

/** Reads and writes files of other formats. Its program is loaded with the first call. */
export class Files {
  #assets: Assets;
  #remote: Remote | undefined;

  constructor(assets: Assets) {
    this.#assets = absolute(assets);
  }

  #call<T>(method: string, params: unknown): Promise<T> {
    const a = this.#assets;
    const init = async () => ({ assets: a, peel: await compile(a.filesProgram, a.filesPacked) });
    this.#remote ??= new Remote(a.files, init, () => (this.#remote = undefined));
    const remote = this.#remote;
    return remote.call<T>(method, params).catch((e) => {
      // Where its program could not be loaded, the next call tries again.
      if (!modules.has(a.filesProgram) && this.#remote === remote) this.#remote = undefined;
      throw e;
    });
  }

  /** Finds out what a file is, and reads the network in it. */
  read(bytes: ArrayBuffer): Promise<ReadFile> {
    return this.#call("read", { bytes });
  }

  /** Writes the network of a safetensors file in another format. */
  write(bytes: ArrayBuffer, format: NetworkFormat): Promise<ArrayBuffer> {
    return this.#call("write", { bytes, format });
  }

  /** Puts a run into one file. */
  pack(parts: RunParts): Promise<ArrayBuffer> {
    return this.#call("pack", parts);
  }

  unpack(bytes: ArrayBuffer): Promise<RunParts> {
    return this.#call("unpack", { bytes });
  }

  close() {
    this.#remote?.terminate("the reader of files was closed");
  }
}

/** Makes the tables and figures of campaigns. Its program is loaded with the first. */
export class Reports {
  #assets: Assets;
  #remote: Remote | undefined;

  constructor(assets: Assets) {
    this.#assets = absolute(assets);
  }

  /** From the bytes of a results file. */
  async make(bytes: ArrayBuffer): Promise<Report> {
    const a = this.#assets;
    const peel = await compile(a.results, a.resultsPacked);
    this.#remote ??= new Remote(a.files, async () => ({ assets: a, peel }), () => (this.#remote = undefined));
    return this.#remote.call("report", { bytes });
  }
}

/**
 * Runs extractions, one at a time, and keeps their journals; fleeting ones only as long as it lives.
 * The program with the published methods is loaded with the first run that needs it.
 */
export class Conductor {
  #assets: Assets;
  #fleeting: boolean;
  #remote: Remote;
  /** Whether #remote has the published methods. */
  #complete = false;
  /** The runs that need them. */
  #published = new Set<string>();
  #listing: Promise<unknown> | undefined;
  #event: ((runId: string, e: PeelEvent) => void)[] = [];
  #meta: ((meta: RunMeta) => void)[] = [];
  #notice: ((n: Notice) => void)[] = [];
  #asked: ((runId: string, stats: RemoteStats) => void)[] = [];
  #end: ((runId: string, end: RunEnd) => void)[] = [];
  #persisted: Promise<boolean> | undefined;
  #current: string | undefined;

  constructor(assets: Assets, { fleeting = false } = {}) {
    this.#assets = absolute(assets);
    this.#fleeting = fleeting;
    this.#remote = this.#spawn();
  }

  #program(published: boolean): Promise<WebAssembly.Module> {
    const a = this.#assets;
    return published ? compile(a.published, a.publishedPacked) : compile(a.peel, a.peelPacked);
  }

  #spawn(published = this.#complete): Remote {
    const a = this.#assets;
    const init = async () => {
      const [peel, victim] = await Promise.all([this.#program(published), compile(a.victim)]);
      return { assets: a, peel, victim, fleeting: this.#fleeting };
    };
    return new Remote(a.conductor, init, () => (this.#remote = this.#spawn()), (p) => this.#take(p));
  }

  /** Has a call answered by a program that knows the run's method. */
  async #call<T>(method: string, params: unknown, published: boolean): Promise<T> {
    if (!published || this.#complete) return this.#remote.call<T>(method, params);
    await this.#program(true);
    if (this.#current !== undefined) { // the run that is going on must not be disturbed
      if (method === "start" || method === "resume") return this.#remote.call<T>(method, params); // which refuses
      const beside = this.#spawn(true);
      return beside.call<T>(method, params).finally(() => beside.terminate("its call was answered"));
    }
    await this.#listing?.catch(() => {});
    this.#remote.terminate(CANCELLED);
    this.#complete = true;
    this.#remote = this.#spawn();
    return this.#remote.call<T>(method, params);
  }

  /** Notes which program a run needs. */
  #note(meta: RunMeta) {
    if (isPublished(meta.spec.method)) this.#published.add(meta.id);
  }

  #take(p: Push) {
    if (p.push === "events") for (const e of p.events) for (const f of this.#event) f(p.runId, e);
    if (p.push === "meta") for (const f of this.#meta) f(p.meta);
    if (p.push === "notice") for (const f of this.#notice) f(p.notice);
    if (p.push === "remote") for (const f of this.#asked) f(p.runId, p.stats);
    if (p.push === "end") this.#current = undefined;
    if (p.push === "end") for (const f of this.#end) f(p.runId, p.end);
  }

  /** Events of the run that is going on. A "start" event means: begin drawing anew (a resumed run replays its past first). */
  onEvent(f: (runId: string, e: PeelEvent) => void) {
    this.#event.push(f);
  }

  /** The run's summary after every round, pause and continue. */
  onMeta(f: (meta: RunMeta) => void) {
    this.#meta.push(f);
  }

  onNotice(f: (n: Notice) => void) {
    this.#notice.push(f);
  }

  /** How asking a server goes, where the run attacks one. */
  onRemote(f: (runId: string, stats: RemoteStats) => void) {
    this.#asked.push(f);
  }

  /** The run is over in this tab: finished or failed. Not called after pause or cancel. */
  onEnd(f: (runId: string, end: RunEnd) => void) {
    this.#end.push(f);
  }

  /** Past runs, newest first, and how they are kept. */
  async list(): Promise<{ runs: RunMeta[]; storage: StorageInfo }> {
    const listing = this.#remote.call<{ runs: RunMeta[]; storage: StorageInfo }>("list", {});
    this.#listing = listing;
    const out = await listing;
    out.runs.forEach((r) => this.#note(r));
    out.storage.persisted = out.storage.kind === "indexeddb" && (await (navigator.storage?.persisted?.() ?? false));
    return out;
  }

  /** Resolves when a run with this method can start at once. */
  async ready(method?: Method): Promise<void> {
    await this.#call("list", {}, isPublished(method));
  }

  /** Starts a run and returns its id once its spec is kept. */
  async start(spec: SpecInput, victim: VictimInfo["sealed"], opts: RunOptions): Promise<string> {
    // Only a window may ask to be spared from eviction. The answer shows in list().
    this.#persisted ??= Promise.resolve(navigator.storage?.persist?.() ?? false).catch(() => false);
    // Take only what a spec holds, so that a VictimInfo may be passed as the victim.
    const plain: SpecInput = {
      victim: { name: spec.victim.name, sha256: spec.victim.sha256 },
      sizes: [...spec.sizes],
      seed: spec.seed,
      budget: spec.budget,
      plain: spec.plain,
      precision: spec.precision,
      decimals: spec.decimals,
      noise: spec.noise,
      method: spec.method,
    };
    const published = isPublished(spec.method);
    const runId = await this.#call<string>("start", { spec: plain, victim, opts }, published);
    if (published) this.#published.add(runId);
    this.#current = runId;
    return runId;
  }

  /** Goes on with an interrupted run. Rejects when another tab has it. */
  async resume(runId: string, victim: VictimInfo["sealed"], opts: RunOptions): Promise<void> {
    await this.#call("resume", { runId, victim, opts }, this.#published.has(runId));
    this.#current = runId;
  }

  /** Resolves when every task under way is finished and kept. */
  pause(): Promise<void> {
    return this.#remote.call("pause", {});
  }

  continue(): Promise<void> {
    return this.#remote.call("continue", {});
  }

  /** Sets or (with 0 or undefined) lifts the limit of queries per second. */
  pace(perSecond?: number): Promise<void> {
    return this.#remote.call("pace", { pace: perSecond ?? 0 });
  }

  /** Stops at once: the workers are terminated. The journal is safe; the run can be resumed once this resolves. */
  async cancel(): Promise<void> {
    const runId = this.#current;
    this.#current = undefined;
    this.#remote.terminate(CANCELLED);
    this.#remote = this.#spawn();
    // The dead worker's lock is given back a moment later.
    if (runId && navigator.locks) await navigator.locks.request(runLock(runId), () => {});
  }

  remove(runId: string): Promise<void> {
    return this.#remote.call("remove", { runId });
  }

  /** The recovered network of a finished run, as a safetensors file. */
  recovered(runId: string): Promise<ArrayBuffer> {
    return this.#remote.call("recovered", { runId });
  }

  /** All events of a run so far, by replaying its journal (no queries are asked). */
  events(runId: string): Promise<PeelEvent[]> {
    return this.#call("events", { runId }, this.#published.has(runId) && runId !== this.#current);
  }

  /** The parts of a run, finished or not, without its victim. */
  export(runId: string): Promise<RunParts> {
    return this.#call("export", { runId }, this.#published.has(runId));
  }

  /** Keeps a run that came from a file, as a new one, once its journal gives what it claims. */
  async adopt(parts: RunParts): Promise<RunMeta> {
    const meta = await this.#call<RunMeta>("adopt", parts, isPublished(methodIn(parts.spec)));
    this.#note(meta);
    return meta;
  }

  /** Test hook: terminates one hand without telling the pool. */
  killHand(i: number): Promise<void> {
    return this.#remote.call("killHand", { i });
  }

  close() {
    this.#remote.terminate("the conductor was closed");
  }
}

/** The method of a run out of a file. Whatever is wrong with its spec is for Go to say. */
function methodIn(spec: ArrayBuffer): Method | undefined {
  try {
    return (JSON.parse(new TextDecoder().decode(spec)) as Spec | null)?.method;
  } catch {
    return undefined;
  }
}

/**
 * Follows a run that another tab has. The first events are everything that
 * happened before, then they come live.
 */
export class Watcher {
  #channel: BroadcastChannel;

  constructor(
    runId: string,
    on: { event?: (e: PeelEvent) => void; meta?: (m: RunMeta) => void; end?: (e: RunEnd) => void },
  ) {
    this.#channel = new BroadcastChannel(runChannel(runId));
    const me = Math.random().toString(36).slice(2);
    let caughtUp = false;
    this.#channel.onmessage = (m) => {
      const d = m.data;
      if (d?.past && d.to === me && !caughtUp) {
        caughtUp = true;
        for (const e of d.past as PeelEvent[]) on.event?.(e);
        if (d.meta) on.meta?.(d.meta);
      } else if (caughtUp && d?.push === "events") for (const e of d.events as PeelEvent[]) on.event?.(e);
      else if (caughtUp && d?.push === "meta") on.meta?.(d.meta);
      else if (d?.push === "end") on.end?.(d.end);
    };
    this.#channel.postMessage({ hello: me });
  }

  close() {
    this.#channel.close();
  }
}
