// The barest static host: it sends files as they lie in a folder, with no
// header but a type for what a browser insists on. Its folder can be changed, as
// a new version is put in place; it can be given headers and be cut off, and it
// counts what it sends.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** Serves folder under prefix, like "/" or "/sub/folder/". */
export async function serveBare(folder, prefix = "/") {
  const host = { folder, requests: [], headers: {} };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://host");
    const inside = pathname.startsWith(prefix) ? decodeURIComponent(pathname.slice(prefix.length)) : "..";
    const file = normalize(inside === "" || inside.endsWith("/") ? `${inside}index.html` : inside);
    const data = file.startsWith("..") ? undefined : await readFile(join(host.folder, file)).catch(() => undefined);
    host.requests.push({ path: inside, bytes: data?.length ?? 0 });
    if (!data) return response.writeHead(404).end();
    const type = types[extname(file)];
    response.writeHead(200, { ...host.headers, ...(type ? { "content-type": type } : {}) }).end(data);
  });
  const listen = (port) => new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address();
  host.port = port;
  host.url = `http://127.0.0.1:${port}${prefix}`;
  /** Cuts the network: nobody listens any more. */
  host.cut = () => new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(resolve);
    server.closeAllConnections();
  });
  host.mend = () => listen(port);
  return host;
}
