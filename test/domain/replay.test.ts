import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRejected, type TaskEvent, transition } from "../../src/domain/lifecycle.js";
import { type Beat, isMove, moveMessage, taskEventMessage, type TaskEventName } from "../../src/domain/message.js";
import { FleetReplay, type Replay } from "../../src/domain/replay.js";
import { emptyResult, NewTask, type NewTaskInput, STATUSES, type TaskRecord } from "../../src/domain/task.js";
import { TestLog } from "./event-log.js";
import { fenceOf, later, NOW } from "./records.js";

const WHOLE = { begins: NOW, whole: true };
const minute = (n: number): string => later(n * 60_000);

/** What the log tells of a moment; default: that of its last message. */
function replay(log: TestLog, at = log.now, extent = WHOLE): Replay {
  const fold = new FleetReplay(new Date(at));
  for (const event of log.events) fold.take(event);
  for (const { beat, time } of log.beats) fold.beat(beat, time);
  return fold.result(extent);
}

const task = { task_id: "t1", title: "Design it", type: "design" };
const failing = (record: TaskRecord, retryable: boolean, delay_ms = 600_000): TaskEvent => ({
  ...({ type: "attempt_failed", reason: "exit", message: "exit code 1", result: null } as const),
  ...{ fence: fenceOf(record), retryable, delay_ms },
});
const completing = (record: TaskRecord): TaskEvent => ({
  ...{ type: "completed", fence: fenceOf(record), result: emptyResult(), handoff: [] },
});
const kim = { by: "kim", reason: null };

/** The one task of a replay, wherever it is. */
const only = ({ running, waiting, failed }: Replay) => [...running, ...waiting, ...failed][0];

describe("a task", () => {
  it.each<[string, (log: TestLog) => unknown, object | undefined]>([
    [
      "that is running",
      (log) => log.claim(log.publish(task)),
      {
        ...{ task_id: "t1", title: "Design it", type: "design", status: "in_progress", since: minute(2) },
        ...{ agent_id: "Debbie", role: "debbie", attempt: 1 },
      },
    ],
    ["that nobody claimed", (log) => log.publish(task), { status: "available", since: minute(1), agent_id: null }],
    [
      "that waits for others, of which one is completed",
      (log) => {
        const a = log.claim(log.publish({ ...task, task_id: "a" }));
        log.happen("completed", a, completing(a));
        log.publish({ ...task, blocked_by: ["a", "b"] }, "completed", "open");
      },
      { status: "blocked", blocked_by: ["b"], since: minute(4) },
    ],
    [
      "that waits for its time",
      (log) => log.publish({ ...task, not_before: "1h" }),
      { status: "scheduled", not_before: minute(61) },
    ],
    [
      "that is tried again later",
      (log) => {
        const running = log.claim(log.publish(task));
        log.happen("released", running, failing(running, true));
      },
      { status: "scheduled", not_before: minute(13), agent_id: "Debbie", reason: "exit", message: "exit code 1" },
    ],
    [
      "that was blocked and needs approval now",
      (log) =>
        log.move("unblocked", log.publish({ ...task, blocked_by: ["a"], require_approval: true }, "open"), {
          type: "unblocked",
        }),
      { status: "awaiting_approval", since: minute(2), reason: "unblocked" },
    ],
    [
      "that failed for good",
      (log) => {
        const running = log.claim(log.publish(task));
        log.happen("failed", running, failing(running, false));
      },
      { status: "failed", since: minute(3), agent_id: "Debbie", reason: "exit", message: "exit code 1", attempt: 1 },
    ],
    [
      "that a person retried",
      (log) => {
        const running = log.claim(log.publish(task));
        const failed = log.happen("failed", running, failing(running, false));
        log.move("retried", failed, { type: "retried", ...kim });
      },
      { status: "available", since: minute(4), message: "retried by kim", attempt: 0 },
    ],
    [
      "that was cancelled",
      (log) => log.happen("cancelled", log.publish(task), { type: "cancelled", ...kim }),
      undefined,
    ],
  ])("%s", (_, write, expected) => {
    const log = new TestLog();
    write(log);
    if (expected === undefined) expect(only(replay(log))).toBeUndefined();
    else expect(only(replay(log))).toMatchObject(expected);
  });

  it("stands as it stood then, not as it does now; the moment belongs to what was", () => {
    const log = new TestLog();
    const running = log.claim(log.publish(task));
    log.happen("completed", running, completing(running));
    const stood = (at: string): object => {
      const { tasks, running } = replay(log, at);
      return { counts: STATUSES.filter((status) => tasks[status] > 0), running: running.length };
    };
    expect(stood(minute(0.9))).toEqual({ counts: [], running: 0 });
    expect(stood(minute(1))).toEqual({ counts: ["available"], running: 0 });
    expect(stood(minute(2))).toEqual({ counts: ["in_progress"], running: 1 });
    expect(stood(minute(99))).toEqual({ counts: ["completed"], running: 0 });
  });

  it.each([
    [60, 1],
    [62.9, 1],
    [63, 0],
  ])("that completed in minute 3 counts for the hour before minute %d: %d", (at, completed) => {
    const log = new TestLog();
    const running = log.claim(log.publish(task));
    log.happen("completed", running, completing(running));
    expect(replay(log, minute(at)).last_hour).toEqual({ completed, failed: 0 });
  });
});

describe("what is stored late changes nothing any more", () => {
  /** Announces in another order than it happened in. */
  const late = (...order: number[]): Replay => {
    const log = new TestLog();
    const said: (() => unknown)[] = [];
    const record = (task_id: string, input: NewTaskInput, blockers: "open"[] = []): TaskRecord =>
      transition(null, { type: "published", task_id, task: NewTask.parse(input), blockers }, NOW) as TaskRecord;
    const next = (before: TaskRecord, event: TaskEvent): TaskRecord => transition(before, event, NOW) as TaskRecord;
    const published = record("t1", { ...task, blocked_by: ["a"] }, ["open"]);
    said.push(() => log.say("tasks.available", published, true));
    const unblocked = next(published, { type: "unblocked" });
    said.push(() => log.say("tasks.available", moveMessage(unblocked, "unblocked"), true));
    const running = next(unblocked, { type: "claimed", owner: "Debbie", instance_id: "i1", max_attempts: 3 });
    const by = { agent_id: "Debbie", attempt: 1 };
    said.push(() => log.say("tasks.claimed", taskEventMessage(running, "claimed", by)));
    const released = next(running, failing(running, true, 0));
    said.push(() => log.say("tasks.released", taskEventMessage(released, "released", by)));
    const due = next(released, { type: "due" });
    said.push(() => log.say("tasks.available", moveMessage(due, "due"), true));
    const again = next(due, { type: "claimed", owner: "Dora", instance_id: "i2", max_attempts: 3 });
    said.push(() => log.say("tasks.claimed", taskEventMessage(again, "claimed", { agent_id: "Dora", attempt: 2 })));
    for (const index of order) said[index]?.();
    return replay(log);
  };

  it.each([
    ["the publication, after it was unblocked", [1, 0], { status: "available", blocked_by: ["a"] }],
    ["being unblocked, after the claim", [0, 2, 1], { status: "in_progress", agent_id: "Debbie" }],
    ["the publication, after the claim", [2, 0], { status: "in_progress", title: "Design it", agent_id: "Debbie" }],
    ["a claim, after the end of its attempt", [0, 3, 2], { status: "scheduled", reason: "exit" }],
    ["the end of an attempt, after its task was due again", [0, 2, 4, 3], { status: "available", reason: "due" }],
    ["being due, after the next claim", [0, 2, 3, 5, 4], { status: "in_progress", agent_id: "Dora", attempt: 2 }],
  ])("%s", (_, order, expected) => {
    expect(only(late(...order))).toMatchObject(expected);
  });
});

it("whatever happens to a task, the log tells how it stands", () => {
  const events = (record: TaskRecord): TaskEvent[] => [
    { type: "unblocked" },
    { type: "blocker_failed", blocker_id: "a", message: "a is failed" },
    { type: "due" },
    { type: "approved", ...kim },
    { type: "rejected", ...kim },
    { type: "claimed", owner: "Debbie", instance_id: "i1", max_attempts: 2 },
    { type: "claimed", owner: "Dora", instance_id: "i2", max_attempts: 2 },
    completing(record),
    failing(record, true, 0),
    failing(record, false),
    { type: "owner_lost", fence: fenceOf(record), message: "silent" },
    { type: "handed_back", fence: fenceOf(record), reason: "snooze", delay_ms: 0 },
    { type: "handed_back", fence: fenceOf(record), reason: "snooze", delay_ms: 30_000 },
    { type: "cancelled", ...kim },
    { type: "retried", ...kim },
  ];
  const named = (event: TaskEvent, { status }: TaskRecord): TaskEventName => {
    if (event.type === "claimed") return "claimed";
    return status === "completed" || status === "failed" || status === "cancelled" ? status : "released";
  };
  const starts = fc.record({
    blocked_by: fc.constantFrom<string[]>([], ["a"]),
    require_approval: fc.boolean(),
    not_before: fc.constantFrom(undefined, "30s"),
  });
  fc.assert(
    fc.property(starts, fc.array(fc.nat(14), { maxLength: 60, size: "max" }), (start, steps) => {
      const log = new TestLog();
      let record = log.publish({ ...task, ...start }, ...start.blocked_by.map(() => "open" as const));
      for (const step of steps) {
        const event = events(record)[step]!;
        if (isRejected(transition(record, event, log.next))) continue;
        record = isMove(event.type)
          ? log.move(event.type, record, event)
          : log.happen(named(event, transition(record, event, log.next) as TaskRecord), record, event);
      }
      const { tasks, running } = replay(log);
      expect(STATUSES.filter((status) => tasks[status] > 0)).toEqual([record.status]);
      expect(running.map(({ agent_id, attempt }) => [agent_id, attempt])).toEqual(
        record.status === "in_progress" ? [[record.owner, record.attempts]] : [],
      );
    }),
    { numRuns: 300 },
  );
});

describe("tasks of other clients, before there is a record of them", () => {
  const written = (body: object, more: (log: TestLog) => unknown = () => undefined): Replay => {
    const log = new TestLog();
    log.publish({ task_id: "open", title: "Open" });
    log.say("tasks.available", { ...task, ...body });
    more(log);
    return replay(log);
  };
  it.each<[object, string]>([
    [{}, "available"],
    [{ blocked_by: ["open"] }, "blocked"],
    [{ blocked_by: ["unheard"] }, "blocked"],
    [{ require_approval: true }, "awaiting_approval"],
    [{ not_before: "1h" }, "scheduled"],
    [{ not_before: NOW }, "available"],
  ])("%j: %s", (body, status) => {
    expect(written(body).waiting.find(({ task_id }) => task_id === "t1")).toMatchObject({ status });
  });

  it("what intake refused does not count; what it took in stays", () => {
    const refused = { reason: "duplicate_task", message: "exists already" };
    expect(written({}, (log) => log.say("errors", { ...refused, sequence: 2 })).waiting).toHaveLength(1);
    expect(written({}, (log) => log.say("errors", { ...refused, sequence: 1 })).waiting).toHaveLength(2);
    const twice = written({ title: "First" }, (log) => {
      log.say("tasks.available", { ...task, title: "Second" });
      log.say("errors", { ...refused, sequence: 3 });
    });
    expect(twice.waiting.map(({ title }) => title)).toEqual(["Open", "First"]);
  });
});

describe("agents", () => {
  const beat = (over: object = {}): Beat => ({
    ...{
      agent_id: "Debbie",
      role: "r",
      description: "",
      status: "idle" as const,
      current_task: null,
      current_tasks: [],
    },
    slots: 1,
    ...{ timestamp: NOW, instance_id: "i1", host: "box", pid: 7, version: "1", started_at: NOW, lease_ms: 90_000 },
    ...over,
  });
  const agents = (write: (log: TestLog) => unknown, at?: string, extent = WHOLE): string[] => {
    const log = new TestLog();
    write(log);
    return replay(log, at, extent).agents.map(
      ({ agent_id, lost, since, known_by }) =>
        `${agent_id} ${lost ? "lost " : ""}${(Date.parse(since) - Date.parse(NOW)) / 60_000} ${known_by}`,
    );
  };

  /** Says one after the other of Debbie; `name i2` of another instance of hers. */
  const tell =
    (...said: string[]) =>
    (log: TestLog): void => {
      for (const each of said) {
        const [name = "", instance] = each.split(" ");
        if (name === "claims") log.claim(log.publish(task));
        else log.agent(`agent_${name}`, "Debbie", instance);
      }
    };
  it.each<[string, string[], string[]]>([
    ["one that came", ["online"], ["Debbie 1 online"]],
    ["one that came and went", ["online", "offline"], []],
    ["one that is lost", ["online", "lost"], ["Debbie lost 2 online"]],
    ["one that two leaders found lost", ["online", "lost", "lost"], ["Debbie lost 2 online"]],
    ["one that was lost and is back", ["online", "lost", "online"], ["Debbie 3 online"]],
    ["one started anew before it was missed", ["online", "online i2", "lost", "offline"], ["Debbie 2 online"]],
    ["one of which only a claim tells", ["claims"], ["Debbie 2 claim"]],
    ["one that claims is not lost", ["online", "lost", "claims"], ["Debbie 4 online"]],
  ])("%s", (_, said, expected) => {
    expect(agents(tell(...said))).toEqual(expected);
  });

  it("by name, each with what it ran", () => {
    const log = new TestLog();
    for (const id of ["Debbie", "Alice"]) log.agent("agent_online", id);
    for (const task_id of ["a", "b"]) log.claim(log.publish({ ...task, task_id }));
    expect(replay(log).agents).toMatchObject([
      { agent_id: "Alice", current_tasks: [] },
      { agent_id: "Debbie", role: "debbie", instance_id: "i1", host: "box", pid: 7, current_tasks: ["a", "b"] },
    ]);
  });

  // Of the beats of an agent there is the last one only: stored here in minute 10.
  const beatLater = (over: object) => (log: TestLog) => {
    for (let n = 0; n < 9; n++) log.say("roadmap", "news");
    log.beat(beat(over));
  };
  const recent = { begins: minute(5), whole: false };
  it.each<[string, object, number, string[]]>([
    ["one that came before the log begins", {}, 6, ["Debbie 0 heartbeat"]],
    ["also when it is gone since", { status: "offline" }, 6, ["Debbie 0 heartbeat"]],
    ["not after its goodbye", { status: "offline" }, 10, []],
    ["not before it came", { started_at: minute(4) }, 3, []],
    ["one that came later tells so itself, or nobody", { started_at: minute(6) }, 7, []],
    ["lost when its lease ran out", {}, 11.5, ["Debbie lost 11.5 heartbeat"]],
    ["and not before", {}, 11.4, ["Debbie 0 heartbeat"]],
  ])("by a beat of later: %s", (_, over, at, expected) => {
    expect(agents(beatLater(over), minute(at), recent)).toEqual(expected);
  });

  it.each<[string, object, number, string[]]>([
    ["is lost when its lease ran out, though nobody told", {}, 12.5, ["Debbie lost 12.5 online"]],
    ["is there while it beats", {}, 12.4, ["Debbie 1 online"]],
    ["is not there after a goodbye that only the beat tells", { status: "offline" }, 12, []],
    ["is another instance than one that beats later", { instance_id: "i2" }, 15, ["Debbie 1 online"]],
  ])("one that told of itself %s", (_, over, at, expected) => {
    const write = (log: TestLog): void => {
      log.agent("agent_online");
      beatLater(over)(log);
    };
    expect(agents(write, minute(at))).toEqual(expected);
  });
});

describe("what the log cannot tell", () => {
  const since = { begins: minute(1), whole: false };
  const claim = { agent_id: "Debbie", attempt: 1, epoch: 1, title: "T", type: null, timestamp: NOW };
  /** A new task in minute 1, one from before the log in minute 2, one whose claim overtakes its publication in 3. */
  const log = new TestLog();
  log.publish({ task_id: "new", title: "New" });
  log.say("tasks.claimed", { ...claim, task_id: "old" });
  log.say("tasks.claimed", { ...claim, task_id: "quick" });
  log.publish({ task_id: "quick", title: "Quick" });
  log.say("tasks.released", { ...claim, task_id: "odd" });
  log.publish({ task_id: "later", title: "Later" });

  it.each<[string, number, typeof since, [string, string[]][]]>([
    ["how a task stands whose messages do not say", 9, WHOLE, [["unknown_status", ["odd"]]]],
    [
      "what was before it begins",
      0.5,
      since,
      [
        ["before_the_log", []],
        ["unknown_status", ["old", "odd"]],
      ],
    ],
    [
      "tasks without news since it begins, and where those stood that have some",
      1,
      since,
      [
        ["nothing_since", []],
        ["unknown_status", ["old", "odd"]],
      ],
    ],
    [
      "a task is known from its first event on",
      2,
      since,
      [
        ["nothing_since", []],
        ["unknown_status", ["odd"]],
      ],
    ],
  ])("%s", (_, at, extent, gaps) => {
    const told = replay(log, minute(at), extent);
    expect(told.gaps.map(({ kind, task_ids }) => [kind, task_ids])).toEqual(gaps);
    expect(told.log_begins).toBe(extent.begins);
  });

  it("says it in words that fit a line", () => {
    expect(replay(log, minute(1), since).gaps.map(({ text }) => text)).toEqual([
      "the log begins at 2030-01-01T12:01:00Z: older tasks without news are missing",
      "2 tasks were there; the log does not tell in which status",
    ]);
    expect(replay(log, minute(0), since).gaps[0]?.text).toBe(
      "the log begins at 2030-01-01T12:01:00Z, after this moment",
    );
  });
});
