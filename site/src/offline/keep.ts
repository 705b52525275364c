// Keeps Peel in this browser, so that it opens without the network.

import { setText } from "../dom";
import { offer } from "./update";

const READY = "Kept in this browser: it also opens without the network.";
const COMING = "Being kept for use without the network …";
const NO_ROOM = "Not kept for use without the network: this browser had no room, or the network failed. A reload tries again.";
const IMPOSSIBLE = "Not kept for use without the network: this address or this window does not allow it.";

/** How often a page that stays open asks for a new version, at most. */
const HOURLY = 60 * 60 * 1000;

/** Registers the service worker and says in status how it stands. */
export async function keepOffline(status: HTMLElement) {
  const workers = navigator.serviceWorker;
  if (!workers) return setText(status, IMPOSSIBLE); // plain http, or a private window
  const updated = Boolean(workers.controller);
  try {
    const registration = await workers.register(new URL("sw.js", document.baseURI), { updateViaCache: "none" });
    const look = () => {
      follow(registration, status);
      if (registration.waiting && workers.controller) offer(registration);
    };
    const hear = () => {
      const { active, installing, waiting } = registration;
      for (const worker of [active, installing, waiting]) worker?.addEventListener("statechange", look);
      look();
    };
    registration.addEventListener("updatefound", hear);
    hear();
    if (updated) workers.addEventListener("controllerchange", () => offer(registration));
    askAgain(registration);
  } catch {
    setText(status, IMPOSSIBLE);
  }
}

/** While a service worker is still activating, this page does not have its answers from it. */
function follow({ active, installing, waiting }: ServiceWorkerRegistration, status: HTMLElement) {
  const ready = active?.state === "activated";
  setText(status, ready ? READY : active || installing || waiting ? COMING : NO_ROOM);
}

/** Asks for a new version when the reader comes back to the tab. */
function askAgain(registration: ServiceWorkerRegistration) {
  let asked = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || Date.now() - asked < HOURLY) return;
    asked = Date.now();
    registration.update().catch(() => {}); // no network: another time
  });
}
