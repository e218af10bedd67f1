import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Importing this gives the test file a state folder of its own: no outbox of this machine is read or written. */
export const STATE_HOME = mkdtempSync(join(tmpdir(), "mjagent-state-"));
process.env["XDG_STATE_HOME"] = STATE_HOME;
// What a developer's shell says must not decide where a test connects.
for (const name of Object.keys(process.env)) if (name.startsWith("NATS_")) Reflect.deleteProperty(process.env, name);

afterAll(() => rmSync(STATE_HOME, { recursive: true, force: true }));
