// A proxy in front of a server that counts what is sent, as it is sent: packed
// or not, by a page, a worker or a service worker.
import { createServer, request as ask } from "node:http";

/** Starts it. sent lists every answered request with its size in bytes, head included; all() adds them up. */
export async function counting(url) {
  const target = new URL(url);
  const sent = [];
  const server = createServer((request, response) => {
    const entry = { path: request.url, bytes: 0, agent: request.headers["service-worker"] ?? "" };
    sent.push(entry);
    const onward = ask({ host: target.hostname, port: target.port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      entry.bytes += answer.rawHeaders.reduce((n, h) => n + h.length + 2, 0);
      answer.on("data", (d) => (entry.bytes += d.length));
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    sent,
    all: () => sent.reduce((n, s) => n + s.bytes, 0),
    stop: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
