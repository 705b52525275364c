// Runs the command line on the same specs as the page.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./serve.mjs";

const exec = promisify(execFile);
const peel = join(root, "build", "peel");
const memo = new Map();

export const VICTIM = "mnist-784-16x2-1-s1";

/** Path of a shipped victim. */
export const victimPath = (name = VICTIM) => join(root, "models", `${name}.safetensors`);

/** Digest, number of queries and seconds of a native run with one worker. */
export function extractNatively(victim, seed, more = []) {
  const key = JSON.stringify([victim, seed, more]);
  if (!memo.has(key)) memo.set(key, extractAnew(victim, seed, more));
  return memo.get(key);
}

/** The same, run again though its outcome is known. */
export async function extractAnew(victim, seed, more = []) {
  const dir = await mkdtemp(join(tmpdir(), "peel-native-"));
  try {
    const args = ["extract", victim, "--seed", String(seed), "--workers", "1", ...more, "-o", join(dir, "out.safetensors")];
    // A run that misses something says so with exit status 1 and still prints its digest.
    const { stdout } = await exec(peel, args).catch((e) => (e.code === 1 ? e : Promise.reject(e)));
    return {
      digest: /^digest\s+([0-9a-f]{64})$/m.exec(stdout)[1],
      queries: Number(/^queries\s+(\d+)$/m.exec(stdout)[1]),
      seconds: Number(/^seconds\s+([\d.]+)$/m.exec(stdout)[1]),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A random victim made by the command line. */
export async function generateNatively(sizes, seed) {
  const dir = await mkdtemp(join(tmpdir(), "peel-random-"));
  const path = join(dir, "victim.safetensors");
  await exec(peel, ["gen", sizes, "--seed", String(seed), "-o", path]);
  return { path, discard: () => rm(dir, { recursive: true, force: true }) };
}

/** What `peel score` says about a recovered file, and its exit status. */
export async function scoreNatively(victim, recovered) {
  try {
    const { stdout } = await exec(peel, ["score", victim, recovered], { cwd: root });
    return { code: 0, text: stdout };
  } catch (e) {
    return { code: e.code, text: e.stdout + e.stderr };
  }
}

/** The text of a link as `peel link` prints it. */
export async function linkNatively(...args) {
  const { stdout } = await exec(peel, ["link", ...args], { cwd: root });
  return stdout.trim();
}

/** What `peel verify` says about a link, and its exit status. */
export async function verifyNatively(...args) {
  try {
    const { stdout } = await exec(peel, ["verify", ...args], { cwd: root });
    return { code: 0, text: stdout };
  } catch (e) {
    return { code: e.code, text: e.stdout + e.stderr };
  }
}

/** A network that says nothing of how it was made: a copy that was recovered. */
export async function copyNatively(sizes, seed) {
  const { path, discard } = await generateNatively(sizes, seed);
  const copy = join(path, "..", "copy.safetensors");
  await exec(peel, ["extract", path, "-o", copy]).catch((e) => e.code === 1 || Promise.reject(e)); // a copy with gaps is a network too
  return { path: copy, discard };
}
