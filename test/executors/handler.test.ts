import { describe, expect, test } from "vitest";
import { handlerExecutor, type Handler } from "../../src/executors/handler.js";
import { inputOf } from "./support.js";

async function run(handler: Handler, options: { signal?: AbortSignal; timeout_ms?: number } = {}) {
  const log: string[] = [];
  const { signal = new AbortController().signal, timeout_ms = null } = options;
  const outcome = await handlerExecutor(handler).run(inputOf({ timeout_ms }), {
    runId: "r",
    signal,
    log: (stream, line) => log.push(`${stream}: ${line}`),
  });
  return { outcome, log };
}

/** Never ends by itself; rejects when its signal is aborted, as most APIs do. */
const untilAborted: Handler = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

describe("handlerExecutor", () => {
  test.each<[string, Handler, object]>([
    ["nothing", () => Promise.resolve(), { summary: null, data: null, exit_code: null }],
    ["a string", ({ task }) => Promise.resolve(`did ${task.title}`), { summary: "did About page" }],
    ["parts", () => Promise.resolve({ data: { a: [1] }, artifacts: ["x"] }), { data: { a: [1] }, artifacts: ["x"] }],
  ])("completed: %s", async (_, handler, result) => {
    expect((await run(handler)).outcome).toMatchObject({ kind: "completed", result, handoff: [] });
  });

  test("hand-offs and log lines", async () => {
    const { outcome, log } = await run(({ log: say }) => {
      say("hello");
      return Promise.resolve({ handoff: [{ title: "Next", priority: "high" as const }] });
    });
    expect(outcome).toMatchObject({ handoff: [{ title: "Next", priority: "high" }] });
    expect(log).toEqual(["stdout: hello"]);
  });

  test.each<[string, Handler, object]>([
    ["it throws", () => Promise.reject(new Error("no")), { reason: "agent_error", message: "no" }],
    [
      "it throws before its first await",
      () => {
        throw new Error("at once");
      },
      { reason: "agent_error", message: "at once" },
    ],
    ["too much", () => Promise.resolve("x".repeat(9_000_000)), { reason: "invalid_output" }],
    ["not JSON", () => Promise.resolve({ data: 1n as unknown as number }), { reason: "invalid_output" }],
    ["a wrong shape", () => Promise.resolve({ artifacts: [""] }), { reason: "invalid_output" }],
  ])("failed: %s", async (_, handler, failure) => {
    expect((await run(handler)).outcome).toMatchObject({ kind: "failed", ...failure });
  });

  test("abort, before and during", async () => {
    expect((await run(untilAborted, { signal: AbortSignal.abort() })).outcome).toEqual({ kind: "stopped" });
    const controller = new AbortController();
    const running = run(untilAborted, { signal: controller.signal });
    controller.abort();
    expect((await running).outcome).toEqual({ kind: "stopped" });
  });

  test("a handler that takes no notice is not waited for", async () => {
    const controller = new AbortController();
    const running = run(() => new Promise(() => undefined), { signal: controller.signal });
    controller.abort();
    expect((await running).outcome).toEqual({ kind: "stopped" });
  });

  test("the task's time limit", async () => {
    const { outcome } = await run(untilAborted, { timeout_ms: 20 });
    expect(outcome).toMatchObject({ kind: "failed", reason: "timeout" });
  });
});
