// Finds a Chromium to test in.
import { existsSync } from "node:fs";

const places = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of a Chromium, or an Error that says how to get one. */
export function chromiumPath() {
  const found = places.find((p) => p && existsSync(p));
  if (!found) {
    throw new Error("the browser tests need Chromium: install it (apt-get install --no-install-recommends chromium) or set CHROMIUM to its path");
  }
  return found;
}

/** Quiet, offline and sandbox-free, so that it also runs as root in a container. */
export const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
