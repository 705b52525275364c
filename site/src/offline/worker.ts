// The service worker: keeps every file of one version of Peel, and answers with
// them, network or not. It keeps what the build listed and nothing else: no
// answer of a server, and nothing that stands in an address after # or ?.
//
// A new version is filled in beside the old one and then waits. It takes over
// when the reader agrees (message TAKE_OVER), or when no tab is open any more.

import { fetchSmall } from "../../../wasm/packed";
import { cachePrefix, TAKE_OVER } from "./names";

/** Written by the build: a hash of all files; and the SHA-256 of each, by its path relative to this script. */
declare const PEEL_VERSION: string;
declare const PEEL_FILES: Record<string, string>;
/** Those with a gzipped copy beside them that is worth the trouble. */
declare const PEEL_PACKED: string[];

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Scope {
  registration: { scope: string };
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (e: Extendable) => void): void;
  addEventListener(type: "fetch", listener: (e: Fetching) => void): void;
  addEventListener(type: "message", listener: (e: MessageEvent) => void): void;
}

const scope = globalThis as unknown as Scope;
const home = scope.registration.scope;
const prefix = cachePrefix(home);
const name = prefix + PEEL_VERSION;
const at = (file: string) => new URL(file, home).href;
const kept = new Set([home, ...Object.keys(PEEL_FILES).map(at)]);

/** The caches of this copy of Peel, the newest first. */
async function versions(): Promise<string[]> {
  const all = (await caches.keys()).filter((n) => n.startsWith(prefix));
  return [name, ...all.filter((n) => n !== name).reverse()];
}

/** What is kept for an address, in the newest version that has it. */
async function find(url: string): Promise<Response | undefined> {
  for (const version of await versions()) {
    const found = await caches.match(url, { cacheName: version, ignoreVary: true });
    if (found) return found;
  }
  return undefined;
}

/** Fetches a file of this version. A name with a hash of its content need not be asked for twice. */
async function load(file: string): Promise<Response> {
  const hashed = file.startsWith("assets/");
  const before = hashed ? await find(at(file)) : undefined;
  if (before) return before;
  if (PEEL_PACKED.includes(file)) return fetchSmall(at(file), at(`${file}.gz`));
  return fetch(at(file), { cache: hashed ? "default" : "no-cache" });
}

const hex = (data: ArrayBuffer) => Array.from(new Uint8Array(data), (b) => b.toString(16).padStart(2, "0")).join("");

/**
 * Loads a file and makes sure that it is the one that was built: a log-in page
 * of a network also comes with status 200. The page itself must only name this
 * version, because some hosts add to pages.
 */
async function genuine(file: string): Promise<Response> {
  const response = await load(file);
  const body = await response.arrayBuffer();
  const right = file === ""
    ? new TextDecoder().decode(body).includes(PEEL_VERSION)
    : hex(await crypto.subtle.digest("SHA-256", body)) === PEEL_FILES[file];
  if (!response.ok || !right) throw new Error(`${at(file)} does not belong to version ${PEEL_VERSION} (status ${response.status})`);
  // Made anew, because a page must not be answered with a redirected response. Its policy stays with it.
  const headers = new Headers(response.headers);
  for (const name of ["content-encoding", "content-length"]) headers.delete(name); // the body is unpacked
  return new Response(body, { headers });
}

/** Keeps every file, or leaves nothing behind. */
async function fill() {
  const cache = await caches.open(name);
  try {
    await Promise.all(["", ...Object.keys(PEEL_FILES)].map(async (file) => cache.put(at(file), await genuine(file))));
  } catch (e) {
    await caches.delete(name);
    throw e;
  }
}

/** Drops old versions, except the last that took over before this one: a tab may still show it. */
async function tidy() {
  const mark = at("took-over"); // a version that never did is shown nowhere
  await (await caches.open(name)).put(mark, new Response());
  let spared = false;
  for (const old of (await versions()).slice(1)) {
    if (!spared && (await caches.match(mark, { cacheName: old }))) spared = true;
    else await caches.delete(old);
  }
}

/** The kept address that answers a request, if any. */
function answers(request: Request): string | undefined {
  if (request.method !== "GET" || request.headers.has("range")) return undefined;
  const { origin, pathname, search } = new URL(request.url);
  const url = origin + pathname;
  if (url === home || url === at("index.html")) return home;
  if (search) return undefined;
  return kept.has(url) || url.startsWith(at("assets/")) ? url : undefined;
}

/** The page as hosts send it for ?embed, the form that other pages may frame. */
function frameable(page: Response): Response {
  const headers = new Headers(page.headers);
  const policy = headers.get("content-security-policy");
  if (policy) headers.set("content-security-policy", policy.replace(/;\s*frame-ancestors[^;]*/, ""));
  return new Response(page.body, { headers });
}

scope.addEventListener("install", (e) => e.waitUntil(fill()));
scope.addEventListener("activate", (e) => e.waitUntil(tidy().then(() => scope.clients.claim())));
scope.addEventListener("fetch", (e) => {
  // Without the network there is no server: that is an answer, not a fault.
  if (e.request.url === at("api/about")) return e.respondWith(fetch(e.request).catch(() => new Response('{"api":0}\n')));
  const url = answers(e.request);
  if (!url) return;
  const framed = url === home && new URL(e.request.url).searchParams.has("embed");
  e.respondWith(find(url).then((found) => (!found ? fetch(e.request) : framed ? frameable(found) : found)));
});
scope.addEventListener("message", (e) => {
  if (e.data === TAKE_OVER) void scope.skipWaiting();
});
