// Serves site/dist with the project's own local server, on a free port.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Starts the server and returns its address and how to stop it. */
export async function serve() {
  const program = join(root, "build", "local");
  if (!existsSync(program) || !existsSync(join(root, "site/dist/index.html"))) {
    throw new Error("the site is not built: run `make build` first");
  }
  const child = spawn(program, ["-port", "0", "-data", "-"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (d) => {
      text += d;
      const m = /http:\/\/127\.0\.0\.1:\d+\//.exec(text);
      if (m) resolve(m[0]);
    });
    child.on("exit", (code) => reject(new Error(`the local server ended with code ${code}`)));
  });
  return {
    url,
    stop: () => new Promise((resolve) => {
      child.removeAllListeners("exit");
      child.on("exit", resolve);
      child.kill("SIGTERM");
    }),
  };
}
