// Entry point of the page.

import { App, type PageAssets } from "./app/app";
import { catalogue } from "./data/catalogue";
import { byId, show } from "./dom";
import { embedded } from "./link/address";
import { present } from "./offline/going";
import { keepOffline } from "./offline/keep";
import { resetButton } from "./offline/reset";
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
  present();
  const app = new App(PEEL_ASSETS, await catalogue());
  window.peel = { killHand: (i) => app.killHand(i) };
  resetButton(byId<HTMLButtonElement>("reset"), () => app.close());
  try {
    await app.open();
  } finally {
    void keepOffline(byId("offline")); // last: what the first click needs is loaded first
  }
}

main().catch((e) => showError(messageOf(e), "Peel cannot start"));
