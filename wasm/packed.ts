// Loads a large file in its smallest form, whatever the host can do. A host
// that packs what it sends says so in Content-Encoding; from any other the
// gzipped copy beside the file is taken and unpacked here.

/** Fetches url, or unpacks the gzipped copy at gz when the host sends url as it lies there. */
export async function fetchSmall(url: string, gz: string | undefined): Promise<Response> {
  const plain = await fetch(url);
  if (!gz || !plain.ok || plain.headers.has("content-encoding") || typeof DecompressionStream !== "function") return plain;
  const packed = await fetch(gz).catch(() => undefined);
  if (!packed?.ok || !packed.body) return plain;
  void plain.body?.cancel();
  // Some hosts take a name in .gz for a packed file and have the browser unpack it.
  const body = packed.headers.has("content-encoding") ? packed.body : packed.body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(body, { headers: { "content-type": "application/wasm" } });
}
