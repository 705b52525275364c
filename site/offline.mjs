// What the build does so that Peel can be installed and works offline.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Paths of all files in a folder, relative to it and sorted. */
export function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** The SHA-256 of every file in a folder, by path, without the rules for hosts (_headers and the like). */
export function hashesOf(folder) {
  return Object.fromEntries(filesOf(folder).filter((file) => !file.startsWith("_")).map((file) => [file, sha256(readFileSync(join(folder, file)))]));
}

/** A short name for the contents of a folder: the same files have the same one. */
export function versionOf(folder) {
  return sha256(JSON.stringify(hashesOf(folder))).slice(0, 8);
}

/** Writes the web app manifest. place() puts an icon among the assets and returns its address. */
export function writeManifest(dist, place) {
  const manifest = JSON.parse(readFileSync(fileURLToPath(new URL("icons/manifest.json", import.meta.url)), "utf8"));
  manifest.icons = [
    { src: place("icon.svg"), type: "image/svg+xml", sizes: "any" },
    { src: place("icon-192.png"), type: "image/png", sizes: "192x192" },
    { src: place("icon-512.png"), type: "image/png", sizes: "512x512" },
    { src: place("maskable-512.png"), type: "image/png", sizes: "512x512", purpose: "maskable" },
  ];
  writeFileSync(join(dist, "manifest.webmanifest"), `${JSON.stringify(manifest, null, 2)}\n`);
}
