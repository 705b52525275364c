// A room on the page: found by its code in the address, asked every few seconds,
// and told how the run of this tab goes. Runs stay what they are without a room:
// local, kept, and nobody's but the reader's.

import type { Conductor, RunMeta, Spec } from "../../../wasm/client";
import type { Runner } from "../app/runner";
import type { Table } from "../app/table";
import type { Victim, Victims } from "../data/victims";
import { recall } from "../data/local";
import { byId, h, show } from "../dom";
import { embedded } from "../link/address";
import { clearError, showError } from "../panels/errors";
import { blank } from "../run/view";
import { defaultWorkers, type Wish } from "../setup/form";
import { Refused, server, serverUrl, Unreachable } from "../server/api";
import { fetchModel, modelToken, storeModel } from "../server/models";
import { remoteVictim } from "../server/oracle";
import { RoomCard, type Role } from "./card";
import { classDialog, type Wished } from "./dialog";
import { forgetRun, isRunOf, isRunOfRoom, keepRecord, keepRun, newSecret, recordOf } from "./records";
import { Reporter, stateOf } from "./reporter";
import { codeInAddress, endRoom, joinRoom, openRoom, parseCode, readRoom, removeMember, resetRoom, type Room } from "./rooms";
import { Standings } from "./standings";

/** How long between two looks at the room, in milliseconds: for its teacher, for others, for a tab that nobody sees. */
const LOOK = { teacher: 2000, student: 4000, unseen: 15_000 };

const OVER = "This room is over: a room lasts a day, and its teacher can end it before. Your own runs stay in the list of past runs.";
const GONE = "The server does not answer. The page goes on trying; a run of this tab goes on without it.";

/** The part of a wish that a room needs. */
export type Chosen = Pick<Wish, "victim" | "seed" | "budget" | "plain" | "precision" | "method">;

interface Page {
  attempt(work: () => Promise<void>): void;
  /** Shows the form. */
  form(on: boolean): void;
  clear(): void;
}

export class Classroom {
  #victims: Victims;
  #table: Table;
  #runner: Runner;
  #page: Page;
  #card: RoomCard;
  #standings: Standings;
  /** The code of the room that is shown, "" for none. */
  #code = "";
  #room: Room | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reporter: Reporter | undefined;
  /** Finished runs that this browser keeps, for a result that the room has not got yet. */
  #kept: RunMeta[] = [];

  constructor(conductor: Conductor, victims: Victims, table: Table, runner: Runner, page: Page) {
    [this.#victims, this.#table, this.#runner, this.#page] = [victims, table, runner, page];
    const attempt = (work: () => Promise<void>) => page.attempt(work);
    this.#card = new RoomCard({
      join: (nickname) => attempt(() => this.#join(nickname)),
      start: (seed, pace) => attempt(() => this.#start(seed, pace)),
      leave: () => attempt(() => this.#leave()),
      reset: () => attempt(() => this.#reset()),
      end: () => attempt(() => this.#end()),
    });
    this.#standings = new Standings((m) => attempt(async () => {
      await removeMember(this.#code, m.id, recordOf(this.#code).teacher ?? "");
      await this.#look();
    }));
    byId("link").before(this.#card.el);
    byId("reveal").before(this.#standings.el);
    conductor.onMeta((meta) => this.#tell(meta));
    conductor.onEnd((_, end) => this.#tell(end.meta));
    addEventListener("hashchange", () => {
      if (codeInAddress() === undefined) return this.#close();
      if (runner.busy) return showError("a run is going on in this tab: open the room in another tab, or cancel the run first", "The room was not opened");
      page.clear();
      this.open();
    });
    document.addEventListener("visibilitychange", () => this.#room && !document.hidden && this.#again(0));
  }

  /** Opens the room in the address. Reports whether there is one. */
  open(): boolean {
    const code = codeInAddress();
    if (code === undefined || embedded()) return false; // a framed page shows and sends nothing of a room
    this.#close();
    this.#code = parseCode(code) ?? code.slice(0, 40);
    this.#page.form(false);
    for (const id of ["live", "result", "link"]) show(byId(id), false);
    this.#card.reset();
    this.#card.empty(this.#code, "Asking the server …");
    show(this.#card.el, true);
    if (parseCode(code)) void this.#look();
    else this.#card.empty(this.#code, `“${this.#code}” is not a code of a room: it has six letters and digits, like K7QX2M. Ask for it again.`);
    return true;
  }

  /** Whether an interrupted run should go on by itself: in a room, only one that was started there. */
  wants(run: RunMeta): boolean {
    return !this.#code || isRunOfRoom(run.id, this.#code);
  }

  /** Takes note of the runs that are kept: one of them may have ended unseen. */
  keeps(runs: RunMeta[]) {
    this.#kept = runs.filter((r) => r.status === "done");
  }

  /** After a run: back to the room, if one is shown. */
  stay(): boolean {
    if (!this.#code) return false;
    this.#draw();
    this.#card.focus();
    return true;
  }

  /** Shows the dialog that opens or joins a room. */
  async dialog(chosen: () => Promise<Chosen>) {
    clearError();
    const about = await server();
    if (!about) throw new Unreachable();
    // Whoever only wants to join need not have chosen a network.
    const attack = await chosen().catch(() => undefined);
    classDialog(attack?.victim, about.limits.title, {
      open: (wish) => this.#create(wish, attack!, about.engine),
      join: (code) => this.#go(code),
    });
  }

  async #create({ title, seeds, remote }: Wished, { victim, seed, budget, plain, precision, method }: Chosen, engine: string) {
    if (method?.idealised && remote) throw new Error("an idealised run is given the network’s own layers, which nobody has in such a room: choose a room in which everybody has the network");
    const { name, sha256, sizes } = victim.info;
    const spec: Spec = { v: 1, engine, victim: { name, sha256 }, sizes, oracle: { plain: plain || remote || undefined, budget: budget || undefined, ...precision }, seed, method };
    if (!victim.remote && (remote || !victim.shipped)) await storeModel(sha256, victim.bytes, { sealed: remote, budget: remote ? budget : 0 });
    const { code, token } = await openRoom({ title, spec, seeds, remote, modelToken: remote ? modelToken(sha256) : undefined });
    keepRecord(code, { ...recordOf(code), teacher: token });
    this.#go(code);
  }

  #go(code: string) {
    location.hash = `room=${code}`; // hashchange opens it
  }

  /** Asks the server how the room is, now and again. */
  async #look() {
    const code = this.#code;
    clearTimeout(this.#timer);
    try {
      const room = await readRoom(code);
      if (this.#code !== code) return;
      const round = this.#room?.round ?? room.round;
      this.#room = room;
      if (round !== room.round) {
        this.#drop();
        this.#card.trouble("The teacher has reset the room: what was done before does not count any more");
      } else if (this.#lost) {
        this.#lost = false;
        this.#card.trouble("");
      }
      this.#arrive(room);
      this.#draw();
    } catch (e) {
      if (this.#code !== code) return;
      if (e instanceof Refused && e.problem === "no-such-room") return this.#over();
      this.#lost = true;
      const message = e instanceof Refused ? e.message : GONE;
      if (this.#room) this.#card.trouble(message);
      else this.#card.empty(code, (await server()) ? message : "This address has no server for rooms, or it does not answer: check the link.");
    }
    if (this.#code === code) this.#again(document.hidden ? LOOK.unseen : this.#role() === "teacher" ? LOOK.teacher : LOOK.student);
  }

  #lost = false;

  #again(pause: number) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), pause);
  }

  /** There is no such room, or no longer. */
  #over() {
    const record = recordOf(this.#code);
    const known = this.#room || record.teacher || record.me;
    this.#room = undefined;
    this.#drop();
    this.#standings.el.hidden = true;
    this.#lay();
    this.#card.empty(this.#code, known ? OVER : `There is no room ${this.#code}: check the code. A room also ends after a day.`);
  }

  /** Who looks. */
  #role(): Role {
    const { teacher, me } = recordOf(this.#code);
    if (teacher) return "teacher";
    return me && this.#room?.members.some((m) => m.id === me.id) ? "member" : "guest";
  }

  /** As a member: makes sure that there is somebody who reports, and that the last result is known. */
  #arrive(room: Room) {
    const { me } = recordOf(room.code);
    const mine = room.members.find((m) => m.id === me?.id);
    if (!me || !mine) return this.#drop();
    if (!this.#reporter) {
      this.#reporter = new Reporter(room.code, me, room.round, mine.progress?.seq ?? 0);
      const ended = mine.progress && mine.progress.state !== "running" && mine.progress.state !== "stopped";
      const unseen = this.#kept.find((r) => isRunOf(r.id, room.code, room.round));
      if (unseen && !ended) this.#reporter.update(stateOf(unseen));
    }
    if (!this.#runner.busy) this.#reporter.stopped();
  }

  #drop() {
    this.#reporter?.close();
    this.#reporter = undefined;
  }

  /** Tells the room of a run that was started in it. */
  #tell(meta: RunMeta) {
    const room = this.#room;
    if (!room || !isRunOf(meta.id, room.code, room.round)) return;
    this.#reporter?.update(stateOf(meta));
    if (meta.status === "done") {
      this.#kept.push(meta);
      this.#again(1000);
    }
  }

  #draw() {
    const room = this.#room;
    if (!room) return;
    const role = this.#role();
    const { me } = recordOf(room.code);
    const shown = this.#table.shown;
    const run = !shown ? "none" : shown.end ? "ended" : "going";
    this.#card.draw(room, role, me?.nickname ?? "", serverUrl(`r/${room.code}`), run);
    this.#standings.draw(room, me?.id, role === "teacher");
    show(this.#standings.el, role !== "guest");
    this.#lay();
    if (shown) return;
    this.#page.form(false);
    this.#table.see(blank(room.spec.sizes));
  }

  /** A teacher's page shows the class where others see the network. */
  #lay() {
    document.querySelector("main")!.classList.toggle("hosting", Boolean(this.#room) && this.#role() === "teacher" && !this.#table.shown);
  }

  async #join(nickname: string) {
    const code = this.#code;
    const record = recordOf(code);
    const secret = (record.secret ??= newSecret());
    keepRecord(code, record);
    try {
      keepRecord(code, { ...record, me: await joinRoom(code, nickname, secret) });
      this.#card.trouble("");
    } catch (e) {
      if (!(e instanceof Refused)) throw e;
      return this.#card.trouble(e.message);
    }
    await this.#look();
    this.#card.focus();
  }

  /** Starts the room's run: an ordinary run, that the room is told of. */
  async #start(chosen: number, pace: string) {
    const room = this.#room;
    if (!room || this.#runner.busy) return;
    const { seeds, round, code, spec } = room;
    const { plain = false, budget = 0, ...precision } = spec.oracle;
    this.#card.wait(true);
    try {
      const victim = room.remote ? await remoteVictim(spec.victim.sha256, recordOf(code).me?.token, spec.victim.name) : await this.#victim(room);
      if (this.#code !== code) return; // the reader went on meanwhile
      const seed = seeds === "same" ? spec.seed : chosen;
      const shown = await this.#runner.extract({ victim, seed, workers: Number(recall("peel-workers")) || defaultWorkers(), pace, budget, plain, precision, method: spec.method });
      if (shown.id) keepRun(shown.id, code, round);
      this.#card.trouble("");
      this.#draw();
    } finally {
      this.#card.wait(false);
    }
  }

  /** The room's network: one that every page has, or one that the server gives to everybody. */
  async #victim({ spec }: Room): Promise<Victim> {
    const { name, sha256 } = spec.victim;
    const victim = (await this.#victims.find(name, sha256)) ?? (await this.#victims.lent(await fetchModel(sha256), name));
    if (victim.info.sha256 !== sha256 || victim.info.sizes.join() !== spec.sizes.join()) throw new Error("the server has another network than the room names: tell the teacher");
    return victim;
  }

  /** A student leaves the room for good; a teacher closes the view and can open it again. */
  async #leave() {
    const code = this.#code;
    const { me, teacher, secret } = recordOf(code);
    if (me && this.#room) {
      await removeMember(code, me.id, me.token).catch((e) => {
        if (!(e instanceof Refused)) throw e; // else the server has forgotten already
      });
      keepRecord(code, { teacher, secret });
    }
    history.replaceState(null, "", location.pathname + location.search);
    this.#close();
    if (!this.#table.shown) this.#page.form(true);
  }

  async #reset() {
    if (!(await sure("Reset the room?", "Everybody stays; what they have done is forgotten and does not count any more.", "Reset"))) return;
    await resetRoom(this.#code, recordOf(this.#code).teacher ?? "");
    await this.#look();
    this.#card.trouble("");
  }

  async #end() {
    if (!(await sure("End the room?", "Its code, its nicknames and its results go for good. Everybody keeps their own runs.", "End"))) return;
    await endRoom(this.#code, recordOf(this.#code).teacher ?? "");
    await this.#look();
  }

  /** Forgets where a run came from. */
  forget(run: string) {
    forgetRun(run);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#drop();
    this.#code = "";
    this.#room = undefined;
    this.#lost = false;
    show(this.#card.el, false);
    show(this.#standings.el, false);
    this.#lay();
  }
}

/** Asks before something is done that cannot be undone. */
function sure(title: string, text: string, verb: string): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "panel", "aria-labelledby": "sure-title" },
      h("h2", { id: "sure-title" }, title), h("p", {}, text),
      h("form", { method: "dialog", class: "buttons" },
        h("button", { value: "no", autofocus: true }, "Keep"),
        h("button", { value: "yes", class: "danger" }, verb)));
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

