// The dialog behind "For a class": a room is opened, or joined by its code.

import { h, setText, show } from "../dom";
import { shape } from "../format";
import type { Victim } from "../data/victims";
import { sentence } from "../panels/notices";
import { messageOf } from "../panels/errors";
import { parseCode } from "./rooms";

export interface Wished {
  title: string;
  seeds: "own" | "same";
  /** Students ask this server, which alone has the weights. */
  remote: boolean;
}

export interface DialogActions {
  /** Opens the room; the dialog closes when it is open. */
  open(wish: Wished): Promise<void>;
  join(code: string): void;
}

/** What opening a room makes public. */
function published(victim: Victim, remote: boolean): string {
  const who = "everybody who has its code: the name and the shape of the network, the options, and the nicknames and figures of those who join";
  if (remote) return `The room shows ${who}. The weights are stored on this server, sealed: anybody may ask the network, nobody may read it.`;
  return victim.shipped ? `The room shows ${who}.` : `The room shows ${who}. Its weights become public too: this server stores them, and anybody may read them.`;
}

export function classDialog(victim: Victim | undefined, longestTitle: number, actions: DialogActions) {
  const trouble = h("p", { class: "engine", role: "alert", hidden: true });
  const fail = (message: string) => {
    setText(trouble, sentence(message));
    show(trouble, true);
  };
  const code = h("input", { type: "text", id: "class-code", maxlength: 12, autocomplete: "off", spellcheck: "false", autofocus: true });
  const join = h("form", { class: "row-form", id: "class-join" },
    h("label", { class: "field" }, h("span", { class: "label" }, "Code of the room"), code),
    h("button", { type: "submit" }, "Join"));
  join.addEventListener("submit", (e) => {
    e.preventDefault();
    const found = parseCode(code.value);
    if (!found) return fail(`“${code.value.trim()}” is not a code: it has six letters and digits, like K7QX2M`);
    dialog.close();
    actions.join(found);
  });
  const parts: (Node | string)[] = [];
  if (victim) {
    const title = h("input", { type: "text", id: "class-title", maxlength: longestTitle, autocomplete: "off", placeholder: "Year 12" });
    const seeds = h("select", { id: "class-seeds" }, h("option", { value: "own" }, "Everybody chooses a seed"), h("option", { value: "same" }, "The same seed for all"));
    const remote = Boolean(victim.remote); // then there are no weights here to give away
    const sealed = h("input", { type: "checkbox", id: "class-sealed", checked: remote, disabled: remote });
    const says = h("p", { class: "hint", id: "class-public" }, published(victim, remote));
    sealed.addEventListener("change", () => setText(says, published(victim, sealed.checked)));
    const button = h("button", { type: "submit", id: "class-open", class: "primary" }, "Open the room");
    const open = h("form", { class: "open-form" },
      h("h3", {}, "Open a room"),
      h("p", { class: "hint" }, `Everybody attacks ${victim.info.name}, ${shape(victim.info.sizes)}, with the options of the form.`),
      h("label", { class: "field" }, h("span", { class: "label" }, "Its name, if you like"), title),
      h("label", { class: "field" }, h("span", { class: "label" }, "Seeds"), seeds),
      h("label", { class: "check" }, sealed, h("span", {}, "Nobody has the weights: students ask this server, over HTTP")),
      says, button);
    open.addEventListener("submit", (e) => {
      e.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      show(trouble, false);
      actions.open({ title: title.value.trim(), seeds: seeds.value as Wished["seeds"], remote: sealed.checked }).then(
        () => dialog.close(),
        (e) => {
          button.disabled = false;
          fail(messageOf(e));
        });
    });
    parts.push(open);
  }
  const dialog = h("dialog", { class: "panel share class", "aria-labelledby": "class-name" },
    h("h2", { id: "class-name" }, "For a class"),
    h("h3", {}, "Join a room"), join, ...parts, trouble,
    h("form", { method: "dialog", class: "buttons" }, h("button", {}, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
