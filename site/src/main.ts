// Entry point of the page.

import { App, type PageAssets } from "./app/app";
import { catalogue } from "./data/catalogue";
import { byId, show } from "./dom";
import { embedded } from "./link/address";
import { messageOf, showError } from "./panels/errors";
import { themeButton } from "./theme";

/** Where the build put the pieces. */
declare const PEEL_ASSETS: PageAssets;

declare global {
  interface Window {
    /** For tests. */
    peel?: { killHand(i: number): Promise<void> };
  }
}

async function main() {
  themeButton(byId<HTMLButtonElement>("theme"));
  byId("past-open").addEventListener("click", () => byId("past").scrollIntoView({ block: "start" }));
  const whole = byId<HTMLAnchorElement>("whole");
  show(whole, embedded());
  whole.addEventListener("click", () => (whole.href = location.pathname + location.hash));
  whole.href = location.pathname;
  if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
    throw new Error("this browser has no WebAssembly or no Web Workers: open Peel in a current one");
  }
  const app = new App(PEEL_ASSETS, await catalogue());
  window.peel = { killHand: (i) => app.killHand(i) };
  await app.open();
}

main().catch((e) => showError(messageOf(e), "Peel cannot start"));
