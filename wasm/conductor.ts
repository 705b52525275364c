// Worker entry point of the conductor: between the page, the Go program that
// holds the state and the journal, and the pool of hands. It also keeps two tabs
// from one run (Web Locks) and lets the others watch (BroadcastChannel).

import { Pool } from "./pool";
import {
  busyElsewhere,
  gone,
  runChannel,
  runLock,
  type Init,
  type Notice,
  type PeelEvent,
  type RemoteStats,
  type RemoteVictim,
  type Push,
  type Request,
  type RunMeta,
  type RunOptions,
} from "./protocol";
import { startGo, type Program } from "./program";
import { answer } from "./rpc";
import { scope } from "./scope";

let init: Init;
let program: Program | undefined;

/** The run that is going on in this worker. */
interface Going {
  runId: string;
  pool: Pool;
  channel: BroadcastChannel;
  past: PeelEvent[];
  meta?: RunMeta;
  /** Pushes that wait until the page knows the run's id. */
  waiting: Push[] | undefined;
  release: () => void;
}

let going: Going | undefined;
let starting = false;

const nothing = "no run is going on in this tab";

/** Takes the run's lock, or says that another tab has it. */
async function lock(runId: string): Promise<() => void> {
  if (!navigator.locks) return () => {}; // only in secure contexts
  return new Promise((resolve, reject) => {
    void navigator.locks.request(runLock(runId), { ifAvailable: true }, (held) => {
      if (!held) return reject(new Error(busyElsewhere));
      return new Promise<void>((release) => resolve(release));
    });
  });
}

async function heldLocks(): Promise<Set<string>> {
  const held = (await navigator.locks?.query())?.held ?? [];
  return new Set(held.map((l) => l.name!));
}

/** What Go sends unasked. */
function push(text: string) {
  const p = JSON.parse(text) as Push;
  if (going?.waiting) going.waiting.push(p);
  else show(p);
}

function show(p: Push) {
  scope.postMessage(p);
  if (!going || !("runId" in p) || p.runId !== going.runId) return;
  if (p.push === "events") {
    const start = p.events.findLastIndex((e) => e.type === "start");
    going.past = start < 0 ? [...going.past, ...p.events] : p.events.slice(start);
  }
  if (p.push === "meta") going.meta = p.meta;
  going.channel.postMessage(p);
  if (p.push === "end") stop();
}

/** Ends what belongs to the run in this worker. */
function stop() {
  if (!going) return;
  going.pool.close();
  going.channel.close();
  going.release();
  going = undefined;
}

function notice(runId: string, message: string) {
  const n: Notice = { kind: "worker", message, runId };
  show({ push: "notice", notice: n });
}

/** The least time between two messages about requests, in milliseconds. */
const ASKED_EVERY = 200;
let askedLast = 0;

/** Says how asking a server goes, now and then, and at once when it does not. */
function asked(runId: string, stats: RemoteStats) {
  const now = performance.now();
  if (!stats.waiting && now - askedLast < ASKED_EVERY) return;
  askedLast = now;
  show({ push: "remote", runId, stats });
}

/** Starts the hands of a run, then has Go begin it. */
async function begin(runId: string, spec: string, victim: Blob | RemoteVictim, opts: RunOptions, start: () => Promise<void>) {
  if (going || starting) throw new Error("another run is going on in this tab: cancel it, or wait for its end");
  if (!Number.isInteger(opts.workers) || opts.workers < 1 || opts.workers > 64) {
    throw new Error("the number of workers must be a whole number from 1 to 64");
  }
  starting = true;
  const release = await lock(runId).finally(() => (starting = false));
  const pace = opts.pace && opts.pace > 0 ? opts.pace : 0;
  // One hand has all that waits for a server, so that it goes out together.
  const workers = victim instanceof Blob ? opts.workers : 1;
  const pool = new Pool({ init, spec, victim, workers, pace, notice: (m) => notice(runId, m), remote: (s) => asked(runId, s) });
  const channel = new BroadcastChannel(runChannel(runId));
  const g: Going = { runId, pool, channel, past: [], waiting: [], release };
  going = g;
  channel.onmessage = (m) => {
    if (m.data?.hello) channel.postMessage({ to: m.data.hello, past: g.past, meta: g.meta });
  };
  try {
    await pool.ready();
    await start();
  } catch (e) {
    stop();
    throw e;
  }
  // The answer with the run's id is posted first.
  setTimeout(() => {
    const waiting = g.waiting ?? [];
    g.waiting = undefined;
    waiting.forEach(show);
  });
}

/** The program ended: so does the run, as far as this worker goes. */
function lost() {
  if (going?.meta) {
    const error = gone.replace("try again", "resume the run");
    show({ push: "end", runId: going.runId, end: { status: "failed", error, meta: { ...going.meta, status: "failed", error } } });
  }
  stop();
  scope.postMessage({ gone });
}

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");

const methods: Record<string, (p: any) => Promise<unknown>> = {
  async init(p: Init) {
    init = p;
    const host = {
      push,
      round: (results: string[]) => going!.pool.round(results),
      task: (task: string) => going!.pool.task(task),
      fleeting: p.fleeting,
    };
    program = await startGo(p, "conductor", host);
    program.ended.then(lost);
  },

  async list() {
    const out = await go("list", {});
    const held = await heldLocks();
    for (const m of out.runs as RunMeta[]) {
      const mine = going?.runId === m.id;
      m.elsewhere = !mine && held.has(runLock(m.id));
      if (m.status === "running" && !mine && !m.elsewhere && navigator.locks) [m.status, m.interrupted] = ["paused", true];
    }
    return out;
  },

  async start({ spec, victim, opts }) {
    const runId = newId();
    const text = await go("spec", { spec });
    await begin(runId, text, victim, opts, () => go("start", { runId, spec: text, workers: opts.workers }));
    return runId;
  },

  async resume({ runId, victim, opts }) {
    const text = await go("spec", { runId });
    await begin(runId, text, victim, opts, () => go("resume", { runId, workers: opts.workers }));
  },

  async pause() {
    if (!going) throw new Error(nothing);
    await going.pool.pause();
    await go("pause", {});
  },

  async continue() {
    const g = going;
    if (!g) throw new Error(nothing);
    await go("continue", {});
    g.pool.continue();
  },

  async pace({ pace }) {
    if (!going) throw new Error(nothing);
    going.pool.setPace(pace > 0 ? pace : 0);
  },

  async remove({ runId }) {
    if (going?.runId === runId) throw new Error("this run is going on: cancel it before you delete it");
    const release = await lock(runId);
    try {
      await go("remove", { runId });
    } finally {
      release();
    }
  },

  async recovered({ runId }) {
    return (await go("recovered", { runId })).buffer;
  },

  async events({ runId }) {
    return going && going.runId === runId ? going.past : go("events", { runId });
  },

  async export({ runId }) {
    const parts = await go("export", { runId });
    return Object.fromEntries(Object.entries<Uint8Array>(parts).map(([name, part]) => [name, part.buffer]));
  },

  async adopt(parts) {
    return go("adopt", { ...parts, runId: newId() });
  },

  async killHand({ i }) {
    going?.pool.kill(i);
  },
};

function go(method: string, params: unknown): Promise<any> {
  if (!program) throw new Error("the conductor has not started: reload the page");
  return program.call(method, params);
}

scope.onmessage = (m) => {
  void answer(scope, m.data as Request, (method, params) => {
    const f = methods[method];
    if (!f) throw new Error(`the conductor knows no method "${method}"`);
    return f(params);
  });
};
