// The edge worker's entry: what begins with /api/ is answered in Go, in an
// instance of its own for each request. Files are answered before this runs,
// but for the page, whose headers depend on the question mark; what is neither
// is not there.
import go from "../../build/edge/worker.mjs";

export { Records } from "./records.mjs";

export default {
  fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.startsWith("/api/")) return go.fetch(request, env, ctx);
    if (pathname === "/") return page(request, env, searchParams.has("embed"));
    return new Response("There is no such file: go back to the start page.\n", {
      status: 404,
      headers: { "Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
    });
  },
};

/** The page; its small form may be framed by others. workers/handler.go says why. */
async function page(request, env, framed) {
  const file = await env.ASSETS.fetch(request);
  if (!framed) return file;
  const headers = new Headers(file.headers);
  const policy = headers.get("Content-Security-Policy") ?? "";
  headers.set("Content-Security-Policy", policy.replace(/; *frame-ancestors[^;]*/, ""));
  return new Response(file.body, { status: file.status, headers });
}
