import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AgentSession } from "../../src/domain/agent-session.js";
import type { FailureReason } from "../../src/domain/reasons.js";
import { ADAPTERS } from "../../src/executors/adapters/adapters.js";
import { completed } from "../executors/support.js";
import { eventually } from "../support/eventually.js";
import { installed, type RealCli } from "./install.js";
import { type Stand, stand } from "./stand.js";
import { hasStub, startStub, type Stub, STUB_MCP } from "./stub.js";

const FINAL = "STUB-FINAL: the task is done.";

type Met = FailureReason | "completed";

/** What an attempt comes to when the model server answers like this, or may come to; null: not tried. */
export type Meets = Partial<
  Record<
    | "http:401"
    | "http:429"
    | "http:500"
    | "cut"
    | "empty"
    | "flaky:503:1"
    | "hang"
    | "slow"
    | "loop"
    | `sleep:${number}`,
    Met | readonly Met[] | null
  >
>;

/** Whatever the CLI: what ends an attempt in which the model does not come to an end. */
const ENDLESS = { hang: "stalled", slow: "timeout", loop: "turn_limit", "sleep:90000": "timeout" } as const;
const LIMITS: Record<keyof typeof ENDLESS, object> = {
  hang: { stall_timeout: "5s" },
  slow: { timeout: "8s" },
  loop: { max_steps: 3 },
  "sleep:90000": { timeout: "8s" },
};

/** The processes of a tool that sleeps, wherever they have moved. */
const sleepers = async (seconds: number): Promise<string[]> =>
  await promisify(execFile)("pgrep", ["-f", `^sleep ${seconds}$`]).then(
    ({ stdout }) => stdout.trim().split("\n"),
    () => [],
  );

/** Processes that still have this CLI's home folder, whatever became of their groups. */
async function livingOf({ home }: Stand): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return environment.split("\0").includes(`HOME=${home}`) ? [pid] : [];
    }),
  );
  return found.flat();
}

let key = 0;
const fresh = (scenario: string): string => `${scenario}~${process.pid}-${key++}`;

/** The tests of a real CLI: its program, driven by its adapter, asking a model server on this machine. */
export async function testCli(cli: RealCli, meets: Meets): Promise<void> {
  const place = hasStub ? await installed(cli) : { missing: "there is no ../shared/clis/stub-model-server.mjs" };
  const bin = "bin" in place ? place.bin : "";
  const name = "missing" in place ? `${cli} (skipped: ${place.missing})` : cli;
  describe.skipIf(bin === "")(name, { timeout: 180_000 }, () => {
    let stub: Stub;
    let here: Stand;
    beforeAll(async () => {
      stub = await startStub();
      here = await stand(cli, bin);
    });
    afterAll(async () => {
      await stub[Symbol.asyncDispose]();
      await here[Symbol.asyncDispose]();
    });

    test("writes a file through a tool call, then goes on with its session", async () => {
      const sessions: AgentSession[] = [];
      const scenario = fresh("tool");
      const hasMcp = ADAPTERS[cli].lacks?.mcp !== true;
      const told = {
        system_prompt: "Speak of a purple giraffe.",
        ...(hasMcp && { mcp: { notes: { command: "node", args: [STUB_MCP] } } }),
      };
      const role = await here.role(stub.url(scenario), {}, told);
      const first = await here.run(role, { onSession: (session) => sessions.push(session) });
      const { result } = completed(first.outcome);
      expect(result).toMatchObject({ summary: FINAL, output: FINAL, exit_code: 0 });
      expect(await readFile(join(here.cwd, "stub-out.txt"), "utf8")).toContain("written by the stub model");
      const session = sessions.at(-1)!;
      expect(session).toMatchObject({ adapter: cli, cwd: here.cwd, session_id: result.session_id });
      expect(first.shown.some((line) => line.startsWith("→ "))).toBe(true);
      expect(first.shown.at(-1)).toBe(FINAL);
      expect(stub.bodies().some((body) => body.includes("purple giraffe"))).toBe(true);
      // The tool itself, its server (codex), or a tool that was only named so far (qwen).
      if (hasMcp) expect(stub.bodies().some((body) => /mcp__notes|notes[-_]report/.test(body))).toBe(true);

      const again = await here.run(role, { task: { session } });
      const second = completed(again.outcome).result;
      expect(second.session_id).toBe(result.session_id);
      if (result.usage.input_tokens !== null) {
        expect(second.usage.input_tokens).toBeGreaterThan(0);
        // What was counted is not counted again.
        expect(second.usage.input_tokens).toBeLessThan(2 * result.usage.input_tokens);
      }
    });

    // Most of that is waiting.
    const tried = Object.entries<Meets[keyof Meets]>({ ...ENDLESS, ...meets }).filter(([, reason]) => reason);
    test.concurrent.each(tried)("meets %s", async (kind, reason) => {
      // Only of a CLI that says nothing while it tries again is this the end.
      const stall_timeout = reason === "stalled" ? "10s" : Array.isArray(reason) ? "30s" : "60s";
      await using here = await stand(cli, bin);
      const role = await here.role(stub.url(fresh(kind)), {
        ...{ stall_timeout, timeout: "150s" },
        ...(kind in LIMITS && LIMITS[kind as keyof typeof LIMITS]),
      });
      const { outcome } = await here.run(role);
      const met = "reason" in outcome ? outcome.reason : outcome.kind;
      expect([reason].flat(), JSON.stringify(outcome)).toContain(met);
      expect(await livingOf(here)).toEqual([]);
    });

    test("is stopped with a tool's subtree alive, of which nothing is left", async () => {
      // Told by its argument: no other process sleeps that long.
      const seconds = 20_000 + process.pid;
      const stop = new AbortController();
      const running = here.run(await here.role(stub.url(fresh(`tree:${seconds}`))), { signal: stop.signal });
      await eventually(async () => (await sleepers(seconds)).length > 0, 60_000);
      stop.abort();
      expect((await running).outcome).toEqual({ kind: "stopped" });
      expect(await sleepers(seconds)).toEqual([]);
    });

    test("what it leaves in the background is ended when it has succeeded", async () => {
      const seconds = 60_000 + process.pid;
      completed((await here.run(await here.role(stub.url(fresh(`bg:${seconds}`))))).outcome);
      expect(await sleepers(seconds)).toEqual([]);
    });
  });
}
