import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Speaks the protocols of the model providers; kept beside the project, not in it. */
const PROGRAM = fileURLToPath(new URL("../../../shared/clis/stub-model-server.mjs", import.meta.url));
export const hasStub = existsSync(PROGRAM);
/** An MCP server with one tool, `report`. */
export const STUB_MCP = fileURLToPath(new URL("../../../shared/clis/stub-mcp.mjs", import.meta.url));

/** A model server on this machine. What it does is named by the first segment of the URL. */
export interface Stub extends AsyncDisposable {
  url: (scenario: string) => string;
  /** The bodies of all requests for an answer. */
  bodies: () => string[];
}

export async function startStub(): Promise<Stub> {
  const folder = await mkdtemp(join(tmpdir(), "mjagent-stub-"));
  const child = spawn(process.execPath, [PROGRAM, "--ttl", "1800", "--dump", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { port } = JSON.parse(line) as { port: number };
  return {
    url: (scenario) => `http://127.0.0.1:${port}/${scenario}`,
    bodies: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith(".json"))
        .map((name) => readFileSync(join(folder, name), "utf8")),
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
