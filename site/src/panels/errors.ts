// The panel for a thing that could not be done: one plain sentence.

import { byId, h, show } from "../dom";
import { sentence } from "./notices";

/** Shows the panel. more is something to do about it. */
export function showError(message: string, title = "That did not work", more?: HTMLElement) {
  const panel = byId("error");
  panel.replaceChildren(
    h("h2", {}, title),
    h("p", {}, sentence(message)),
    ...(more ? [more] : []),
    h("button", { type: "button", class: "quiet", "aria-label": "Close this message", onclick: clearError }, "Close"));
  show(panel, true);
  panel.scrollIntoView({ block: "nearest" });
}

export function clearError() {
  const panel = byId("error");
  show(panel, false);
  panel.replaceChildren();
}

export const messageOf = (e: unknown) => (e instanceof Error ? e.message : String(e));
