// Asks how a run is to be saved.

import type { RunMeta } from "../../../wasm/protocol";
import { h } from "../dom";

/** What to put into the file, or nothing when the reader thinks better of it. */
export type SaveChoice = { victim: boolean } | undefined;

/** Asks whether the victim goes into the file; it is offered only where the file is at hand. */
export function askSave(run: RunMeta, victimAtHand: boolean): Promise<SaveChoice> {
  return new Promise((resolve) => {
    const victim = h("input", { type: "checkbox", id: "save-victim" });
    const done = run.status === "done";
    const dialog = h("dialog", { class: "panel", "aria-labelledby": "save-title" },
      h("h2", { id: "save-title" }, "Save this run"),
      h("p", {}, `One file holds what was attacked and how, every result${done ? ", the recovered network" : ""} and the figures. Drop it on this page, here or elsewhere, to ${done ? "open it again" : "go on with it"}.`),
      victimAtHand && h("label", { class: "check" }, victim, h("span", {}, `Put the victim’s weights in too${done ? ", to compare with" : ", without which nobody else can go on"}`)),
      h("form", { method: "dialog", class: "buttons" },
        h("button", { value: "yes", class: "primary", autofocus: true }, "Save"),
        h("button", { value: "no" }, "Cancel")));
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes" ? { victim: victim.checked } : undefined);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
