// The dialog with a link to copy, its QR code, and the small form for a slide.

import type { Method } from "../../../wasm/protocol";
import { h } from "../dom";
import { idealisedChip } from "../panels/idealised";
import { sentence } from "../panels/notices";
import { settingOf } from "../run/method";
import { addressOf } from "./address";
import { copier } from "./copy";
import { qrCode } from "./qr";

/** Size of the small form, in pixels. */
const EMBED = { width: 960, height: 600 };

/** Shows the link. claims: it holds a result. publish is the part that can put it on a server. */
export async function showLink(text: string, claims: boolean, publish?: HTMLElement, method?: Method) {
  const address = addressOf(text);
  const field = h("input", { type: "text", id: "link-text", readonly: true, value: address, "aria-label": "The link", onfocus: () => field.select() });
  const code = await qrCode(address).catch(() => undefined);
  const dialog = h("dialog", { class: "panel share", "aria-labelledby": "share-title" },
    h("h2", { id: "share-title" }, claims ? "Link to this run" : "Link to this experiment"),
    h("p", {}, claims
      ? "Whoever opens it sees what was attacked and what came out, can run it again, and is told whether it comes out the same, bit for bit."
      : "Whoever opens it sees what would be attacked and can run it. It holds no result yet."),
    ...(method?.idealised ? [h("p", { class: "status" }, idealisedChip(false), h("span", { class: "what" }, sentence(settingOf(method))))] : []),
    field,
    h("div", { class: "buttons" },
      copier("Copy link", () => address, field, true),
      copier("Copy embed code", () => frame(text), field)),
    ...(code ? [code] : [h("p", { class: "hint" }, "This link is too long for a QR code that a camera would read.")]),
    h("p", { class: "hint" }, "All of it is in the link itself: nothing is uploaded."),
    ...(publish ? [publish] : []),
    h("form", { method: "dialog", class: "buttons" }, h("button", { id: "link-close" }, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** The markup that puts the small form into a slide or an article. */
function frame(text: string): string {
  return `<iframe src="${addressOf(text, { embed: true })}" width="${EMBED.width}" height="${EMBED.height}" title="Peel" loading="lazy"></iframe>`;
}
