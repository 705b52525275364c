// Reads an architecture as people write it: "784-16x2-1" or "30-15-15-1".

const MOST = 4096;

/** The layer sizes, or an Error whose message is one plain sentence. */
export function parseSizes(text: string): number[] {
  const sizes: number[] = [];
  for (const part of text.trim().split("-")) {
    const m = /^(\d{1,6})(?:x(\d{1,3}))?$/.exec(part.trim());
    if (!m) throw new Error(`“${text.trim()}” is not an architecture: write the layer sizes like 30-15x2-1`);
    for (let i = 0; i < Number(m[2] ?? 1); i++) sizes.push(Number(m[1]));
  }
  if (sizes.length < 3) throw new Error("a victim needs at least one hidden layer: write its sizes like 30-15x2-1");
  if (sizes.length > 34) throw new Error("that is more layers than Peel takes: use 32 hidden layers at most");
  if (sizes.some((n) => n < 1 || n > MOST)) throw new Error(`every layer needs between 1 and ${MOST} neurons`);
  return sizes;
}
