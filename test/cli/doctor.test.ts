import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Check } from "../../src/domain/check.js";
import { pause } from "../../src/operations/workspace.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let cli: CommandLine;
beforeAll(async () => {
  cli = await startCommandLine();
  const role = (name: string, program: string): string =>
    `name: ${name}\nmatch: { types: [x] }\ncommand: { adapter: command, run: [${program}] }\n`;
  await mkdir(join(cli.folder, "agents"));
  await writeFile(join(cli.folder, "agents", "here.yaml"), role("here", "node"));
});
afterAll(() => cli[Symbol.asyncDispose]());

const doctor = async (
  ...args: string[]
): Promise<{ code: number | undefined; found: Record<string, Check["status"]> }> => {
  const { exitCode, stdout } = await cli.mjagent(["doctor", "--json", ...args]);
  const checks = JSON.parse(stdout) as Check[];
  return { code: exitCode, found: Object.fromEntries(checks.map(({ id, status }) => [id, status])) };
};

test("looks at the server, the fleet and this host; warnings are no failure", async () => {
  await pause(cli.session, [], "anna", "moving house");
  const { code, found } = await doctor();
  expect(found).toEqual({
    ...{ nats: "ok", jetstream: "ok", sync: "warn", copies: "ok", clock: "ok" },
    ...{ dispatcher: "warn", agents: "warn", pauses: "warn", accounts: "ok", budgets: "ok" },
    ...{ roles: "ok", programs: "ok", node: "ok", state: expect.any(String) as string, tokens: "ok" },
  });
  expect(code).toBe(0);
  const shown = await cli.mjagent(["doctor"]);
  expect(shown.stdout).toMatch(/^warn {2}pauses {6}paused: everything\n {18}everything is paused by anna/m);
  expect(shown.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(shown.stderr).toMatch(/\d warnings$/);
});

test("says what fails: exit 1; without NATS exit 5, and this host is looked at all the same", async () => {
  await writeFile(join(cli.folder, "agents", "broken.yaml"), "name: broken\nmach: {}\n");
  const tokens = join(cli.folder, ".local", "state", "mjagent", "serve");
  await mkdir(tokens, { recursive: true });
  await writeFile(join(tokens, "tokens.json"), "{}");
  await chmod(join(tokens, "tokens.json"), 0o644);
  expect(await doctor()).toMatchObject({ code: 1, found: { nats: "ok", roles: "fail", tokens: "fail" } });
  const { code, found } = await doctor("--server", "nats://127.0.0.1:1");
  expect(code).toBe(5);
  expect(found).toMatchObject({ nats: "fail", roles: "fail", node: "ok" });
  expect(found).not.toHaveProperty("agents");
});
