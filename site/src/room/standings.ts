// How far everybody in a room is: the best first.

import { h, setText, show } from "../dom";
import { count, plural, seconds } from "../format";
import { WORDS } from "../run/phases";
import type { Member, Progress, Room } from "./rooms";

const RANK: Record<Progress["state"], number> = { complete: 0, incomplete: 1, running: 2, stopped: 3 };
const CHIP: Record<Progress["state"], [kind: string, text: string]> = {
  complete: ["done", "complete"],
  incomplete: ["partial", "in part"],
  running: ["running", "running"],
  stopped: ["", "stopped"],
};

export class Standings {
  readonly el: HTMLElement;
  #sum = h("p", { class: "sub" });
  #best = h("div", { class: "figure-row best" });
  #list = h("ol", { class: "members" });
  #remove: (member: Member) => void;

  constructor(remove: (member: Member) => void) {
    this.#remove = remove;
    this.el = h("section", { id: "standings", class: "standings panel", "aria-labelledby": "standings-title", hidden: true },
      h("h2", { id: "standings-title" }, "The class"), this.#sum, this.#best, this.#list,
      h("p", { class: "hint" }, "Everybody’s own page reports these figures. A digest proves a run: the same seed gives the same one anywhere."));
  }

  /** me: whose line is marked. teacher: with buttons that remove members. */
  draw(room: Room, me: string | undefined, teacher: boolean) {
    const { members } = room;
    const done = members.filter((m) => m.progress?.state === "complete").length;
    setText(this.#sum, members.length === 0 ? "Nobody has joined yet." : `${plural(members.length, "student")} joined, ${count(done)} complete.`);
    const best = (id: string, what: string, figure: (p: Progress) => string) => {
      const m = members.find((m) => m.id === id);
      return m?.progress ? [h("p", { class: "figure" }, h("b", {}, h("bdi", {}, m.nickname)), h("small", {}, `${what}: ${figure(m.progress)}`))] : [];
    };
    this.#best.replaceChildren(
      ...best(room.fastest, "fastest", (p) => seconds(p.seconds)),
      ...best(room.frugal, "most frugal", (p) => `${count(p.queries)} queries`));
    show(this.#best, this.#best.childElementCount > 0);
    this.#list.replaceChildren(...sorted(members).map((m) => this.#row(m, m.id === me, teacher)));
  }

  #row(m: Member, mine: boolean, teacher: boolean): HTMLElement {
    const p = m.progress;
    const [kind, text] = p ? CHIP[p.state] : ["", "has not started"];
    return h("li", { class: mine ? "mine" : "", "data-member": m.id },
      h("span", { class: "name" }, h("b", {}, h("bdi", {}, m.nickname)), h("small", {}, mine ? "you" : "")),
      h("span", { class: `chip ${kind}` }, text),
      p ? h("progress", { max: Math.max(1, p.neurons), value: p.found, "aria-label": `Neurons of ${m.nickname}` }) : h("span"),
      h("span", { class: "num" }, p ? `${count(p.found)} of ${count(p.neurons)} neurons` : "", h("small", {}, p ? where(p) : "")),
      h("span", { class: "num" }, p ? `${count(p.queries)} queries` : "", h("small", {}, p ? seconds(p.seconds) : "")),
      teacher && h("button", { type: "button", class: "quiet", "aria-label": `Remove ${m.nickname}`, title: "Remove", onclick: () => this.#remove(m) }, "×"));
  }
}

/** Where a run is, or what proves it. */
function where(p: Progress): string {
  if (p.digest) return `digest ${p.digest.slice(0, 8)}…`;
  const phase = p.phase ? WORDS[p.phase].short : "";
  return p.layer && phase ? `${phase}, layer ${p.layer}` : phase || `seed ${p.seed}`;
}

/** Ended runs by time, then the others by how far they are, then in the order of joining. */
function sorted(members: Member[]): Member[] {
  const key = (m: Member): number[] => {
    const p = m.progress;
    if (!p) return [4, 0];
    return [RANK[p.state], p.state === "complete" ? p.seconds : -p.found / Math.max(1, p.neurons)];
  };
  return members.map((m, i) => ({ m, k: [...key(m), i] }))
    .sort((a, b) => a.k.map((v, i) => v - b.k[i]!).find((d) => d !== 0) ?? 0)
    .map(({ m }) => m);
}
