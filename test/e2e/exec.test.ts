import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { TaskResult } from "../../src/domain/task.js";
import { Place } from "./place.js";

const fixture = (name: string, ...args: string[]): string[] => [
  process.execPath,
  fileURLToPath(new URL(`../fixtures/agents/${name}.mjs`, import.meta.url)),
  ...args,
];

/** A place whose NATS is at an address where nobody listens: whoever looked for it would fail. */
const nowhere = (): Promise<Place> => Place.make({ url: "nats://127.0.0.1:1" });

describe.concurrent("mjagent exec, without NATS", { timeout: 180_000 }, () => {
  test("the prompt from the command line or stdin, what the command prints on stdout", async () => {
    await using place = await nowhere();
    await place.role("worker", fixture("ok"));
    const run = await place.mjagent(["exec", "--agent", "worker", "--prompt", "Design a palette\nfor a bakery"]);
    expect(run).toEqual({
      code: 0,
      stdout: "working on Design a palette\ndone",
      stderr: "✓ did Design a palette",
    });
    const piped = await place.mjagent(["exec", "--agent", "WORKER", "--prompt", "-"], { input: "Design it\n" });
    expect(piped).toMatchObject({ code: 0, stdout: "working on Design it\ndone" });
    const quiet = await place.mjagent(["exec", "--agent", "worker", "--prompt", "Design it", "-q"]);
    expect(quiet).toMatchObject({ code: 0, stderr: "" });
  });

  test("--json: stdout is the result, one document", async () => {
    await using place = await nowhere();
    await place.role("worker", fixture("ok"));
    const result = await place.json<TaskResult>(["exec", "--agent", "worker", "--prompt", "Design it"]);
    expect(result).toMatchObject({
      summary: "did Design it",
      exit_code: 0,
      artifacts: ["out/page.html"],
      data: { attempt: 1, environment: { MJAGENT_TASK_ID: "exec", MJAGENT_AGENT_ID: "Worker" } },
    });
  });

  test("a command that fails: exit 1 with what it said last", async () => {
    await using place = await nowhere();
    await place.role("worker", fixture("exits-with", "3"));
    const run = await place.mjagent(["exec", "--agent", "worker", "--prompt", "Do it"]);
    expect(run).toMatchObject({ code: 1, stdout: "this went out" });
    expect(run.stderr).toContain(
      "error: worker failed: exited with code 3: this went wrong\n  why: the command exited with an error",
    );
    const json = await place.mjagent(["exec", "--agent", "worker", "--prompt", "Do it", "--json"]);
    expect(json).toMatchObject({ code: 1, stdout: "" });
    expect(JSON.parse(json.stderr.split("\n").at(-1)!)).toMatchObject({ error: { code: "failure" } });
  });

  test("Ctrl-C ends the command and all it started; exit 130", async () => {
    await using place = await nowhere();
    await place.role("worker", fixture("slow"));
    const run = place.start(["exec", "--agent", "worker", "--prompt", "Go on for ever"]);
    await run.says("still working");
    run.ctrlC();
    expect((await run.ended).code).toBe(130);
    expect(await place.processes()).toEqual([]);
  });

  test("exit 2 without a prompt or with an empty one, 3 for an unknown agent", async () => {
    await using place = await nowhere();
    await place.role("worker", fixture("ok"));
    const without = await place.mjagent(["exec", "--agent", "worker"]);
    expect(without.code).toBe(2);
    expect(without.stderr).toContain("--prompt");
    const empty = await place.mjagent(["exec", "--agent", "worker", "--prompt", "-"], { input: "\n" });
    expect(empty).toMatchObject({ code: 2, stdout: "" });
    const unknown = await place.mjagent(["exec", "--agent", "worke", "--prompt", "x"]);
    expect(unknown.code).toBe(3);
    expect(unknown.stderr).toContain('did you mean "worker"?');
  });
});
