// Unpacks a zip file, as far as `make dist` uses the format (deflated entries,
// no comment; APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16).
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";

/** Writes the files of a zip file under folder and returns their names. */
export async function unzip(path, folder) {
  const z = await readFile(path);
  const end = z.length - 22; // of the end record, which has no comment
  if (z.readUInt32LE(end) !== 0x06054b50) throw new Error(`${path} is not a zip file as make dist writes it`);
  const names = [];
  let at = z.readUInt32LE(end + 16);
  for (let left = z.readUInt16LE(end + 10); left > 0; left--) {
    const [size, nameLength, extra, comment] = [z.readUInt32LE(at + 20), z.readUInt16LE(at + 28), z.readUInt16LE(at + 30), z.readUInt16LE(at + 32)];
    const name = z.toString("utf8", at + 46, at + 46 + nameLength);
    const local = z.readUInt32LE(at + 42);
    const data = local + 30 + z.readUInt16LE(local + 26) + z.readUInt16LE(local + 28);
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), inflateRawSync(z.subarray(data, data + size)));
    names.push(name);
    at += 46 + nameLength + extra + comment;
  }
  return names;
}
