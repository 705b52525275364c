// A finished run: its result, the comparison with the victim, the reveal, the
// download and the replay.

import type { Conductor, Files, NetworkFormat, RunMeta, Scorer } from "../../../wasm/client";
import { byId, show } from "../dom";
import { count } from "../format";
import { testDigits } from "../data/digits";
import { download } from "../data/download";
import type { Victims } from "../data/victims";
import { shareRun } from "../link/make";
import { messageOf } from "../panels/errors";
import { ReplayBar } from "../panels/replaybar";
import { Result } from "../panels/result";
import { drawReveal } from "../panels/reveal";
import { remoteOf } from "../server/oracle";
import { verdict } from "../run/achieved";
import { fileMark } from "../run/method";
import { Replay } from "../run/replay";
import { title, type Shown, type Table } from "./table";

export class Outcome {
  #table: Table;
  #conductor: Conductor;
  #scorer: Scorer;
  #files: Files;
  #victims: Victims;
  #digits: { images: string; labels: string };
  #result: Result;
  #bar = new ReplayBar();
  #replay: Replay | undefined;

  constructor(table: Table, conductor: Conductor, scorer: Scorer, files: Files, victims: Victims, digits: { images: string; labels: string },
    actions: { attempt(work: () => Promise<void>): void; save(run: RunMeta): Promise<void>; again(): void }) {
    this.#table = table;
    this.#conductor = conductor;
    this.#scorer = scorer;
    this.#files = files;
    this.#victims = victims;
    this.#digits = digits;
    this.#result = new Result({
      reveal: () => actions.attempt(() => this.#reveal()),
      download: (format) => actions.attempt(() => this.#download(format)),
      save: () => actions.attempt(async () => {
        const end = this.#table.shown?.end;
        if (end) await actions.save(end.meta);
      }),
      replay: () => actions.attempt(() => this.#play()),
      share: () => actions.attempt(() => this.#share()),
      provide: (file) => actions.attempt(() => this.#provide(file)),
      again: actions.again,
    });
    byId("result").append(this.#result.el);
    byId("replay").append(this.#bar.el);
  }

  async show(shown: Shown, meta: RunMeta) {
    show(byId("live"), false);
    show(byId("result"), true);
    this.#result.draw(meta, shown.recorded);
    byId("verdict").focus({ preventScroll: true });
    this.#table.announcer.say(`${verdict(meta)}: ${count(meta.queries)} queries.`);
    try {
      shown.victim ??= remoteOf(shown.id) ?? await this.#victims.find(shown.name, meta.spec.victim.sha256);
      const recovered = await this.#recovered(shown);
      if (this.#table.shown !== shown) return;
      if (shown.victim?.remote) return this.#result.sealed();
      if (!shown.victim) {
        this.#result.needVictim();
        return;
      }
      if (shown.method?.idealised) return this.#result.noScore("One layer was attacked by itself, so there is no whole copy whose answers could be compared: Reveal compares its rows");
      const digits = shown.sizes[0] === 784 ? await testDigits(this.#digits) : undefined;
      const score = await this.#scorer.score(shown.victim.bytes, recovered, digits);
      if (this.#table.shown === shown) this.#result.score(score);
    } catch (e) {
      if (this.#table.shown === shown) this.#result.noScore(messageOf(e));
    }
  }

  /** Ends a replay. Reports whether there was one. */
  leaveReplay(): boolean {
    if (!this.#replay) return false;
    this.#replay.stop();
    this.#replay = undefined;
    this.#table.replaying = false;
    this.#table.live.close();
    show(byId("replay"), false);
    if (!this.#table.shown?.end) return false;
    this.#table.stage.draw(this.#table.view);
    show(byId("live"), false);
    show(byId("result"), true);
    byId("replay-button").focus();
    return true;
  }

  async #recovered(shown: Shown): Promise<ArrayBuffer> {
    return (shown.recovered ??= await this.#conductor.recovered(shown.id));
  }

  async #reveal() {
    const shown = this.#table.shown;
    if (!shown?.end || !shown.victim) return;
    const reveal = await this.#scorer.reveal(shown.victim.bytes, await this.#recovered(shown));
    if (this.#table.shown !== shown) return;
    drawReveal(byId("reveal"), reveal, shown.sizes.length - 2);
    show(byId("reveal"), true);
    byId("reveal").scrollIntoView({ block: "start" });
    byId("reveal-title").focus({ preventScroll: true });
  }

  async #download(format: NetworkFormat) {
    const shown = this.#table.shown;
    if (!shown?.end) return;
    const file = await this.#recovered(shown);
    download(format === "safetensors" ? file : await this.#files.write(file, format), `${shown.name}-recovered-seed${shown.seed}${fileMark(shown.method)}.${format}`);
  }

  async #share() {
    const shown = this.#table.shown;
    if (!shown?.end) return;
    await shareRun(this.#scorer, shown.end.meta, shown.victim, this.#victims);
  }

  async #provide(file: File) {
    const shown = this.#table.shown;
    if (!shown?.end) return;
    const victim = await this.#victims.file(file);
    const { meta } = shown.end;
    if (victim.info.sha256 !== meta.spec.victim.sha256) throw new Error("this file holds another network than the one that the run attacked");
    shown.victim = victim;
    await this.show(shown, meta);
  }

  async #play() {
    const shown = this.#table.shown;
    if (!shown?.end) return;
    if (shown.events.length === 0) shown.events = await this.#conductor.events(shown.id);
    if (this.#table.shown !== shown) return;
    const { stage, live } = this.#table;
    this.#table.replaying = true;
    for (const id of ["result", "reveal"]) show(byId(id), false);
    for (const id of ["live", "replay"]) show(byId(id), true);
    live.open("replay", title(shown), undefined, Boolean(shown.method?.idealised));
    let drawn = 0;
    this.#replay = new Replay(shown.events, shown.sizes, (view, time, playing, n) => {
      const fresh = shown.events.slice(n >= drawn ? drawn : 0, n);
      drawn = n;
      stage.draw(view);
      live.draw(view, fresh);
      this.#bar.draw(time, playing);
    }, shown.method);
    this.#bar.attach(this.#replay);
    this.#replay.play();
    byId("replay-play").focus({ preventScroll: true });
  }
}
