// The panel of a room: for its teacher the code, the link and what can be done
// with it; for a student what will be attacked, joining and the start.

import { h, setText, show } from "../dom";
import { count, parameters, shape, when } from "../format";
import { qrCode } from "../link/qr";
import { sentence } from "../panels/notices";
import { PACES, paceSelect } from "../setup/pace";
import { describeMethod } from "../run/method";
import { describe } from "../setup/precision";
import { serverUrl } from "../server/api";
import { parseCode, type Room } from "./rooms";

export interface CardActions {
  join(nickname: string): void;
  start(seed: number, pace: string): void;
  leave(): void;
  reset(): void;
  end(): void;
}

/** Who looks at the room. */
export type Role = "teacher" | "guest" | "member";

const MAX_SEED = Number.MAX_SAFE_INTEGER;

export class RoomCard {
  readonly el: HTMLElement;
  #chip = h("span", { class: "chip" });
  #until = h("span", { class: "what" });
  #title = h("h2", { id: "room-title", tabindex: -1 });
  #say = h("p", { class: "sub", id: "room-says", role: "status" });
  #trouble = h("p", { class: "engine", id: "room-trouble", role: "status", hidden: true });
  #invite = h("div", { class: "invite" });
  #invited = "";
  #facts = h("dl", { class: "facts" });
  #what: HTMLElement;
  #nickname: HTMLInputElement;
  #join: HTMLFormElement;
  #seed: HTMLInputElement;
  #seedBox: HTMLElement;
  #pace = paceSelect("room-pace");
  #start: HTMLFormElement;
  #button = h("button", { type: "submit", id: "room-start", class: "primary big" }, "Start");
  #tools: HTMLElement;
  #leave: HTMLButtonElement;
  #verb = "Start";
  #waiting = false;

  constructor(actions: CardActions) {
    this.#what = h("div", {}, h("h3", {}, "What is attacked"), this.#facts);
    this.#nickname = h("input", { type: "text", id: "nickname", maxlength: 24, required: true, autocomplete: "off", spellcheck: "false" });
    this.#join = h("form", { class: "row-form", id: "room-join" },
      h("label", { class: "field" }, h("span", { class: "label" }, "A nickname, which everybody in the room sees"), this.#nickname),
      h("button", { class: "primary" }, "Join"));
    this.#join.addEventListener("submit", (e) => {
      e.preventDefault();
      actions.join(this.#nickname.value.trim());
    });
    this.#seed = h("input", { type: "number", id: "room-seed", min: 0, max: MAX_SEED, step: 1, required: true, inputmode: "numeric", value: crypto.getRandomValues(new Uint32Array(1))[0]! % 100_000 });
    this.#seedBox = h("label", { class: "field" }, h("span", { class: "label" }, "Attack seed"), this.#seed);
    this.#start = h("form", { id: "room-go" },
      h("div", { class: "row" }, this.#seedBox, h("label", { class: "field" }, h("span", { class: "label" }, "Pace"), this.#pace)), this.#button);
    this.#start.addEventListener("submit", (e) => {
      e.preventDefault();
      if (!this.#button.hasAttribute("aria-disabled")) actions.start(Number(this.#seed.value), this.#pace.value);
    });
    this.#tools = h("span", { class: "buttons" },
      h("button", { type: "button", id: "room-reset", onclick: () => actions.reset() }, "Reset"),
      h("button", { type: "button", id: "room-end", onclick: () => actions.end() }, "End the room"));
    this.#leave = h("button", { type: "button", id: "room-leave", onclick: () => actions.leave() }, "Leave");
    this.el = h("div", { id: "room", class: "panel link-card room", hidden: true },
      h("p", { class: "status" }, this.#chip, this.#until), this.#title, this.#say, this.#trouble,
      this.#invite, this.#what, this.#join, this.#start,
      h("div", { class: "buttons" }, this.#tools, this.#leave));
  }

  /** Before anything is known of the room, and when there is nothing to know. */
  empty(code: string, says: string) {
    setText(this.#chip, parseCode(code) ? `Room ${code}` : "Room");
    setText(this.#until, "");
    setText(this.#title, "A class");
    setText(this.#say, says);
    for (const el of [this.#invite, this.#what, this.#join, this.#start, this.#tools, this.#trouble]) show(el, false);
    setText(this.#leave, "To the start page");
  }

  /** run: what of the reader's runs the page shows beside this. While one is going on there is nothing to start. */
  draw(room: Room, role: Role, me: string, link: string, run: "none" | "going" | "ended") {
    const going = run === "going";
    setText(this.#chip, `Room ${room.code}`);
    setText(this.#until, `open until ${when(room.expires * 1000)}`);
    setText(this.#title, room.title || "A class");
    setText(this.#say, says(role, me, going));
    show(this.#invite, role === "teacher");
    if (role === "teacher") this.#draw(room.code, link);
    this.#facts.replaceChildren(...facts(room).map(([name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text))));
    show(this.#what, run === "none");
    this.#verb = run === "ended" ? "Start again" : "Start";
    this.wait(this.#waiting);
    show(this.#join, role === "guest");
    show(this.#start, role === "member" && !going);
    show(this.#seedBox, room.seeds === "own");
    show(this.#tools, role === "teacher");
    setText(this.#leave, role === "teacher" ? "Close this view" : role === "guest" ? "Not now" : "Leave the room");
  }

  /** Draws the invitation once: a QR code that is drawn again flickers. */
  #draw(code: string, link: string) {
    if (this.#invited === link) return;
    this.#invited = link;
    this.#invite.replaceChildren(
      h("p", { class: "code", id: "room-code", "aria-label": `Code ${[...code].join(" ")}` }, code),
      h("p", { class: "address", id: "room-link" }, link));
    qrCode(link).then((qr) => qr && this.#invited === link && this.#invite.append(qr), () => {}); // the address does without it
  }

  /** What is wrong at the moment; empty when nothing is. */
  trouble(message: string) {
    setText(this.#trouble, message && sentence(message));
    show(this.#trouble, message !== "");
  }

  /** While the network is made ready there is nothing to press. */
  wait(on: boolean) {
    this.#waiting = on;
    setText(this.#button, on ? "Sealing the victim …" : this.#verb);
    if (on) this.#button.setAttribute("aria-disabled", "true");
    else this.#button.removeAttribute("aria-disabled");
  }

  /** Begins with the pace that a new room has. */
  reset() {
    this.#pace.value = PACES[0]!.name;
    this.trouble("");
    this.wait(false);
  }

  focus() {
    const first = [this.#nickname, this.#button, this.#title].find((el) => el.checkVisibility?.() ?? true);
    first?.focus({ preventScroll: true });
  }
}

function says(role: Role, me: string, going: boolean): string {
  if (role === "teacher") return "Students open the link, or the page itself and type the code under For a class.";
  if (role === "guest") return "No account: choose a nickname. Your progress and your result are shown to everybody in the room.";
  return going ? `You are ${me}. The room sees how this run goes.` : `You are ${me}. The attack runs in this tab.`;
}

/** What will be attacked, and how. */
function facts({ spec, seeds, remote }: Room): [string, string][] {
  const { victim, sizes, oracle, seed, method } = spec;
  const answers = [
    remote ? "over HTTP, from this server, which alone has the weights" : "sealed in your own tab",
    describe(oracle),
    oracle.budget ? `at most ${count(oracle.budget)} queries` : "",
    oracle.plain ? "every query as a full point" : "",
  ];
  return [
    ["Network", victim.name],
    ["Shape", `${shape(sizes)}, ${count(parameters(sizes))} parameters`],
    ["Black box", answers.filter(Boolean).join("; ")],
    ...(remote ? [["Address", serverUrl(`api/oracle/${victim.sha256}`)] as [string, string]] : []),
    ...(describeMethod(method) ? [["Method", describeMethod(method)] as [string, string]] : []),
    ["Seed", seeds === "same" ? `${seed}, the same for all` : "everybody chooses one"],
  ];
}
