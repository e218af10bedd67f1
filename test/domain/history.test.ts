import { describe, expect, it } from "vitest";
import { type HistoryEntry, historyEntry, mergeHistory, recordedHistory } from "../../src/domain/history.js";
import { emptyResult, type TaskRecord } from "../../src/domain/task.js";
import { TestLog } from "./event-log.js";
import { type Fence } from "../../src/domain/fence.js";
import { apply, claim, fenceOf, later, NOW, published, recordIn } from "./records.js";

const linesOf = (log: TestLog): HistoryEntry[] => log.events.map(historyEntry);
const failing = (fence: Fence, retryable = true) => ({
  ...({ type: "attempt_failed", reason: "exit", message: "exit code 1", result: null } as const),
  ...{ fence, retryable, delay_ms: 90_000 },
});
const steered = { by: "kim", reason: null };

describe("a line of history", () => {
  const text = (write: (log: TestLog) => void): string => {
    const log = new TestLog();
    write(log);
    const { kind, task_id, agent_id, text } = linesOf(log).at(-1)!;
    return [kind, task_id ?? "-", agent_id ?? "-", text].join(" | ");
  };
  const task = { task_id: "t1", title: "Design it" };

  it.each<[string, (log: TestLog) => void]>([
    ["published | t1 | - | Design it", (log) => log.publish(task)],
    [
      "published | t1 | - | Design it (waits for a, b)",
      (log) => log.publish({ ...task, blocked_by: ["a", "b"] }, "open"),
    ],
    ["published | t1 | - | Design it", (log) => log.publish({ ...task, blocked_by: ["a"] }, "completed")],
    ["published | t1 | - | Design it (due in 10m)", (log) => log.publish({ ...task, not_before: "10m" })],
    ["published | t1 | - | Design it (awaits approval)", (log) => log.publish({ ...task, require_approval: true })],
    [
      "published | t1 | - | Design it (waits for a)",
      (log) => log.say("tasks.available", { ...task, blocked_by: ["a"] }),
    ],
    ["claimed | t1 | Debbie | Design it", (log) => log.claim(log.publish(task))],
    [
      "claimed | t1 | Debbie | Design it (attempt 2)",
      (log) => log.claim({ ...log.publish(task), attempts: 1, epoch: 1 }),
    ],
    [
      "completed | t1 | Debbie | made it",
      (log) => {
        const fence = fenceOf(log.claim(log.publish(task)));
        const result = { ...emptyResult(), summary: "made it" };
        log.happen("completed", log.claim(log.publish(task)), { type: "completed", fence, result, handoff: [] });
      },
    ],
    [
      "released | t1 | Debbie | exit code 1 (due in 1m 30s)",
      (log) => {
        const running = log.claim(log.publish(task));
        log.happen("released", running, failing(fenceOf(running)));
      },
    ],
    [
      "released | t1 | Debbie | shutdown",
      (log) => {
        const running = log.claim(log.publish(task));
        const fence = fenceOf(running);
        log.happen("released", running, { type: "handed_back", fence, reason: "shutdown", delay_ms: 0 });
      },
    ],
    [
      "failed | t1 | Debbie | exit code 1 (exit)",
      (log) => {
        const running = log.claim(log.publish(task));
        log.happen("failed", running, failing(fenceOf(running), false));
      },
    ],
    [
      "cancelled | t1 | - | cancelled by kim",
      (log) => log.happen("cancelled", log.publish(task), { type: "cancelled", ...steered }),
    ],
    [
      "unblocked | t1 | - | Design it (awaits approval)",
      (log) => {
        const blocked = log.publish({ ...task, blocked_by: ["a"], require_approval: true }, "open");
        log.move("unblocked", blocked, { type: "unblocked" });
      },
    ],
    [
      "approved | t1 | - | approved by kim",
      (log) => log.move("approved", log.publish({ ...task, require_approval: true }), { type: "approved", ...steered }),
    ],
    ["agent_lost | - | Debbie | Debbie agent_lost (box, pid 7)", (log) => log.agent("agent_lost")],
    [
      "error | t1 | Debbie | too late",
      (log) =>
        log.say("errors", { reason: "stale_result", message: "too late", task_id: "t1", agent_id: "Debbie", epoch: 1 }),
    ],
  ])("%s", (expected, write) => {
    expect(text(write)).toBe(expected);
  });

  it("has the server's time and its place", () => {
    const log = new TestLog();
    log.publish(task);
    expect(linesOf(log)).toMatchObject([{ time: later(60_000), seq: 1, status: "available" }]);
  });
});

describe("what only the record tells", () => {
  const minute = (n: number): string => later(n * 60_000);
  /** Failed once, retried by the dispatcher, lost, then completed. */
  function long(): TaskRecord {
    const first = claim(published());
    const again = apply(apply(first, failing(fenceOf(first)), minute(1)), { type: "due" }, minute(3));
    const second = apply(again, { type: "claimed", owner: "Debbie", instance_id: "i1", max_attempts: 3 }, minute(4));
    const lost = apply(second, { type: "owner_lost", fence: fenceOf(second), message: "silent" }, minute(5));
    const third = apply(lost, { type: "claimed", owner: "Dora", instance_id: "i2", max_attempts: 3 }, minute(6));
    const result = { ...emptyResult(), summary: "made it" };
    return apply(third, { type: "completed", fence: fenceOf(third), result, handoff: [] }, minute(7));
  }
  const said = (entries: readonly HistoryEntry[]): string[] =>
    entries.map(({ kind, agent_id, attempt, text }) => [kind, agent_id, attempt, text].join(" "));

  it("is its whole life when the log has nothing", () => {
    const entries = recordedHistory(long(), []);
    expect(said(entries)).toEqual([
      "published   Design the about page",
      "claimed Debbie 1 Design the about page",
      "released Debbie 1 exit",
      "claimed Debbie 2 Design the about page (attempt 2)",
      "released Debbie 2 agent_lost",
      "claimed Dora 3 Design the about page (attempt 3)",
      "completed Dora 3 made it",
    ]);
    expect(entries.map(({ time }) => time)).toEqual([NOW, NOW, ...[1, 4, 5, 6, 7].map(minute)]);
    expect(entries.every(({ seq, task_id }) => seq === null && task_id === "t1")).toBe(true);
  });

  it("is what came before, when the log begins in the middle", () => {
    const log = new TestLog();
    for (let n = 0; n < 5; n++) log.say("roadmap", "news");
    const record = long();
    const [, , third] = record.history;
    const claimed = { ...record, status: "available" as const, epoch: 2, attempts: 2, owner: null };
    log.claim(claimed, third!.agent_id);
    const logged = linesOf(log);
    const merged = mergeHistory(recordedHistory(record, logged), logged);
    expect(said(merged).slice(4)).toEqual([
      "released Debbie 2 agent_lost",
      "claimed Dora 3 Design the about page (attempt 3)",
      "completed Dora 3 made it",
    ]);
    expect(merged.map(({ seq }) => seq)).toEqual([null, null, null, null, null, 6, null]);
  });

  it.each<[string, TaskRecord, string]>([
    ["its failure", recordIn("failed"), "failed Debbie 3 exit code 1 (exit)"],
    ["a person's cancel", apply(published(), { type: "cancelled", ...steered }), "cancelled   cancelled by kim"],
    [
      "a person's cancel while it ran",
      apply(claim(published()), { type: "cancelled", ...steered }, minute(1)),
      "cancelled Debbie 1 cancelled by kim",
    ],
    [
      "a blocker's failure",
      apply(recordIn("blocked"), { type: "blocker_failed", blocker_id: "b1", message: "b1 is failed" }),
      "failed   b1 is failed (dependency_failed)",
    ],
    ["a person's retry", apply(recordIn("failed"), { type: "retried", ...steered }), "retried   retried by kim"],
    [
      "an approval",
      apply(recordIn("awaiting_approval"), { type: "approved", by: "kim", reason: "good" }),
      "approved   approved by kim: good",
    ],
  ])("%s", (_, record, last) => {
    expect(said(recordedHistory(record, [])).at(-1)).toBe(last);
  });

  it("a failed attempt was the last before a person's retry", () => {
    const first = claim(published());
    const failed = apply(first, failing(fenceOf(first), false), minute(1));
    const again = apply(failed, { type: "retried", ...steered }, minute(2));
    const second = apply(again, { type: "claimed", owner: "Debbie", instance_id: "i1", max_attempts: 3 }, minute(3));
    expect(said(recordedHistory(second, [])).slice(2)).toEqual([
      "failed Debbie 1 exit",
      "retried   retried by kim",
      "claimed Debbie 1 Design the about page",
    ]);
  });
});
