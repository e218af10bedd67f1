import { Chalk } from "chalk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { historyColumns } from "../../src/cli/history-view.js";
import { replayText } from "../../src/cli/replay-view.js";
import { aligned } from "../../src/cli/table.js";
import { widthOf } from "../../src/cli/text.js";
import type { HistoryEntry } from "../../src/domain/history.js";
import type { Replay } from "../../src/domain/replay.js";
import { announceRecord } from "../../src/nats/feed.js";
import { getTask } from "../../src/operations/tasks.js";
import { type CommandLine, startCommandLine } from "./command-line.js";

const style = new Chalk({ level: 0 });

let cli: CommandLine;
beforeAll(async () => {
  cli = await startCommandLine();
  await cli.publish({ task_id: "one", title: "One\u001b[31m", type: "design" });
  await cli.publish({ task_id: "ask", title: "Ask", require_approval: true });
  await cli.mjagent(["approve", "ask", "--reason", "fine by me"]);
  await cli.claim("one");
  await announceRecord(cli.session, "claimed", await getTask(cli.session, "one"), { agent_id: "Debbie", attempt: 1 });
});
afterAll(() => cli[Symbol.asyncDispose]());

describe("history", () => {
  test("in a pipe a line an event, newest last, whole times, escaped", async () => {
    const { stdout, stderr, exitCode } = await cli.mjagent(["history"]);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    const lines = stdout.split("\n").map((line) => line.split("\t"));
    expect(lines.map(([, ...cells]) => cells)).toEqual([
      ["published", "one", "-", "One\\x1b[31m"],
      ["published", "ask", "-", "Ask (awaits approval)"],
      ["approved", "ask", "-", expect.stringMatching(/^approved by .+: fine by me$/)],
      ["claimed", "one", "Debbie", "One\\x1b[31m"],
    ]);
    for (const [time] of lines) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  test("of one task; --json is an array, -q each id once, --limit the newest", async () => {
    const { stdout } = await cli.mjagent(["history", "ask", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject([
      { kind: "published", task_id: "ask", status: "awaiting_approval", seq: 2, title: "Ask" },
      { kind: "approved", task_id: "ask", status: "available", seq: 3, agent_id: null },
    ]);
    expect((await cli.mjagent(["history", "-q", "--since", "1h"])).stdout).toBe("one\nask");
    const limited = await cli.mjagent(["history", "--limit", "1"]);
    expect(limited.stdout).toContain("claimed\tone");
    expect(limited.stderr).toBe("and 3 before: --limit 4 shows them all");
  });

  test("nothing in that time: a note; an unknown task: exit 3", async () => {
    const none = await cli.mjagent(["history", "--since", "0s"]);
    expect(none).toMatchObject({
      exitCode: 0,
      stdout: "",
      stderr: expect.stringMatching(/^nothing happened since /) as string,
    });
    expect((await cli.mjagent(["history", "--since", "0s", "--json"])).stdout).toBe("[]");
    expect(await cli.mjagent(["history", "nope"])).toMatchObject({ exitCode: 3, stdout: "" });
  });

  test("for people: aligned, within the width, the day when it is not today", () => {
    const now = new Date(2026, 6, 30, 14, 0).getTime();
    const entry = (over: Partial<HistoryEntry>): HistoryEntry => ({
      ...{ time: new Date(now).toISOString(), seq: 1, kind: "claimed", task_id: "t4k2m9x7qa", agent_id: "Debbie" },
      ...{ title: null, status: "in_progress", attempt: 1, epoch: 1, text: "Design the about page" },
      ...over,
    });
    const yesterday = new Date(2026, 6, 29, 23, 0).toISOString();
    const rows = [
      entry({ kind: "agent_online", task_id: null, time: yesterday, text: "Debbie is online (box, pid 7)" }),
      entry({ kind: "published", agent_id: null, text: "Design ".repeat(20) }),
      entry({}),
    ];
    const lines = aligned(rows, historyColumns(style, now), 80, (title) => title);
    expect(lines.map((line) => line.slice(0, 60))).toEqual([
      "          TIME  EVENT      TASK        AGENT   TEXT",
      "07-29 23:00:00  online     -           Debbie  Debbie is onl",
      "      14:00:00  published  t4k2m9x7qa  -       Design Design".slice(0, 60),
      "      14:00:00  claimed    t4k2m9x7qa  Debbie  Design the ab",
    ]);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
  });
});

describe("replay", () => {
  test("text, --json and -q", async () => {
    const { stdout, exitCode } = await cli.mjagent(["replay", "--at", "0s"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/ at \d\d:\d\d:\d\d \(now\)\n\nAgents\n/);
    expect(stdout).toMatch(/ +Debbie +working +[\d:]+ +one +-\n/);
    expect(stdout).toMatch(/open +1 in progress, 1 available\n/);
    expect(stdout).toMatch(/Running\n.*\n +one +Debbie +[\d:]+ +1 +One\\x1b\[31m\n/);
    expect(stdout).toMatch(/ask +available +[\d:]+ +Ask: approved by .+: fine by me$/);
    const json = JSON.parse((await cli.mjagent(["replay", "--at", "0s", "--json"])).stdout) as Replay;
    expect(json).toMatchObject({
      ...{ workspace: cli.session.workspace.id, tasks: { in_progress: 1, available: 1 }, gaps: [] },
      running: [{ task_id: "one" }],
    });
    expect((await cli.mjagent(["replay", "--at", "0s", "-q"])).stdout).toBe("one");
  });

  test("of a time before the log: it says so", async () => {
    const { stdout, exitCode } = await cli.mjagent(["replay", "--at", "2h"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/What the log cannot tell\n {2}the log begins at \S+Z, after this moment$/);
    expect((await cli.mjagent(["replay", "--at", "2h", "-q"])).stdout).toBe("");
  });

  test.each([
    [[], "required option '--at <when>' not specified"],
    [["--at", "soon"], "--at: expected a time such as 10m (ago), 14:05 (today) or "],
    [["--at", "2999-01-01"], "--at: 2999-01-01 is still to come: expected a time such as 10m (ago)"],
  ])("%j: exit 2", async (args, message) => {
    const run = await cli.mjagent(["replay", ...args]);
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toContain(message);
  });

  test("fits the width, however long everything is; of many tasks the first are shown", () => {
    const long = "long-".repeat(24);
    const task = (n: number) => ({
      ...{ task_id: `${long}${n}`, title: "设计".repeat(40), type: null, since: "2026-07-29T12:00:00Z", role: null },
      ...{ agent_id: long, attempt: 2, blocked_by: [long, "b"], not_before: "2026-07-30T12:00:00Z" },
      ...{ reason: "exit", message: "no\nway ".repeat(30) },
    });
    const many = Array.from({ length: 12 }, (_, n) => task(n));
    const agent = { agent_id: long, role: "r", instance_id: "i", host: long, pid: 7, since: "2026-07-29T12:00:00Z" };
    const counts = { in_progress: 12, available: 3, scheduled: 3, blocked: 3, awaiting_approval: 3 };
    const replay: Replay & { workspace: string } = {
      ...{ workspace: "MJ_ONLINE", at: "2026-07-30T12:00:00.000Z", log_begins: "2026-07-29T12:00:00.000Z" },
      tasks: { ...counts, completed: 99_999, failed: 12, cancelled: 99_999 },
      last_hour: { completed: 99_999, failed: 12 },
      running: many.map((each) => ({ ...each, status: "in_progress" })),
      waiting: many.map((each, n) => ({
        ...each,
        status: (["available", "scheduled", "blocked", "awaiting_approval"] as const)[n % 4]!,
      })),
      failed: many.map((each) => ({ ...each, status: "failed" })),
      agents: [
        { ...agent, known_by: "online", lost: true, current_tasks: [long, long] },
        { ...agent, host: null, pid: null, known_by: "claim", lost: false, current_tasks: [] },
      ],
      gaps: [
        { kind: "nothing_since", text: "the log begins at 2026-07-29T12:00:00Z: older …", task_ids: [] },
        { kind: "unknown_status", text: "12 tasks were there", task_ids: many.map(({ task_id }) => task_id) },
      ],
    };
    for (const width of [60, 80, 120]) {
      const text = replayText(replay, Date.parse("2026-07-31T12:00:00Z"), style, width);
      for (const line of text.split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(width);
      expect(text.match(/and 2 more: --json shows all/g)).toHaveLength(3);
      expect(text).toContain("LOST");
    }
  });
});
