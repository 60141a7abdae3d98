// The site: static pages, and a health check that tells which release is running.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript" };

export async function answer(path) {
  if (path === "/healthz") {
    return { status: 200, type: "text/plain", body: process.env.RELEASE ?? "local" };
  }
  const file = normalize(path === "/" ? "/index.html" : path);
  try {
    const body = await readFile(join(import.meta.dirname, "public", file));
    return { status: 200, type: types[extname(file)] ?? "application/octet-stream", body };
  } catch {
    return { status: 404, type: "text/plain", body: "not found" };
  }
}

export const server = createServer(async (request, response) => {
  const { status, type, body } = await answer(new URL(request.url, "http://localhost").pathname);
  response.writeHead(status, { "content-type": type }).end(body);
});

if (process.argv[1] === import.meta.filename) {
  server.listen(process.env.PORT ?? 8080);
}
