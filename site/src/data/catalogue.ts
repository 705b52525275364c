// The victims that come with the page: models/index.json, written by the build.

export interface Shipped {
  name: string;
  /** Relative to models/. */
  file: string;
  sizes: number[];
  params: number;
  /** Its fingerprint, 64 hex digits. */
  sha256: string;
  /** One line for people. */
  description: string;
  /** On its test set, 0 to 1. */
  accuracy: number;
  metadata: Record<string, string>;
}

/** What a class should meet first. */
const FIRST = "mnist-784-16x2-1-s1";

export async function catalogue(): Promise<Shipped[]> {
  const response = await fetch("models/index.json");
  if (!response.ok) throw new Error("the list of victims could not be loaded: reload the page");
  return (await response.json()) as Shipped[];
}

export function first(all: Shipped[]): Shipped | undefined {
  return all.find((v) => v.name === FIRST) ?? all[0];
}

export async function fetchShipped(v: Shipped): Promise<ArrayBuffer> {
  const response = await fetch(`models/${v.file}`);
  if (!response.ok) throw new Error(`the victim ${v.name} could not be loaded: reload the page`);
  return response.arrayBuffer();
}
