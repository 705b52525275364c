// The list of past runs.

import type { RunMeta, StorageInfo } from "../../../wasm/protocol";
import { h, show } from "../dom";
import { count, seconds, shape, when } from "../format";
import { achieved } from "../run/achieved";
import { describeMethod } from "../run/method";
import { idealisedChip } from "./idealised";
import { describe } from "../setup/precision";

export interface PastActions {
  open(run: RunMeta): void;
  save(run: RunMeta): void;
  remove(run: RunMeta): void;
}

/** What can be done with a run, by where it stands. */
function verb(run: RunMeta): string {
  if (run.elsewhere) return "Watch";
  return run.status === "done" ? "Open" : "Resume";
}

function status(run: RunMeta): [string, string] {
  if (run.elsewhere) return ["elsewhere", "in another tab"];
  if (run.status === "done") return achieved(run) ? ["done", run.complete ? "complete" : "layer found"] : ["partial", "in part"];
  if (run.status === "failed") return ["failed", "failed"];
  return run.status === "running" ? ["running", "running"] : ["paused", "unfinished"];
}

export function drawPast(host: HTMLElement, runs: RunMeta[], storage: StorageInfo, current: string | undefined, actions: PastActions) {
  show(host, runs.length > 0);
  const rows = runs.map((run) => {
    const [kind, text] = status(run);
    const here = run.id === current;
    const busy = run.elsewhere || (here && run.status !== "done"); // its numbers change and are shown above
    const name = `${run.spec.victim.name}, seed ${run.spec.seed}`;
    return h("li", { class: here ? "here" : "", "data-run": run.id },
      h("span", { class: `chip ${kind}` }, text),
      h("span", { class: "name" }, h("b", {}, run.spec.victim.name, run.spec.method?.idealised ? idealisedChip(false) : null), h("small", {}, about(run))),
      h("span", { class: "num" }, busy ? "" : `${count(run.queries)} queries`, h("small", {}, `${busy || !run.seconds ? "" : `${seconds(run.seconds)} · `}${when(run.created)}`)),
      h("span", { class: "buttons" },
        here ? h("small", { class: "shown" }, "shown above") : h("button", { type: "button", "aria-label": `${verb(run)} ${name}`, onclick: () => actions.open(run) }, verb(run)),
        h("button", { type: "button", class: "quiet", "aria-label": `Save ${name}`, disabled: busy, onclick: () => actions.save(run) }, "Save"),
        h("button", { type: "button", class: "quiet", "aria-label": `Delete ${name}`, disabled: busy, onclick: () => actions.remove(run) }, "Delete")));
  });
  host.replaceChildren(
    h("h2", { id: "past-title" }, "Past runs"),
    h("ul", { class: "runs" }, ...rows),
    h("p", { class: "hint" }, keeping(storage)));
}

/** Shape, seed and what the oracle allowed. */
function about({ spec, imported }: RunMeta): string {
  const method = describeMethod(spec.method);
  const exact = describe(spec.oracle);
  return [...(imported ? ["imported"] : []), shape(spec.sizes), `seed ${spec.seed}`, ...(spec.oracle.budget ? [`budget ${count(spec.oracle.budget)}`] : []), ...(exact ? [exact] : []), ...(method ? [method] : [])].join(" · ");
}

function keeping(storage: StorageInfo): string {
  if (storage.kind === "memory") return "These runs are kept in memory only and go when this tab closes.";
  return storage.persisted
    ? "Kept in this browser. Save a run that you want to be sure of."
    : "Kept in this browser, which may drop them when space is short. Save what you want to keep.";
}

/** Asks before deleting. Resolves to true when the reader agrees. */
export function confirmDelete(run: RunMeta): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "panel", "aria-labelledby": "delete-title" },
      h("h2", { id: "delete-title" }, "Delete this run?"),
      h("p", {}, `${run.spec.victim.name}, seed ${run.spec.seed}: its journal and its recovered network go for good.`),
      h("form", { method: "dialog", class: "buttons" },
        h("button", { value: "no", autofocus: true }, "Keep"),
        h("button", { value: "yes", class: "danger" }, "Delete")));
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
