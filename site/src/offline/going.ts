// What goes on in this browser, as far as the locks of its tabs tell. Without
// locks (they need a secure address) nothing is known, and the answer is no.

import { runLock } from "../../../wasm/protocol";
import { PAGE_LOCK } from "./names";

async function held(): Promise<string[]> {
  return ((await navigator.locks?.query())?.held ?? []).map((l) => l.name ?? "");
}

/** Whether a run is going on or paused in any tab. */
export async function runGoing(): Promise<boolean> {
  return (await held()).some((name) => name.startsWith(runLock("")));
}

/** Whether Peel is open in another tab. */
export async function openElsewhere(): Promise<boolean> {
  return (await held()).filter((name) => name === PAGE_LOCK).length > 1;
}

/** Makes this page known to the others for as long as it is open. */
export function present() {
  navigator.locks?.request(PAGE_LOCK, { mode: "shared" }, () => new Promise(() => {})).catch(() => {});
}
