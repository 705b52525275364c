// An oracle behind HTTP (site/docs/api.md, A remote black box). The attack asks
// in many small steps; those of all tasks that wait at the same time go out in
// one large request. Each request has a key, the same for every try, so that the
// server counts it once however often it must be repeated.

import type { RemoteStats, RemoteVictim } from "./protocol";

/** Requests under way at a time, when more waits than fits into one. */
const SENDERS = 4;

/** Longest wait for tasks that are about to ask, as a share of what a request takes, and in milliseconds. */
const GATHER = { share: 0.25, most: 50 };

/** How long one try may take, the pauses between tries, which double, and how long tries may fail one after another; in milliseconds. */
const TIMEOUT = 60_000;
const PAUSE = { first: 250, longest: 15_000 };
const PATIENCE = 180_000;

/** One batch that a task waits for, cut into pieces that fit into a request. */
interface Batch {
  answers: Uint8Array;
  pieces: number;
  resolve: (answers: Uint8Array) => void;
  reject: (e: Error) => void;
}

interface Piece {
  points: Uint8Array;
  n: number;
  /** Where its answers go, in points. */
  at: number;
  of: Batch;
}

/** Why one try failed, and how long to wait at least. */
class Again extends Error {
  readonly after: number;

  constructor(why: string, after = 0) {
    super(why);
    this.after = after;
  }
}

export class HttpOracle {
  #victim: RemoteVictim;
  #show: (stats: RemoteStats) => void;
  #queue: Piece[] = [];
  #waiting = 0;
  #senders = 0;
  #expected = 0;
  #arrived: () => void = () => {};
  #failure: Error | undefined;
  #times: number[] = [];
  #stats: RemoteStats = { requests: 0, repeated: 0, points: 0, latency: 0, waiting: "" };

  /** show is told how it goes. */
  constructor(victim: RemoteVictim, show: (stats: RemoteStats) => void) {
    this.#victim = victim;
    this.#show = show;
  }

  /** Answers points, each its coordinates as float64. */
  ask(points: Uint8Array): Promise<Uint8Array> {
    const { inputs, outputs, points: most } = this.#victim;
    const n = points.byteLength / (8 * inputs);
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const of: Batch = { answers: new Uint8Array(8 * outputs * n), pieces: Math.ceil(n / most), resolve, reject };
      for (let at = 0; at < n; at += most) {
        const m = Math.min(most, n - at);
        this.#queue.push({ points: points.subarray(8 * inputs * at, 8 * inputs * (at + m)), n: m, at, of });
        this.#waiting += m;
      }
      if (this.#senders === 0 || (this.#waiting > most && this.#senders < SENDERS)) {
        this.#senders++;
        void this.#send();
      }
      this.#arrived();
    });
  }

  /** Sends requests until nothing waits. */
  async #send() {
    for (;;) {
      await this.#gather();
      const pieces = this.#take();
      if (pieces.length === 0) break;
      try {
        this.#hand(pieces, await this.#post(pieces));
      } catch (e) {
        this.#fail(e as Error, pieces);
      }
      this.#expected = pieces.length + this.#queue.length; // those that were answered ask again soon
    }
    this.#senders--;
  }

  /** Waits until a request is worth sending. */
  async #gather() {
    const end = performance.now() + Math.min(GATHER.share * this.#stats.latency, GATHER.most);
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve)); // those who were answered at the same time ask first
      const left = end - performance.now();
      const enough = this.#queue.length > 0 && this.#queue.length >= this.#expected;
      if (enough || this.#waiting >= this.#victim.points || left <= 0) return;
      if (this.#queue.length === 0 && this.#senders > 1) return; // another one waits for what comes
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
        setTimeout(resolve, left);
      });
    }
  }

  /** Takes as many pieces, in their order, as fit into one request. */
  #take(): Piece[] {
    let [n, points] = [0, 0];
    while (n < this.#queue.length && points + this.#queue[n]!.n <= this.#victim.points) points += this.#queue[n++]!.n;
    this.#waiting -= points;
    return this.#queue.splice(0, n);
  }

  /** Asks the points of some pieces in one request. */
  async #post(pieces: Piece[]): Promise<Uint8Array> {
    const body = new Uint8Array(pieces.reduce((sum, p) => sum + p.points.byteLength, 0));
    let at = 0;
    for (const p of pieces) {
      body.set(p.points, at);
      at += p.points.byteLength;
    }
    const points = pieces.reduce((sum, p) => sum + p.n, 0);
    const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
    let [pause, failing] = [PAUSE.first, 0];
    for (;;) {
      try {
        const answers = await this.#try(body, key, 8 * points * this.#victim.outputs);
        this.#stats.points += points;
        this.#stats.waiting = "";
        this.#show({ ...this.#stats });
        return answers;
      } catch (e) {
        if (!(e instanceof Again)) throw e;
        const wait = Math.max(pause, e.after);
        failing += wait;
        if (failing > PATIENCE) throw new Error(`the server has not answered for a while (${e.message}): resume the run when it does`);
        this.#stats.repeated++;
        this.#stats.waiting = e.message;
        this.#show({ ...this.#stats });
        await new Promise((resolve) => setTimeout(resolve, wait));
        pause = Math.min(2 * pause, PAUSE.longest);
      }
    }
  }

  async #try(body: Uint8Array<ArrayBuffer>, key: string, want: number): Promise<Uint8Array> {
    const { url, token } = this.#victim;
    const headers: Record<string, string> = { "Content-Type": "application/octet-stream", "Idempotency-Key": key };
    if (token) headers.Authorization = `Bearer ${token}`;
    const began = performance.now();
    let response: Response;
    let answers: Uint8Array;
    try {
      response = await fetch(url, { method: "POST", headers, body, redirect: "error", signal: AbortSignal.timeout(TIMEOUT) });
      answers = response.ok ? new Uint8Array(await response.arrayBuffer()) : new Uint8Array();
    } catch {
      throw new Again("no connection to the server");
    }
    if (!response.ok) throw await refused(response);
    if (answers.byteLength !== want) throw new Again("the server’s answer broke off");
    this.#times.push(performance.now() - began);
    if (this.#times.length > 31) this.#times.shift();
    this.#stats.requests++;
    this.#stats.latency = [...this.#times].sort((a, b) => a - b)[this.#times.length >> 1]!;
    for (const [name, header] of [["used", "Peel-Used"], ["left", "Peel-Left"]] as const) {
      const count = response.headers.get(header);
      if (count !== null) this.#stats[name] = Number(count);
    }
    return answers;
  }

  /** Gives each piece its answers, and lets those go on whose last piece it was. */
  #hand(pieces: Piece[], answers: Uint8Array) {
    const width = 8 * this.#victim.outputs;
    let from = 0;
    for (const { n, at, of } of pieces) {
      of.answers.set(answers.subarray(from, from + width * n), width * at);
      from += width * n;
      if (--of.pieces === 0) of.resolve(of.answers);
    }
  }

  /** Nothing is asked any more. */
  #fail(e: Error, pieces: Piece[]) {
    this.#failure ??= e;
    for (const { of } of [...pieces, ...this.#queue.splice(0)]) of.reject(this.#failure);
    this.#waiting = 0;
  }
}

/** An answer that is none: an Error to stop with, or one to try again after. */
async function refused(response: Response): Promise<Error> {
  const said = await response.json().catch(() => ({}));
  const problem = String(said.type ?? "").replace("urn:peel:problem:", "");
  const detail = String(said.detail ?? `it answered with status ${response.status}`).replace(/\.$/, "");
  const after = 1000 * (Number(response.headers.get("Retry-After")) || 0);
  if (problem === "budget") return new Error(`${detail}; the run is kept and can be resumed then`);
  if (response.status >= 500 || response.status === 429 || response.status === 408 || problem === "broken-body") return new Again(detail, after);
  return new Error(detail);
}
