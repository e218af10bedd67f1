import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Snapshot } from "../../src/domain/snapshot.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace } from "../support/session.js";
import { Place } from "./place.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const here = (): Promise<Place> => Place.make({ url: server.url, workspace: freshWorkspace() });

describe.concurrent("what can be wrong with a run", { timeout: 180_000 }, () => {
  test("an unknown agent: exit 3 and the one that was meant", async () => {
    await using place = await here();
    await place.role("debbie", ["true"]);
    const run = await place.mjagent(["run", "--agent", "debie"]);
    expect(run).toMatchObject({ code: 3, stdout: "" });
    expect(run.stderr).toMatch(/^error: unknown agent "debie": did you mean "debbie"\?$/m);
    const json = await place.mjagent(["run", "--agent", "debie", "--json"]);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: "not_found", retryable: false } });
    const noFolder = await place.mjagent(["run", "--all", "--agents-dir", "nowhere"]);
    expect(noFolder.code).toBe(3);
    expect(noFolder.stderr).toContain("mjagent init");
  });

  test("a broken role file: exit 2, every problem with file, line and column", async () => {
    await using place = await here();
    await place.write(
      "agents/worker.yaml",
      "name: worker\ncommand:\n  adapter: command\n  run: [echo]\nconcurency: 2\ntimeout: soon\n",
    );
    await place.write("agents/other.yaml", "name: other\n  command: {\n");
    const run = await place.mjagent(["run", "--all"]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toMatch(/^agents\/worker\.yaml:5:1: .*did you mean "concurrency"/m);
    expect(run.stderr).toMatch(/^agents\/worker\.yaml:6:10: /m);
    expect(run.stderr).toMatch(/^agents\/other\.yaml:\d+:\d+: /m);
  });

  test("a prompt file that is missing: exit 2, with the place that names it", async () => {
    await using place = await here();
    await place.write("agents/worker.yaml", "name: worker\ncommand: { adapter: claude }\nprompt_file: worker.md\n");
    const run = await place.mjagent(["run", "--agent", "worker"]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("agents/worker.yaml:3:14: cannot read agents/worker.md");
  });

  test("a program that is not there: said before anybody registers", async () => {
    await using place = await here();
    await place.role("good", ["true"]);
    await place.role("worker", ["no-such-program-anywhere", "--flag"]);
    const run = await place.mjagent(["run", "--all"]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain(
      "error: agent worker cannot run here\n  why: no-such-program-anywhere is not in any folder of the PATH",
    );
    expect(run.stderr).toContain("next: install no-such-program-anywhere, or correct command.run in the role");
    expect((await place.json<Snapshot>(["status"])).agents).toEqual([]);
    // Nor is a server started for it.
    await using alone = await Place.make();
    await alone.role("worker", ["no-such-program-anywhere"]);
    expect((await alone.mjagent(["run", "--all", "--local"])).stderr).toContain("agent worker cannot run here");
    expect(await alone.json(["server", "status"])).toMatchObject({ running: false });
  });

  test("flags that make no sense: exit 2, and nothing is started", async () => {
    await using place = await here();
    await place.role("a", ["true"]);
    await place.role("b", ["true"]);
    const wrong: [args: string[], says: string][] = [
      [[], "which agents? give --agent NAME or --all"],
      [["--all", "--agent", "a"], "give --agent or --all, not both"],
      [["--all", "--id", "A"], "--id names one agent, but several would run"],
      [["--agent", "a", "--id", "a.b"], "an agent id is 1 to 64 letters, digits, _ or -"],
      [["--agent", "a", "--concurrency", "0"], "--concurrency: "],
      [["--agent", "a", "--heartbeat", "often"], "--heartbeat: "],
      [["--agent", "a", "--lease", "1s"], "--lease must be longer than the heartbeat"],
      [["--agent", "a", "--concurency", "2"], "--concurrency"],
    ];
    const runs = await Promise.all(wrong.map(([args]) => place.mjagent(["run", ...args])));
    runs.forEach((run, index) => {
      expect(run).toMatchObject({ code: 2, stdout: "" });
      expect(run.stderr).toContain(wrong[index]![1]);
    });
    expect((await place.json<Snapshot>(["status"])).agents).toEqual([]);
  });
});
