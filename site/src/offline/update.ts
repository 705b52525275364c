// Offers a new version of Peel, and never interrupts a run for it: the offer
// waits until no run is going on in any tab, and nothing happens without a click.

import { byId, h, setText } from "../dom";
import { runGoing } from "./going";
import { TAKE_OVER } from "./names";

const READY = "A new version of Peel is ready.";
const BUSY = "A new version of Peel is ready. It waits until the run has ended.";

/** How often to look whether the run has ended, in milliseconds. */
const PATIENCE = 500;

let offered = false;

async function idle() {
  while (await runGoing()) await new Promise((resolve) => setTimeout(resolve, PATIENCE));
}

/** Shows the offer once. If another tab has accepted it meanwhile, a reload is all that is left to do. */
export async function offer(registration: ServiceWorkerRegistration) {
  if (offered) return;
  offered = true;
  await idle();
  const text = h("p", {}, READY);
  const update = async () => {
    if (await runGoing()) {
      setText(text, BUSY);
      await idle();
      return setText(text, READY);
    }
    accept(registration);
  };
  const notice = h("div", { class: "notice", id: "update" }, text,
    h("span", { class: "buttons" },
      h("button", { type: "button", onclick: () => void update() }, "Update"),
      h("button", { type: "button", class: "quiet", onclick: () => notice.remove() }, "Later")));
  byId("notices").append(notice);
}

function accept({ waiting }: ServiceWorkerRegistration) {
  if (!waiting) return location.reload();
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage(TAKE_OVER);
}
