// Writes packed copies beside the files of the built site: NAME.gz and NAME.br,
// where they save enough. Servers send them to browsers that take them.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { filesOf } from "./offline.mjs";

/** Files smaller than this, in bytes, and copies that save less than this share are left alone. */
const LEAST = 1024;
const WORTH = 0.1;

const codings = {
  gz: (data) => promisify(gzip)(data, { level: 9 }),
  br: (data, quality) => promisify(brotliCompress)(data, {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: data.length },
  }),
};

/**
 * Packs a folder. What the last build packed is kept in build/packed: the engine takes ten seconds. Programs that are
 * loaded later are packed in a tenth of the time, to a tenth more.
 */
export async function pack(folder, build, later = []) {
  const kept = join(build, "packed");
  mkdirSync(kept, { recursive: true });
  const used = new Set();
  await Promise.all(filesOf(folder).map(async (file) => {
    const path = join(folder, file);
    if (statSync(path).size < LEAST) return;
    const data = readFileSync(path);
    const hash = createHash("sha256").update(data).digest("hex");
    for (const [suffix, coding] of Object.entries(codings)) {
      const name = `${hash}.${suffix}`;
      const before = join(kept, name);
      used.add(name);
      if (!existsSync(before)) {
        writeFileSync(`${before}.part`, await coding(data, later.includes(file) ? 9 : 11));
        renameSync(`${before}.part`, before); // whole, or not there
      }
      if (statSync(before).size <= (1 - WORTH) * data.length) copyFileSync(before, `${path}.${suffix}`);
    }
  }));
  for (const name of readdirSync(kept)) if (!used.has(name)) rmSync(join(kept, name));
}
