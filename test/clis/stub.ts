import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Speaks the protocols of the model providers; kept beside the project, not in it. */
const PROGRAM = fileURLToPath(new URL("../../../shared/clis/stub-model-server.mjs", import.meta.url));
export const hasStub = existsSync(PROGRAM);

/** A model server on this machine. What it does is named by the first segment of the URL. */
export interface Stub extends AsyncDisposable {
  url: (scenario: string) => string;
  /** How many requests for an answer there were of a scenario. */
  calls: (scenario: string) => number;
}

export async function startStub(): Promise<Stub> {
  const folder = await mkdtemp(join(tmpdir(), "mjagent-stub-"));
  const log = join(folder, "requests.jsonl");
  const child = spawn(process.execPath, [PROGRAM, "--ttl", "1800", "--log", log], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { port } = JSON.parse(line) as { port: number };
  return {
    url: (scenario) => `http://127.0.0.1:${port}/${scenario}`,
    calls: (scenario) =>
      (existsSync(log) ? readFileSync(log, "utf8") : "")
        .split("\n")
        .filter((text) => text.includes(`"key":"${scenario}"`) && text.includes('"wire"')).length,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
