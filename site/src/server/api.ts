// The server behind this page, where there is one: site/docs/api.md. On plain
// static hosting there is none, and what needs one is not shown.

export interface About {
  api: number;
  /** The engine whose runs it takes. */
  engine: string;
  limits: { modelBytes: number; title: number; nickname: number; members: number };
}

/** How long one request may take, in milliseconds. */
const TIMEOUT = 20_000;

/** The address of something on the server. */
export const serverUrl = (path: string) => new URL(path, document.baseURI).href.split("#")[0]!;

/** The server answered that it will not. message is its own sentence. */
export class Refused extends Error {
  readonly status: number;
  /** The name of the problem, like "no-such-room". */
  readonly problem: string;

  constructor(message: string, status: number, problem: string) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

/** No answer came. */
export class Unreachable extends Error {
  constructor() {
    super("the server does not answer: see whether the network is there and try again");
  }
}

let about: Promise<About | undefined> | undefined;

/** What the server says of itself; nothing where there is none. It is asked once. */
export function server(): Promise<About | undefined> {
  about ??= ask().catch(() => undefined);
  return about;
}

async function ask(): Promise<About | undefined> {
  if (!navigator.onLine || !/^https?:$/.test(location.protocol)) return undefined;
  const response = await fetch(serverUrl("api/about"), { signal: AbortSignal.timeout(TIMEOUT) });
  if (!response.ok || !isJson(response)) return undefined; // a static host answers with the file api/about, which is none
  const said = (await response.json()) as About;
  return said.api === 1 ? said : undefined;
}

const isJson = (r: Response) => (r.headers.get("content-type") ?? "").startsWith("application/json");

export interface Call {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  json?: unknown;
  bytes?: ArrayBuffer;
  token?: string;
}

/** Asks the server. Rejects with Refused or Unreachable. */
export async function request(path: string, { method = "GET", json, bytes, token }: Call = {}): Promise<Response> {
  const headers: Record<string, string> = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (json !== undefined) headers["Content-Type"] = "application/json";
  if (bytes) headers["Content-Type"] = "application/octet-stream";
  let response: Response;
  try {
    response = await fetch(serverUrl(path), { method, headers, body: bytes ?? (json === undefined ? undefined : JSON.stringify(json)), signal: AbortSignal.timeout(TIMEOUT) });
  } catch {
    throw new Unreachable();
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Refused(said.detail ?? `the server refused with status ${response.status}: try again later`, response.status, String(said.type ?? "").replace("urn:peel:problem:", ""));
}

/** The same for an answer in JSON. */
export async function call<T>(path: string, what: Call = {}): Promise<T> {
  const response = await request(path, what);
  try {
    return (await response.json()) as T;
  } catch {
    throw new Unreachable(); // the connection broke off in the middle
  }
}
