import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TaskRecord } from "../../src/domain/task.js";
import { idOfHandoff } from "../../src/domain/identity.js";
import type { LogLine } from "../../src/nats/logs.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace } from "../support/session.js";
import { Place, program } from "./place.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const here = (): Promise<Place> => Place.make({ url: server.url, workspace: freshWorkspace() });
const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** The lines of a task's log, as `mjagent logs --json` prints them. */
const logOf = (place: Place, id: string): Promise<LogLine[]> => place.json<LogLine[]>(["logs", id]);

interface Given {
  given: { payload: string; blockers: string[]; parent: string | null };
  text: string;
}
const dataOf = (task: TaskRecord): Given => task.result?.data as unknown as Given;

describe.concurrent("unusual input", { timeout: 90_000 }, () => {
  test("payloads and results of 1 MiB and more: whole at both ends, and for those that build on them", async () => {
    await using place = await here();
    await place.role("giver", [...program("large-values.mjs"), String(1024 * 1024)], {
      handoff: [{ title: "Follow {{task.task_id}}", type: "taker", payload: { all: "{{result.data.text}}" } }],
    });
    await place.role("taker", [...program("large-values.mjs"), "10"]);
    const payload = { text: "p\0ä\n".repeat(150_000), last: "end" };
    await place.write("payload.json", JSON.stringify(payload));
    await place.publish("first", "giver", "--payload", "@payload.json");
    await place.publish("next", "taker", "--blocked-by", "first");
    const run = place.start(["run", "--all"]);
    const [first] = await place.json<TaskRecord[]>(["wait", "first"]);
    expect(first).toMatchObject({ status: "completed", payload });
    expect(dataOf(first!)).toMatchObject({ given: { payload: digest(payload), blockers: [], parent: null } });
    expect(Buffer.byteLength(JSON.stringify(dataOf(first!)))).toBeGreaterThan(1024 * 1024);
    const shown = await place.json<TaskRecord>(["tasks", "show", "first"]);
    expect([shown.payload, shown.result]).toEqual([payload, first?.result]);

    await place.mjagent(["wait", "next", "first-h1"]);
    const [next, child] = [await place.task("next", "completed"), await place.task("first-h1", "completed")];
    expect(dataOf(next).given.blockers).toEqual([digest(dataOf(first!))]);
    expect(dataOf(child).given.payload).toBe(digest({ all: dataOf(first!).text }));
    expect(dataOf(child).given.parent).toBe(digest(dataOf(first!)));

    const { stdout } = await place.mjagent(["tasks", "show", "first"]);
    expect(stdout.length).toBeLessThan(5_000);
    expect(stdout).toMatch(/payload .*… \(\d+ characters: --json shows them\)/);
    const listed = await place.mjagent(["tasks", "--json"]);
    expect(listed.stdout.length).toBeLessThan(300_000);
    run.signal("SIGTERM");
    await run.ended;
  });

  test("more than 8 MiB is refused, with the limit, before anything is written", async () => {
    await using place = await here();
    await place.write("payload.json", JSON.stringify("x".repeat(9 * 1024 * 1024)));
    const refused = await place.mjagent(["publish", "--title", "T", "--payload", "@payload.json"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/9217 KiB; 8192 KiB is the limit/);
    expect(await place.json(["tasks"])).toEqual([]);
    await place.role("giver", [...program("large-values.mjs"), String(9 * 1024 * 1024)]);
    await place.publish("t", "giver");
    await place.mjagent(["run", "--agent", "giver", "--once"]);
    expect((await place.task("t", "failed")).error).toMatchObject({
      reason: "invalid_output",
      message: expect.stringMatching(/too large: \d+ KiB, the limit is 8192 KiB/) as string,
    });
  });

  test("5,000 lines a second: none is lost, the agent is never thought lost", async () => {
    await using place = await here();
    const lines = 5_000 * 5;
    await place.role("chatty", [...program("chatty.mjs"), "5000", "5"]);
    await place.publish("t", "chatty");
    const run = await place.mjagent(["run", "--agent", "chatty", "--once", "--heartbeat", "1s", "-q"]);
    expect(run.code).toBe(0);
    expect(await place.task("t", "completed")).toMatchObject({ attempts: 1, epoch: 1 });
    const log = await logOf(place, "t");
    expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: lines }, (_, n) => n + 1));
    expect(log.at(-1)?.text).toMatch(new RegExp(`^line ${lines} x+$`));
  });

  test("bytes that are no text, and NUL: readable lines, a result that says what is wrong with it", async () => {
    await using place = await here();
    await place.role("chatty", [...program("chatty.mjs"), "100", "1", "odd"]);
    await place.publish("t", "chatty", "--description", "with \ud800 half a pair and \u0007 a bell");
    await place.mjagent(["run", "--agent", "chatty", "--once"]);
    const task = await place.task("t", "completed");
    expect(task.result?.summary).toMatch(/^line 100 x+ \uFFFD\uFFFD\uFFFD\($/);
    const log = await logOf(place, "t");
    expect(log).toHaveLength(100);
    for (const { text } of log) expect(text).toMatch(/^line \d+ x+ \uFFFD\uFFFD\uFFFD\($/);
    expect((await place.mjagent(["logs", "t"])).stdout).not.toContain("\0");

    const bytes = "require('node:fs').writeFileSync(process.env.MJAGENT_OUTPUT, Buffer.from([0x22, 0xff, 0x00, 0x22]))";
    await place.role("broken", [process.execPath, "-e", bytes]);
    await place.publish("b", "broken");
    await place.mjagent(["run", "--agent", "broken", "--once"]);
    expect((await place.task("b", "failed")).error).toMatchObject({
      reason: "invalid_output",
      message: expect.stringContaining("MJAGENT_OUTPUT is not JSON") as string,
    });

    const odd = { title: "a\0b \ud800", task_id: "n", type: "echo", description: "c\0d", payload: "e\0f" };
    await place.write("tasks.jsonl", JSON.stringify(odd));
    expect((await place.mjagent(["publish", "--from", "tasks.jsonl"])).code).toBe(0);
    await place.role("echo", ["echo", "{{task.title}}", "{{task.payload}}"]);
    await place.mjagent(["run", "--agent", "echo", "--once"]);
    expect((await place.task("n", "completed")).result?.summary).toBe("a\uFFFDb \uFFFD e\uFFFDf");
    expect((await place.mjagent(["tasks", "show", "n"])).stdout).toContain("a\\x00b");
  });

  test("an id of 128 characters: published, run, handed on, logged, shown, cancelled and retried like any other", async () => {
    await using place = await here();
    const id = "Long_id-".repeat(16);
    const child = idOfHandoff(id, 0);
    expect([id.length, child.length <= 128]).toEqual([128, true]);
    await place.role("giver", [...program("large-values.mjs"), String(512 * 1024)], {
      handoff: [{ title: "Follow", type: "taker", payload: "{{result.data.text}}" }],
    });
    await place.role("taker", [...program("large-values.mjs"), String(512 * 1024)], {
      handoff: [{ title: "And again", type: "nobody" }],
    });
    const payload = { text: "x".repeat(512 * 1024) };
    await place.write("payload.json", JSON.stringify(payload));
    await place.publish(id, "giver", "--payload", "@payload.json");
    expect((await place.mjagent(["run", "--all", "--drain"])).code).toBe(0);
    const task = await place.json<TaskRecord>(["tasks", "show", id]);
    expect(task).toMatchObject({ task_id: id, status: "completed", payload });
    expect(dataOf(await place.task(child, "completed")).given.payload).toBe(digest(dataOf(task).text));
    const grandchild = idOfHandoff(child, 0);
    expect((await place.mjagent(["cancel", grandchild])).code).toBe(0);
    expect((await place.mjagent(["retry", grandchild])).code).toBe(0);
    expect(await place.json(["tasks", "show", grandchild])).toMatchObject({ status: "available", parent_id: child });
    expect(await logOf(place, id)).toEqual([]);
    expect((await place.mjagent(["publish", "--title", "T", "--id", `${id}x`])).code).toBe(2);
  });
});
