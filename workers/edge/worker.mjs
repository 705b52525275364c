// The edge worker's entry: what begins with /api/ is answered in Go, in an
// instance of its own for each request. Files are answered before this runs;
// what is neither is not there.
import go from "../../build/edge/worker.mjs";

export { Records } from "./records.mjs";

export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname.startsWith("/api/")) return go.fetch(request, env, ctx);
    return new Response("There is no such file: go back to the start page.\n", {
      status: 404,
      headers: { "Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
    });
  },
};
