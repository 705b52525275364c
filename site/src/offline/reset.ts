// "Reset local data": asks, deletes everything that Peel keeps in this browser,
// and says what it did.

import { h } from "../dom";
import { plural } from "../format";
import { messageOf } from "../panels/errors";
import { openElsewhere, runGoing } from "./going";
import { cachePrefix } from "./names";

/** Databases, for browsers that cannot list them. */
const DATABASES = ["peel", "peel-victims"];

/** How long another tab may keep a database open, in milliseconds. */
const PATIENCE = 5000;

/** Sets up the button. close() must let go of the databases of this tab. */
export function resetButton(button: HTMLButtonElement, close: () => void) {
  button.addEventListener("click", async () => {
    const hindrance = await inTheWay();
    if (hindrance) return void ask("Not now", [hindrance], [["no", "Close"]]);
    const offline = navigator.onLine ? [] : ["You are offline: without the network, Peel cannot be loaded again."];
    const answer = await ask("Reset local data?",
      ["Stored runs, recovered networks, your own victims, your choices and the copy for use without the network go for good.", ...offline],
      [["no", "Keep"], ["yes", "Reset"]]);
    if (answer !== "yes") return;
    close();
    await ask("Local data was reset", await reset(), [["no", "Load Peel again"]]);
    location.reload();
  });
}

async function inTheWay(): Promise<string> {
  if (await runGoing()) return "A run is going on or paused: let it end or cancel it first.";
  if (await openElsewhere()) return "Peel is open in another tab: close that tab first.";
  return "";
}

/** Deletes everything. One line for each kind of thing says what became of it. */
export async function reset(): Promise<string[]> {
  const steps: [string, () => Promise<string>][] = [
    ["Stored runs and victims", deleteDatabases],
    ["The copy for use without the network", deleteCopy],
    ["Your choices", async () => deleteChoices()],
  ];
  const lines = [];
  for (const [what, step] of steps) {
    lines.push(await step().then((did) => `${what}: ${did}.`, (e) => `${what}: could not be deleted (${messageOf(e)}).`));
  }
  return lines;
}

async function deleteDatabases(): Promise<string> {
  if (!globalThis.indexedDB) return "this browser keeps none";
  const listed = (await indexedDB.databases?.())?.map((d) => d.name ?? "").filter((n) => /^peel(-|$)/.test(n));
  const names = listed ?? DATABASES;
  for (const name of names) await deleteDatabase(name);
  return names.length > 0 ? `deleted (${names.join(", ")})` : "there were none";
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error ?? new Error("the browser refused"));
    request.onblocked = () => setTimeout(() => reject(new Error("another tab has them open: close it and try again")), PATIENCE);
  });
}

async function deleteCopy(): Promise<string> {
  const home = new URL("./", document.baseURI).href;
  const registration = await navigator.serviceWorker?.getRegistration(home);
  const caches = globalThis.caches as CacheStorage | undefined; // only at secure addresses
  const names = ((await caches?.keys()) ?? []).filter((n) => n.startsWith(cachePrefix(home)));
  await registration?.unregister();
  for (const name of names) await caches!.delete(name);
  return registration || names.length > 0 ? `deleted (${plural(names.length, "version")})` : "there was none";
}

function deleteChoices(): string {
  let n = 0;
  for (const store of [localStorage, sessionStorage]) {
    for (const key of Object.keys(store).filter((k) => k.startsWith("peel-"))) {
      store.removeItem(key);
      n++;
    }
  }
  return n > 0 ? `deleted (${n})` : "there were none";
}

/** A dialog; resolves to the value of the button that closed it, "" for Escape. The first button has the focus. */
function ask(title: string, lines: string[], buttons: [value: string, label: string][]): Promise<string> {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "panel", "aria-labelledby": "reset-title" },
      h("h2", { id: "reset-title" }, title),
      ...lines.map((l) => h("p", {}, l)),
      h("form", { method: "dialog", class: "buttons" },
        ...buttons.map(([value, label], i) => h("button", { value, autofocus: i === 0, class: value === "yes" ? "danger" : undefined }, label))));
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
