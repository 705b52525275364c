// The pool of hands: gives every task to some hand, and again to another if
// that one dies. It knows nothing of what tasks mean. Which hand does which
// task, and how many there are, cannot change a result.

import type { HandInit } from "./hand";
import type { Init, RemoteStats, RemoteVictim } from "./protocol";
import { Caller } from "./rpc";

/** Deaths in a row, without any result between them, after which the pool gives up. */
const MAX_DEATHS = 5;

/** Tasks at a time of a hand that waits for a server: their questions share its requests. */
const REMOTE_TASKS = 128;

/** The most tasks that lie ready for a hand beside the one it does: quick ones, in milliseconds, and others. A pause waits for all of them. */
const AHEAD = { quick: 20, most: 4, slow: 1 };

/** How long a hand may take to start, in milliseconds. */
const START_PATIENCE = 15_000;

const gaveUp =
  `the background workers stopped ${MAX_DEATHS} times in a row, perhaps for want of memory: ` +
  "close other tabs, choose fewer workers and resume";

interface Job {
  task: string;
  resolve: (result: string) => void;
  reject: (e: Error) => void;
}

interface Hand {
  worker: Worker;
  caller: Caller;
  ready: boolean;
  dead: boolean;
  /** What it was given and has not answered. */
  jobs: Job[];
  /** When it was given something or answered last, and what its last task took, in milliseconds. */
  since: number;
  took: number;
  /** Rounds that its replica has applied. */
  applied: number;
  /** Ends the watch over its lock. */
  watch: AbortController;
  patience: ReturnType<typeof setTimeout>;
}

export interface PoolOptions {
  init: Init;
  /** The text of the run's spec. */
  spec: string;
  victim: Blob | RemoteVictim;
  workers: number;
  /** Queries per second of all hands together, 0 for no limit. */
  pace: number;
  notice: (message: string) => void;
  /** How asking a server goes. */
  remote: (stats: RemoteStats) => void;
}

export class Pool {
  #options: PoolOptions;
  #pace: number;
  /** Queries per second that each hand was told. */
  #told: number;
  #hands: Hand[] = [];
  #queue: Job[] = [];
  #rounds: string[][] = [];
  #deaths = 0;
  #held = false;
  #failure: Error | undefined;
  #started: Promise<void>;
  #onStarted!: () => void;
  #onRefused!: (e: Error) => void;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#pace = this.#told = options.pace;
    this.#started = new Promise((resolve, reject) => {
      this.#onStarted = resolve;
      this.#onRefused = reject;
    });
    this.#started.catch(() => {});
    for (let i = 0; i < options.workers; i++) this.#hands.push(this.#spawn());
  }

  get #remote() {
    return !(this.#options.victim instanceof Blob);
  }

  /** Resolves when the first hand is ready; rejects when hands refuse the run. */
  ready(): Promise<void> {
    return this.#started;
  }

  /** Adds the results of a round, which hands apply before later tasks. Those that wait do it at once. */
  round(results: string[]) {
    this.#rounds.push(results);
    for (const hand of this.#hands) {
      if (!hand.ready || hand.dead || hand.jobs.length > 0) continue;
      hand.caller.call("apply", { rounds: this.#lacking(hand) }).catch(() => {}); // what is wrong shows in its next task
    }
  }

  /** The rounds that a hand was not sent yet. */
  #lacking(hand: Hand): string[][] {
    const rounds = this.#rounds.slice(hand.applied);
    hand.applied = this.#rounds.length;
    return rounds;
  }

  /** Has a task done by some hand. */
  task(task: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#queue.push({ task, resolve, reject });
      this.#give();
    });
  }

  /** Gives out no more tasks. Resolves when no hand asks anything any more. */
  async pause() {
    this.#held = true;
    await this.#tell("hold", { held: true });
  }

  continue() {
    this.#held = false;
    void this.#tell("hold", { held: false });
    this.#give();
  }

  setPace(pace: number) {
    this.#pace = pace;
    this.#share();
  }

  /** Terminates a hand as if the browser had. */
  kill(i: number) {
    const alive = this.#hands.filter((h) => !h.dead);
    alive[i % Math.max(alive.length, 1)]?.worker.terminate();
  }

  close() {
    this.#fail(new Error("the run was stopped"));
  }

  /** Shares the pace out among the hands that have a task. */
  #share() {
    const busy = this.#hands.filter((h) => h.jobs.length > 0 && !h.dead).length;
    const share = this.#pace / Math.max(busy, 1);
    if (share === this.#told) return;
    this.#told = share;
    void this.#tell("pace", { pace: share });
  }

  async #tell(method: string, params: unknown) {
    const hands = this.#hands.filter((h) => h.ready && !h.dead);
    await Promise.all(hands.map((h) => h.caller.call(method, params).catch(() => {}))); // a dead hand is seen elsewhere
  }

  #spawn(): Hand {
    const name = `peel-hand-${Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("")}`;
    const worker = new Worker(this.#options.init.assets.hand, { name });
    const hand: Hand = {
      worker,
      caller: new Caller(worker),
      ready: false,
      dead: false,
      jobs: [],
      since: 0,
      took: Infinity,
      applied: 0,
      watch: new AbortController(),
      patience: setTimeout(() => this.#died(hand), START_PATIENCE),
    };
    worker.onmessage = (m) => {
      if (m.data?.remote) this.#options.remote(m.data.remote);
      else if (m.data?.locked) this.#watch(hand, name);
      else hand.caller.take(m.data);
    };
    worker.onerror = (e) => {
      e.preventDefault();
      this.#died(hand);
    };
    const { init, spec, victim } = this.#options;
    const first: HandInit = { init, spec, victim, pace: this.#told };
    hand.caller.call("init", first).then(
      () => this.#begin(hand),
      (e) => {
        if (!hand.dead) this.#fail(e);
      },
    );
    return hand;
  }

  #begin(hand: Hand) {
    clearTimeout(hand.patience);
    hand.ready = true;
    this.#onStarted();
    if (this.#held) void this.#tell("hold", { held: true });
    void this.#tell("pace", { pace: this.#told }); // it may have changed since the hand was started
    this.#give();
  }

  /** Waits for the lock that the hand holds: it is granted when the hand is gone. */
  #watch(hand: Hand, name: string) {
    navigator.locks.request(name, { signal: hand.watch.signal }, () => this.#died(hand)).catch(() => {}); // aborted
  }

  #died(hand: Hand) {
    if (hand.dead || this.#failure) return;
    this.#end(hand);
    hand.caller.fail(new Error("the hand died"));
    this.#deaths++;
    if (this.#deaths >= MAX_DEATHS) {
      this.#fail(new Error(gaveUp));
      return;
    }
    this.#options.notice("a background worker stopped; its task was given to another and a new one was started");
    this.#hands = this.#hands.filter((h) => h !== hand);
    this.#hands.push(this.#spawn());
  }

  #end(hand: Hand) {
    hand.dead = true;
    clearTimeout(hand.patience);
    hand.watch.abort();
    hand.worker.terminate();
  }

  #give() {
    while (!this.#held && this.#queue.length > 0) {
      const alive = this.#hands.filter((h) => h.ready && !h.dead);
      const hand = this.#remote ? alive.find((h) => h.jobs.length < REMOTE_TASKS) : idlest(alive);
      if (!hand || (!this.#remote && hand.jobs.length > this.#ahead(hand, alive.length))) break;
      void this.#do(hand, this.#queue.shift()!);
    }
    this.#share();
  }

  /** How many tasks lie ready for a hand beside its own, so that it need not wait for this thread: few near the end of a round, none at a pace. */
  #ahead(hand: Hand, hands: number): number {
    if (this.#pace > 0) return 0;
    return Math.min(hand.took < AHEAD.quick ? AHEAD.most : AHEAD.slow, Math.floor(this.#queue.length / (hands + 1)));
  }

  async #do(hand: Hand, job: Job) {
    if (hand.jobs.length === 0) hand.since = performance.now();
    hand.jobs.push(job);
    try {
      const result = await hand.caller.call<string>("do", { rounds: this.#lacking(hand), task: job.task });
      this.#deaths = 0;
      job.resolve(result);
    } catch (e) {
      if (!hand.dead) job.reject(e as Error);
      else if (this.#failure) job.reject(this.#failure);
      else this.#queue.unshift(job);
    }
    hand.jobs = hand.jobs.filter((j) => j !== job);
    const now = performance.now();
    [hand.took, hand.since] = [now - hand.since, now];
    this.#give();
  }

  /** Ends everything: the first failure is the one that is told. */
  #fail(e: Error) {
    if (this.#failure) return;
    this.#failure = e;
    this.#onRefused(e);
    for (const hand of this.#hands) {
      if (hand.dead) continue;
      this.#end(hand);
      hand.caller.fail(e);
    }
    for (const job of this.#queue.splice(0)) job.reject(e);
  }
}

/** The hand with the fewest tasks. */
function idlest(hands: Hand[]): Hand | undefined {
  return hands.reduce<Hand | undefined>((least, h) => (least && least.jobs.length <= h.jobs.length ? least : h), undefined);
}
