import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RolePause } from "../../src/domain/settings.js";
import type { Snapshot } from "../../src/domain/snapshot.js";
import { registerRole } from "../../src/nats/registry.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

let cli: CommandLine;
beforeAll(async () => {
  cli = await startCommandLine();
  const match = { types: ["design"], phases: [], keywords: [], tags: [], files: [] };
  for (const name of ["debbie", "alice"]) {
    await registerRole(cli.session, { name, description: "", match, watch: [], max_running: null });
  }
});
afterAll(() => cli[Symbol.asyncDispose]());

describe("pause and resume", () => {
  test("one role: who, why, and what that means; status shows it; resume ends it", async () => {
    const run = await cli.mjagent(["pause", "debbie", "--reason", "moving house"]);
    expect(run.stdout).toMatch(
      /^debbie is paused by \S+ \(moving house\): running work goes on, nothing new is claimed$/,
    );
    const status = await cli.mjagent(["status"]);
    expect(status.stdout).toMatch(/paused +debbie +paused by .*moving house/);
    expect(status.stdout).toContain("mjagent resume (paused)");
    const { paused } = JSON.parse((await cli.mjagent(["status", "--json"])).stdout) as Snapshot;
    expect(paused).toMatchObject([{ role: "debbie", reason: "moving house" }]);
    expect((await cli.mjagent(["resume", "debbie"])).stdout).toBe("debbie goes on");
    expect((await cli.mjagent(["resume", "debbie"])).stdout).toBe("not paused: debbie");
  });

  test("everything: --json names no role; resuming one role leaves it, and says so", async () => {
    const paused = JSON.parse((await cli.mjagent(["pause", "--json"])).stdout) as RolePause[];
    expect(paused).toMatchObject([{ role: null, reason: null }]);
    await cli.mjagent(["pause", "alice"]);
    const one = await cli.mjagent(["resume", "alice"]);
    expect(one.stdout).toBe("alice goes on");
    expect(one.stderr).toMatch(/still held back: everything/);
    await cli.mjagent(["pause", "alice"]);
    expect((await cli.mjagent(["resume"])).stdout.split("\n")).toEqual(["everything goes on", "alice goes on"]);
    expect((await cli.mjagent(["resume"])).stdout).toBe("nothing was paused");
  });

  test("a role nobody knows: exit 3, with those there are", async () => {
    const run = await cli.mjagent(["pause", "debie"]);
    expect(run).toMatchObject({ exitCode: 3, stdout: "" });
    expect(run.stderr).toContain("known: alice, debbie");
  });
});
