import assert from "node:assert/strict";
import { test } from "node:test";
import { answer } from "../src/server.js";

test("the health check tells the release", async () => {
  assert.deepEqual(await answer("/healthz"), { status: 200, type: "text/plain", body: "local" });
});

test("what is not there is not found", async () => {
  assert.equal((await answer("/../package.json")).status, 404);
});
