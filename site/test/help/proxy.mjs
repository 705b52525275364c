// A bad connection to the server: answers get lost, requests are put off, or
// nothing goes through at all.
import { createServer, request as ask } from "node:http";

/** Starts a proxy in front of a server. trouble(request) says what becomes of one: "lose" its answer, "later" or nothing. */
export async function proxy(url, trouble) {
  const target = new URL(url);
  let dead = false;
  const server = createServer((request, response) => {
    const what = dead ? "dead" : trouble(request);
    if (what === "dead") return request.socket.destroy();
    if (what === "later") {
      request.resume();
      response.writeHead(429, { "content-type": "application/problem+json", "retry-after": "0" });
      return response.end('{"type":"urn:peel:problem:rate","title":"Too fast","status":429,"detail":"Too many requests."}');
    }
    const onward = ask({ host: target.hostname, port: target.port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      if (what === "lose") {
        answer.resume();
        return answer.on("end", () => request.socket.destroy());
      }
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => request.socket.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    cut: (on) => (dead = on),
    stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  };
}
