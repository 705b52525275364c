// Publishing a finished run: what its link holds, stored on the server under a
// short address that everybody can open. Nothing is sent before the click that
// says so.

import type { RunMeta } from "../../../wasm/protocol";
import { recall, remember } from "../data/local";
import { h, setText, show } from "../dom";
import { messageOf } from "../panels/errors";
import { sentence } from "../panels/notices";
import { call, Refused, serverUrl } from "../server/api";
import { deleteModel, storeModel } from "../server/models";
import { onServer } from "../server/only";
import { copier } from "./copy";

/** What is published. */
export interface Publication {
  /** The run's link, what follows its #. */
  link: string;
  meta: RunMeta;
  /** The victim's file, where the link only names the network. */
  weights?: ArrayBuffer;
}

/** What this browser knows of something it published: enough to take it back. */
interface Kept {
  id: string;
  /** Absent where somebody else had published the same before. */
  token?: string;
  /** Of the network that was published with it. */
  model?: string;
}

const key = (digest: string) => `peel-published-${digest}`;

function keptOf(digest: string): Kept | undefined {
  try {
    return JSON.parse(recall(key(digest)) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** The part of the dialog that publishes and takes back. It is hidden where there is no server. */
export function publishBox(what: Publication): HTMLElement {
  const digest = what.meta.digest ?? "";
  const says = h("p", { class: "hint", id: "publish-says", role: "status" });
  const field = h("input", { type: "text", id: "publish-address", readonly: true, "aria-label": "The short address", onfocus: () => field.select() });
  const copy = copier("Copy", () => field.value, field);
  const shown = h("div", { class: "joined" }, field, copy);
  const publish = h("button", { type: "button", id: "publish" }, "Publish");
  const withdraw = h("button", { type: "button", id: "unpublish" }, "Delete from the server");
  const draw = (kept: Kept | undefined, note = "") => {
    setText(says, note || (kept ? keptWords(kept) : promise(what)));
    field.value = kept ? serverUrl(`x/${kept.id}`) : "";
    show(shown, kept !== undefined);
    show(publish, kept === undefined);
    show(withdraw, Boolean(kept?.token));
  };
  /** Does one thing at a time, and says why it could not be done. */
  const attempt = (button: HTMLButtonElement, work: () => Promise<void>) => async () => {
    if (button.disabled) return;
    button.disabled = true;
    await work().catch((e) => setText(says, sentence(messageOf(e))));
    button.disabled = false;
  };
  publish.addEventListener("click", attempt(publish, async () => {
    const kept = await send(what);
    remember(key(digest), JSON.stringify(kept));
    draw(kept);
  }));
  withdraw.addEventListener("click", attempt(withdraw, async () => {
    const kept = keptOf(digest);
    if (kept) await takeBack(kept);
    remember(key(digest), null);
    draw(undefined, "Deleted from the server. Links that hold the run itself still work.");
  }));
  draw(keptOf(digest));
  return onServer(h("section", { class: "publish" }, h("h3", {}, "A short address"), says, shown, h("div", { class: "buttons" }, publish, withdraw)));
}

const promise = ({ weights }: Publication) =>
  `Publish makes this run public: this server stores what was attacked${weights ? ", the victim’s weights" : ""} and what came out, for everybody, until you delete it.`;

const keptWords = ({ token, model }: Kept) => token
  ? `This run is public${model ? ", with the victim’s weights" : ""}. Only this browser can delete it.`
  : "This run is public. Somebody else published the same before, so it cannot be deleted from here.";

async function send({ link, meta, weights }: Publication): Promise<Kept> {
  const { digest, queries, complete, maxError } = meta;
  const { sha256 } = meta.spec.victim;
  if (weights) await storeModel(sha256, weights);
  const result = { digest, queries, complete: Boolean(complete), maxError: Number.isFinite(maxError) ? maxError : undefined };
  const { id, token } = await call<{ id: string; token?: string }>("api/experiments", { method: "POST", json: { spec: meta.spec, result, link } });
  const before = keptOf(digest ?? "");
  return { id, token: token ?? (before?.id === id ? before.token : undefined), model: weights ? sha256 : undefined };
}

async function takeBack({ id, token, model }: Kept) {
  const absent = (e: unknown) => {
    if (!(e instanceof Refused) || e.status !== 404) throw e; // what is not there need not be deleted
  };
  await call(`api/experiments/${id}`, { method: "DELETE", token }).catch(absent);
  if (model) await deleteModel(model).catch(absent);
}
