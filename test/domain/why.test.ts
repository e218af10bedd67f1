import { describe, expect, it } from "vitest";
import type { WhyCode } from "../../src/domain/finding.js";
import type { Beat } from "../../src/domain/message.js";
import { EVERYTHING, noRules, type Pause, type RunningSlot } from "../../src/domain/settings.js";
import { agentState } from "../../src/domain/snapshot.js";
import type { Routing } from "../../src/domain/takers.js";
import type { Status, TaskRecord } from "../../src/domain/task.js";
import { explain, paragraph, type Why } from "../../src/domain/why.js";
import { attempt, beat, later, NOW, recordIn, role, settings } from "./records.js";

const HOUR = 3_600_000;
const now = Date.parse(NOW);
const DEBBIE = role("debbie", { types: ["design"], phases: ["design"] });
const ALICE = role("alice", { types: ["design", "publishing"] });

/** An agent that was last heard of so long ago. */
const agent = (over: Partial<Beat> = {}, age = 1_000) => agentState(beat(over), new Date(now - age), now);
const busy = (...current_tasks: string[]): Partial<Beat> => ({ current_tasks, slots: current_tasks.length });

const routing = (over: Partial<Routing> = {}): Routing => ({
  roles: [DEBBIE],
  agents: [agent()],
  settings: settings(),
  led: true,
  now,
  ...over,
});
const slot = (task_id: string, of = "debbie"): RunningSlot => ({
  ...{ task_id, epoch: 1, role: of, owner: "Debbie", instance_id: "i1", files: [] },
});
const pause: Pause = { by: "kim@here", reason: "moving", at: later(-2 * HOUR) };

const task = (status: Status, over: Partial<TaskRecord> = {}, task_id = "t"): TaskRecord =>
  recordIn(status, { task_id, title: "T", type: "design", updated_at: later(-HOUR), ...over });

/** What is said of a task; other tasks that can be read by their ids. */
function why(given: TaskRecord, more: Partial<Routing> = {}, others: readonly TaskRecord[] = []): Why {
  const records = new Map([given, ...others].map((record) => [record.task_id, record]));
  return explain(given, (id) => records.get(id) ?? null, routing(more));
}

type Case = [string, TaskRecord, Partial<Routing>, WhyCode[], string, string[]];

const table = (cases: Case[]): void =>
  it.each(cases)("%s", (_, given, more, codes, text, commands) => {
    const answer = why(given, more);
    expect(paragraph(answer)).toBe(text);
    expect(answer.causes.map(({ code }) => code)).toEqual(codes);
    expect(answer.next.map(({ command }) => command)).toEqual(commands);
    expect(answer.held_by).toEqual(["t"]);
  });

const NO_LEADER = "No dispatcher leads, so nothing is handed out or moves on";
const CANCEL = "mjagent cancel t";
const RUN = "mjagent run --agent debbie";

describe("an available task", () => {
  table([
    [
      "no agent has ever run",
      task("available"),
      { roles: [], agents: [], led: false },
      ["unrouted"],
      "It matches no role: no agent has run in this workspace yet.",
      ["mjagent run --all"],
    ],
    [
      "no role matches: what each wants, and what the task has",
      task("available", { type: "ops", tags: ["a", "b"] }),
      { roles: [DEBBIE, role("tess", { tags: ["x"], files: ["src/**"], keywords: ["SPEC"] }), role("idle", {})] },
      ["unrouted"],
      "It matches no role: debbie wants type design or a phase with design; tess wants the word SPEC or tag x or files like src/**; idle wants nothing; it has type ops, no phase, tags a, b, no files.",
      ["mjagent run --agent NAME", CANCEL],
    ],
    [
      "there are only roles that watch",
      task("available"),
      { roles: [role("morgan", { types: ["design"] }, ["completed"])] },
      ["unrouted"],
      "It matches no role: all roles watch events and claim nothing.",
      ["mjagent run --agent NAME", CANCEL],
    ],
    [
      "an agent is free, and it has just come",
      task("available", { updated_at: later(-2_000) }),
      {},
      ["ready"],
      "It goes to Debbie, which is free.",
      [],
    ],
    [
      "an agent is free, and has left it there",
      task("available"),
      {},
      ["ready", "overdue"],
      "It goes to Debbie, which is free. It has been available for 1h, so Debbie should have it: it may have come free just now, be ending, or run an older file of its role.",
      [RUN],
    ],
    [
      "its agent took it after it was read",
      task("available", { updated_at: later(-2_000) }),
      { agents: [agent(busy("t"), 1_000)] },
      ["ready"],
      "It goes to Debbie, which has just taken it.",
      [],
    ],
    [
      "its agent ran it before it was available again",
      task("available", { updated_at: later(-1_000) }),
      { agents: [agent(busy("t"), 2_000)] },
      ["routed", "busy"],
      "It is for debbie. All agents of debbie that are online are busy: Debbie with t.",
      [RUN],
    ],
    [
      "all agents are busy",
      task("available"),
      { agents: [agent(busy("a", "b")), agent({ agent_id: "Debbie-2", ...busy("c") })] },
      ["routed", "busy"],
      "It is for debbie. All agents of debbie that are online are busy: Debbie with a, b, Debbie-2 with c.",
      [RUN],
    ],
    [
      "no agent of its role was ever there",
      task("available"),
      { agents: [agent({ agent_id: "Alice", role: "alice" })] },
      ["routed", "no_agent"],
      "It is for debbie. No agent of debbie is online.",
      [RUN],
    ],
    [
      "its agents are lost or ended: the last of them",
      task("available"),
      { agents: [agent({}, 2 * HOUR), agent({ agent_id: "Debbie-2", status: "offline" }, HOUR)] },
      ["routed", "no_agent"],
      "It is for debbie. No agent of debbie is online (Debbie-2 ended 1h ago).",
      [RUN],
    ],
    [
      "its only agent that is online is drained, busy or not",
      task("available"),
      { agents: [agent({ ...busy("a"), draining: true }), agent({ agent_id: "Debbie-2", status: "offline" }, HOUR)] },
      ["routed", "no_agent"],
      "It is for debbie. No agent of debbie claims: Debbie is drained, so it finishes what runs and leaves.",
      [RUN],
    ],
    [
      "two roles match, and one has a free agent",
      task("available", { updated_at: NOW }),
      { roles: [DEBBIE, ALICE], agents: [agent(busy("a")), agent({ agent_id: "Alice", role: "alice" })] },
      ["ready"],
      "It goes to Alice, which is free.",
      [],
    ],
    [
      "two roles match, and neither can",
      task("available"),
      {
        roles: [DEBBIE, ALICE],
        agents: [agent({}, 2 * HOUR), agent({ agent_id: "Alice", role: "alice", ...busy("a") })],
      },
      ["routed", "no_agent", "busy"],
      "It is for debbie or alice. No agent of debbie is online (Debbie was last heard of 2h ago). All agents of alice that are online are busy: Alice with a.",
      [RUN, "mjagent run --agent alice"],
    ],
    [
      "its role is paused",
      task("available"),
      { settings: settings({ pauses: new Map([["debbie", pause]]) }) },
      ["routed", "paused"],
      "It is for debbie. Nothing new is claimed: debbie is paused by kim@here, 2h ago (moving).",
      ["mjagent resume debbie"],
    ],
    [
      "everything is paused, and its role too, and nobody is there",
      task("available"),
      {
        agents: [],
        settings: settings({
          pauses: new Map([
            ["debbie", pause],
            [EVERYTHING, { ...pause, reason: null }],
          ]),
        }),
      },
      ["routed", "paused", "paused", "no_agent"],
      "It is for debbie. Nothing new is claimed: everything is paused by kim@here, 2h ago. Nothing new is claimed: debbie is paused by kim@here, 2h ago (moving). No agent of debbie is online.",
      ["mjagent resume", "mjagent resume debbie", RUN],
    ],
    [
      "the workspace is full",
      task("available"),
      { settings: settings({ rules: { ...noRules(), max_running: 2 }, slots: [slot("a"), slot("b", "alice")] }) },
      ["routed", "workspace_full"],
      "It is for debbie. The workspace runs as many tasks as its max_running allows (2): a, b.",
      ["mjagent tasks --status in_progress"],
    ],
    [
      "others hold files it needs, and one is to have them before it",
      task("available", { files: ["src/**", "docs"], created_at: later(0) }),
      {
        settings: settings({
          slots: [
            { ...slot("a"), files: ["src/api"] },
            { ...slot("b"), files: ["lib"] },
          ],
        }),
        line: [
          task("available", { files: ["docs"], created_at: later(-9) }, "older"),
          task("available", { files: ["docs"], created_at: later(-8) }, "old"),
          task("available", { files: ["docs"], created_at: later(-8), type: "nobody's" }, "stays"),
          task("available", { files: ["docs"], created_at: later(1) }, "newer"),
        ],
      },
      ["routed", "files_held", "files_line"],
      "It is for debbie. a (Debbie) holds files that it needs: src/api, which overlaps src/**. old is before it in the line for docs, and 1 more before that.",
      ["mjagent locks"],
    ],
    [
      "its role is full",
      task("available"),
      {
        roles: [{ ...DEBBIE, max_running: 1 }],
        settings: settings({ slots: [slot("a"), slot("b", "alice")] }),
      },
      ["routed", "role_full"],
      "It is for debbie. Role debbie runs as many tasks as its max_running allows (1): a.",
      ["mjagent tasks --status in_progress"],
    ],
    [
      "nobody leads, and nobody is there",
      task("available"),
      { agents: [agent({}, 2 * HOUR)], led: false },
      ["routed", "no_agent", "no_dispatcher"],
      `It is for debbie. No agent of debbie is online (Debbie was last heard of 2h ago). ${NO_LEADER}.`,
      [RUN],
    ],
    [
      "nobody leads yet",
      task("available"),
      { led: false },
      ["routed", "no_dispatcher"],
      `It is for debbie. ${NO_LEADER}; one of the running agents leads soon.`,
      [],
    ],
    [
      "an attempt was lost",
      task("available", {
        updated_at: NOW,
        attempts: 1,
        error: { reason: "agent_lost", message: "Debbie was silent for 90s" },
        history: [attempt({ ended_at: NOW, outcome: "lost", reason: "agent_lost" })],
      }),
      {},
      ["ready", "last_error"],
      "It goes to Debbie, which is free. Attempt 1 of 3, by Debbie, ended with agent_lost: Debbie was silent for 90s.",
      [],
    ],
  ]);
});

describe("a task that waits for its time or a person", () => {
  table([
    [
      "not_before",
      task("scheduled", { not_before: later(HOUR) }),
      {},
      ["not_before", "routed"],
      "It is due in 1h (2030-01-01T13:00:00Z), as its not_before says. Then it is for debbie.",
      [],
    ],
    [
      "backing off",
      task("scheduled", {
        not_before: later(40_000),
        attempts: 2,
        error: { reason: "exit", message: "exited with\n code 1" },
        history: [attempt({ attempt: 2, ended_at: NOW, outcome: "failed", reason: "exit" })],
      }),
      {},
      ["backing_off", "routed"],
      "It is tried again in 40s (2030-01-01T12:00:40Z), as attempt 2 of 3 failed (exit): exited with code 1. Then it is for debbie.",
      ["mjagent logs t"],
    ],
    [
      "snoozed",
      task("scheduled", {
        not_before: later(40_000),
        history: [attempt({ ended_at: NOW, outcome: "handed_back", reason: "snooze" })],
      }),
      {},
      ["handed_back", "routed"],
      "It was put off by Debbie (snooze), and is due in 40s (2030-01-01T12:00:40Z). Then it is for debbie.",
      [],
    ],
    [
      "snoozed, and it said why",
      task("scheduled", {
        not_before: later(40_000),
        history: [attempt({ ended_at: NOW, outcome: "handed_back", reason: "snooze", message: "no room" })],
      }),
      {},
      ["handed_back", "routed"],
      "It was put off by Debbie (no room), and is due in 40s (2030-01-01T12:00:40Z). Then it is for debbie.",
      [],
    ],
    [
      "due, and nobody leads",
      task("scheduled"),
      { led: false, agents: [] },
      ["due", "no_dispatcher", "routed", "no_agent"],
      `It is due now. ${NO_LEADER}. Then it is for debbie. No agent of debbie is online.`,
      ["mjagent run --all", RUN],
    ],
    [
      "approval, and then a role that is paused",
      task("awaiting_approval"),
      { agents: [agent(busy("a"))], settings: settings({ pauses: new Map([["debbie", pause]]) }) },
      ["awaiting_approval", "routed", "paused"],
      "It has waited for approval for 1h. Then it is for debbie. Nothing new is claimed: debbie is paused by kim@here, 2h ago (moving).",
      ["mjagent approve t", "mjagent reject t", "mjagent resume debbie"],
    ],
    [
      "approval, and then no role",
      task("awaiting_approval", { type: "ops" }),
      {},
      ["awaiting_approval", "unrouted"],
      "It has waited for approval for 1h. Then it matches no role: debbie wants type design or a phase with design; it has type ops, no phase.",
      ["mjagent approve t", "mjagent reject t", "mjagent run --agent NAME", CANCEL],
    ],
  ]);
});

describe("a task in progress", () => {
  const running = (over: Partial<TaskRecord> = {}) => task("in_progress", { started_at: later(-HOUR), ...over });
  const at = "It runs at Debbie on box (pid 7) for 1h, attempt 1 of 3.";
  const LOGS = "mjagent logs t -f";
  table([
    [
      "its agent is well",
      running(),
      { agents: [agent(busy("t"))] },
      ["running", "agent_heard"],
      `${at} Debbie was last heard of 1s ago.`,
      [LOGS],
    ],
    [
      "its agent has not been heard of for half its lease",
      running(),
      { agents: [agent(busy("t"), 60_000)] },
      ["running", "agent_silent"],
      `${at} Debbie was last heard of 1m ago: it is given up in 30s (2030-01-01T12:00:30Z) unless it is heard again, and the task goes to another then.`,
      [LOGS],
    ],
    [
      "its agent is lost, at the last attempt, and nobody leads",
      running({ max_attempts: 1 }),
      { agents: [agent(busy("t"), 2 * HOUR)], led: false },
      ["running", "agent_silent", "no_dispatcher"],
      `It runs at Debbie on box (pid 7) for 1h, attempt 1 of 1. Debbie has been silent for 2h, which is more than its lease: it is given up, and the task fails then. ${NO_LEADER}.`,
      [LOGS, "mjagent run --all"],
    ],
    [
      "its agent was started anew",
      running(),
      { agents: [agent({ instance_id: "i2" })] },
      ["running", "agent_gone"],
      `${at} Debbie was started anew, so it is given up, and the task goes to another then.`,
      [LOGS],
    ],
    [
      "its agent went",
      running(),
      { agents: [agent({ status: "offline" }, HOUR)] },
      ["running", "agent_gone"],
      `${at} Debbie ended 1h ago, so it is given up, and the task goes to another then.`,
      [LOGS],
    ],
    [
      "its agent was never heard of",
      running(),
      { agents: [] },
      ["running", "agent_gone"],
      "It runs at Debbie for 1h, attempt 1 of 3. No heartbeat of Debbie is known: after its lease it is given up, and the task goes to another then.",
      [LOGS],
    ],
    [
      "its agent is well and does not name it",
      running(),
      {},
      ["running", "not_running"],
      `${at} Debbie was heard of 1s ago, but its heartbeat does not name this task: its result may wait on box to be sent.`,
      [LOGS, CANCEL, "mjagent retry t"],
    ],
    [
      "it was claimed just now",
      running({ started_at: later(-2_000) }),
      {},
      ["running", "agent_heard"],
      "It runs at Debbie on box (pid 7) for 2s, attempt 1 of 3. Debbie was last heard of 1s ago.",
      [LOGS],
    ],
  ]);
});

describe("a task that has ended", () => {
  const finished_at = later(-HOUR);
  table([
    [
      "completed",
      task("completed", { finished_at, result: { ...recordIn("completed").result!, summary: "it works" } }),
      {},
      ["completed"],
      "It was completed by Debbie 1h ago: it works.",
      ["mjagent tasks show t"],
    ],
    [
      "failed, attempts used up",
      task("failed", { finished_at }),
      {},
      ["failed", "attempts_used"],
      "It failed 1h ago: exit code 1 (exit: the command exited with an error). All of its attempts (3) are used up.",
      ["mjagent logs t", "mjagent retry t"],
    ],
    [
      "failed for a reason that trying again does not change",
      task("failed", { finished_at, attempts: 1, error: { reason: "auth", message: "not logged in" } }),
      {},
      ["failed", "permanent"],
      "It failed 1h ago: not logged in (auth: the agent is not logged in). Trying again cannot help until that is mended.",
      ["mjagent logs t", "mjagent retry t"],
    ],
    [
      "failed, and its role does not try again",
      task("failed", { finished_at, attempts: 1 }),
      {},
      ["failed", "not_retried"],
      "It failed 1h ago: exit code 1 (exit: the command exited with an error). Its role does not try again after that.",
      ["mjagent logs t", "mjagent retry t"],
    ],
    [
      "cancelled",
      task("cancelled", { steered: { action: "cancelled", by: "kim@here", reason: "no need", at: later(-HOUR) } }),
      {},
      ["cancelled"],
      "It was cancelled by kim@here 1h ago: no need.",
      ["mjagent retry t"],
    ],
    [
      "cancelled, and its command still runs",
      task("cancelled", {
        ...{ owner: "Debbie", instance_id: "i1" },
        steered: { action: "cancelled", by: "kim@here", reason: null, at: later(-2_000) },
      }),
      { agents: [agent(busy("t"))] },
      ["cancelled", "still_running"],
      "It was cancelled by kim@here 2s ago. Debbie on box has not confirmed that its command has ended: its heartbeat of 1s ago still names it.",
      ["mjagent retry t"],
    ],
    [
      "rejected",
      task("cancelled", { steered: { action: "rejected", by: "kim@here", reason: null, at: later(-HOUR) } }),
      {},
      ["cancelled"],
      "It was rejected by kim@here 1h ago.",
      ["mjagent retry t"],
    ],
    [
      "a late result",
      task("completed", {
        finished_at,
        history: [
          attempt({
            outcome: "lost",
            late: { outcome: "completed", summary: "done after all", at: NOW, object: "late/t.1" },
          }),
        ],
      }),
      {},
      ["completed", "late_result"],
      "It was completed by Debbie 1h ago. Attempt 1, by Debbie, reported after it had been given up, and does not count: completed (done after all).",
      ["mjagent tasks show t", "mjagent tasks show t --json"],
    ],
  ]);
});

describe("a task that waits for others", () => {
  const blocked = (id: string, ...blocked_by: string[]): TaskRecord => task("blocked", { blocked_by }, id);
  type ChainCase = [string, TaskRecord[], WhyCode[], string, string[], string[]];
  const THEN = "Then it is for debbie.";

  it.each<ChainCase>([
    [
      "the chain is followed to its end",
      [blocked("page", "draft"), blocked("draft", "brief"), task("awaiting_approval", {}, "brief")],
      ["awaiting_approval", "routed"],
      `It waits for draft, which waits for brief, which has waited for approval for 1h. ${THEN}`,
      ["mjagent approve brief", "mjagent reject brief"],
      ["brief"],
    ],
    [
      "what needs somebody comes first, and what is done does not count",
      [
        blocked("page", "done", "runs", "gone"),
        task("completed", {}, "done"),
        task("in_progress", { started_at: later(-2_000) }, "runs"),
      ],
      ["blocker_missing", "running", "agent_heard", "routed"],
      `It waits for gone, which does not exist: it was never published, or has been removed. It also waits for runs, which runs at Debbie on box (pid 7) for 2s, attempt 1 of 3. Debbie was last heard of 1s ago. ${THEN}`,
      ['mjagent publish --id gone --title "…"', "mjagent cancel page", "mjagent logs runs -f"],
      ["gone", "runs"],
    ],
    [
      "an id that is none is not to be typed",
      [blocked("page", "$(reboot)")],
      ["blocker_missing", "routed"],
      `It waits for $(reboot), which does not exist: it was never published, or has been removed. ${THEN}`,
      ["mjagent cancel page"],
      ["$(reboot)"],
    ],
    [
      "a circle",
      [blocked("page", "a"), blocked("a", "b"), blocked("b", "a")],
      ["cycle", "routed"],
      `It waits for a, which waits for itself, so that nothing here can start: a → b → a. ${THEN}`,
      ["mjagent cancel a"],
      ["a"],
    ],
    [
      "itself",
      [blocked("page", "page")],
      ["cycle", "routed"],
      `It waits for itself, so that nothing here can start: page → page. ${THEN}`,
      ["mjagent cancel page"],
      ["page"],
    ],
    [
      "a blocker that has failed, before that is known to it",
      [blocked("page", "draft"), task("failed", { finished_at: later(-HOUR) }, "draft")],
      ["failed", "attempts_used", "routed"],
      `It waits for draft, which failed 1h ago: exit code 1 (exit: the command exited with an error). All of its attempts (3) are used up. ${THEN}`,
      ["mjagent logs draft", "mjagent retry draft"],
      ["draft"],
    ],
    [
      "a blocker that has failed, which is all the same to it: everything is done",
      [task("blocked", { blocked_by: ["draft"], on_blocker_failure: "run" }, "page"), task("failed", {}, "draft")],
      ["unblocking", "routed"],
      `It waits for nothing any more. ${THEN}`,
      [],
      ["page"],
    ],
    [
      "of many the first few",
      [blocked("page", "a", "b", "c", "d", "e"), ..."abcde".split("").map((id) => task("awaiting_approval", {}, id))],
      ["awaiting_approval", "awaiting_approval", "awaiting_approval", "more_blockers", "routed"],
      `It waits for a, which has waited for approval for 1h. It also waits for b, which has waited for approval for 1h. It also waits for c, which has waited for approval for 1h. Of what else it waits for, 2 more are not completed. ${THEN}`,
      ["mjagent approve a", "mjagent reject a", "mjagent approve b", "mjagent reject b"],
      ["a", "b", "c", "d", "e"],
    ],
    [
      "it failed with what it waited for: what is at the root",
      [
        task(
          "failed",
          { blocked_by: ["draft"], error: { reason: "dependency_failed", message: "draft is failed" } },
          "page",
        ),
        task(
          "failed",
          { blocked_by: ["brief"], error: { reason: "dependency_failed", message: "brief is …" } },
          "draft",
        ),
        task(
          "cancelled",
          { steered: { action: "cancelled", by: "kim@here", reason: null, at: later(-HOUR) } },
          "brief",
        ),
      ],
      ["cancelled"],
      "It waited for draft, which waited for brief, which was cancelled by kim@here 1h ago.",
      ["mjagent retry brief", "mjagent retry page"],
      ["brief"],
    ],
    [
      "it failed with what it waited for, and that was mended since",
      [
        task(
          "failed",
          {
            ...{ blocked_by: ["draft"], finished_at: later(-HOUR), owner: null, history: [] },
            error: { reason: "dependency_failed", message: "draft, which it waits for, is failed" },
          },
          "page",
        ),
        task("completed", {}, "draft"),
      ],
      ["failed", "mended"],
      "It failed 1h ago: draft, which it waits for, is failed (dependency_failed: a task this one waits for failed or was cancelled). Nothing that it waits for is failed any more.",
      ["mjagent retry page"],
      ["page"],
    ],
  ])("%s", (_, [given, ...others], codes, text, commands, heldBy) => {
    const answer = why(given!, {}, others);
    expect(paragraph(answer)).toBe(text);
    expect(answer.causes.map(({ code }) => code)).toEqual(codes);
    expect(answer.next.map(({ command }) => command)).toEqual(commands);
    expect(answer.held_by).toEqual(heldBy);
  });

  it("a chain of thousands, in few words", () => {
    const chain = Array.from({ length: 5_000 }, (_, n) => blocked(`c${n}`, `c${n + 1}`));
    const answer = why(chain[0]!, {}, [...chain.slice(1), task("awaiting_approval", {}, "c5000")]);
    expect(paragraph(answer)).toContain("waits for c3, which waits for (4994 more), which waits for c4998, which");
    expect(answer.causes[0]!.path).toHaveLength(5_001);
  });

  it("whose blockers nobody has read", () => {
    const answer = explain(blocked("page", "a", "b"), () => undefined, routing());
    expect(paragraph(answer)).toBe(`It waits for a, b. ${THEN}`);
    expect(answer.causes[0]!.code).toBe("blocked");
  });
});

it("every cause says which task it is about, on what way, since and until when", () => {
  const waits = task("blocked", { blocked_by: ["draft"] }, "page");
  const { causes } = why(waits, {}, [task("scheduled", { not_before: later(HOUR) }, "draft")]);
  expect(causes[0]).toEqual({
    code: "not_before",
    task_id: "draft",
    path: ["page", "draft"],
    role: null,
    agent_id: null,
    since: later(-HOUR),
    until: later(HOUR),
    text: "It waits for draft, which is due in 1h (2030-01-01T13:00:00Z), as its not_before says.",
  });
});

it("text of others is short and on one line", () => {
  const long = "x\n".repeat(5_000);
  const answer = why(task("failed", { finished_at: NOW, error: { reason: "exit", message: long } }), {
    roles: [role("r", { types: [long] })],
  });
  expect(paragraph(answer).length).toBeLessThan(500);
  expect(paragraph(answer)).not.toContain("\n");
});
