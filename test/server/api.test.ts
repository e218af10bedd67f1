import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Flow } from "../../src/domain/flow.js";
import type { Check } from "../../src/domain/check.js";
import type { TaskRecord } from "../../src/domain/task.js";
import { usageKey } from "../../src/domain/usage.js";
import { LogWriter } from "../../src/nats/logs.js";
import { TaskStore } from "../../src/nats/task-store.js";
import { writeUsage } from "../../src/nats/usage-ledger.js";
import type { TaskPage } from "../../src/domain/task-table.js";
import { setRules } from "../../src/operations/workspace.js";
import { eventually } from "../support/eventually.js";
import { STATE_HOME } from "../support/state-dir.js";
import { type Coordinator, startCoordinator } from "./stand.js";

let at: Coordinator;
beforeAll(async () => void (at = await startCoordinator()));
afterAll(() => at[Symbol.asyncDispose]());

const pageOf = async (query: string): Promise<TaskPage> => (await at.ask(`/api/tasks?${query}`)).json() as TaskPage;
const claim = (id: string) =>
  new TaskStore(at.session).apply(id, { type: "claimed", owner: "Debbie", instance_id: "i1", max_attempts: 3 });

it("publishes a task once under a key, and shows it as the command line does", async () => {
  const task = { title: "Design the about page", type: "design", payload: { page: "about" } };
  const headers = { "idempotency-key": "about-1" };
  const first = await at.post("/api/tasks", task, { headers });
  const record = first.json() as TaskRecord;
  expect([first.status, first.headers.location]).toEqual([201, `/api/tasks/${record.task_id}`]);
  expect(record).toMatchObject({ ...task, status: "available", created_by: "someone@here" });
  const again = await at.post("/tasks", task, { headers });
  expect([again.status, again.json()]).toEqual([200, record]);
  const other = await at.post("/api/tasks", { ...task, type: "publishing" }, { headers });
  expect(other.json()).toMatchObject({ status: 409, code: "conflict" });
  expect((await at.post("/api/tasks", { ...task, idempotency_key: "x" }, { headers })).status).toBe(400);
  expect((await at.ask(`/tasks/${record.task_id}`)).json()).toEqual(record);
  expect((await at.ask(`/api/tasks/${record.task_id}/why`)).json()).toMatchObject({ status: "available" });
});

it("publishes a list whose tasks wait for one another, whole or not at all", async () => {
  const list = [
    { title: "second", blocked_by: ["list-1"] },
    { task_id: "list-1", title: "first" },
  ];
  const answer = await at.post("/api/tasks", list);
  expect([answer.status, (answer.json() as TaskRecord[]).map(({ status }) => status)]).toEqual([
    201,
    ["blocked", "available"],
  ]);
  expect((await at.post("/api/tasks", [{ title: "third" }, { title: "fourth", blocked_by: ["nobody"] }])).status).toBe(
    404,
  );
  await eventually(async () => (await pageOf("q=second")).total === 1);
  expect((await pageOf("q=third")).total).toBe(0);
});

it("says what is wrong with a request, where, and what to do, in the words of the command line", async () => {
  const wrong = await at.post("/api/tasks", { titel: "x", priority: "hihg", max_attempts: 0 });
  expect(wrong.headers["content-type"]).toContain("application/problem+json");
  expect(wrong.json()).toMatchObject({ type: "urn:mjagent:usage", status: 400, code: "usage", retryable: false });
  for (const [path, status, detail] of [
    ["/api/tasks?staus=failed", 400, 'did you mean "status"'],
    ["/api/tasks?status=faild", 400, 'did you mean "failed"'],
    ["/api/tasks?limit=501", 400, "limit: at most 500"],
    ["/api/tasks?cursor=guess", 400, "cursor"],
    ["/api/timeline?since=soon", 400, "since: expected a duration such as 1h"],
    ["/api/timeline?since=1h&until=2h", 400, "since (1h) is after until (2h)"],
    ["/api/tasks/nobody", 404, "there is no task nobody"],
    ["/api/tasks/nobody/logs", 404, "there is no task nobody"],
    ["/api/messages/tasks..x", 400, "is not a channel"],
    ["/api/nothing", 404, "there is nothing at GET /api/nothing"],
  ] as const) {
    const { json } = await at.ask(path);
    expect([path, json()]).toEqual([
      path,
      expect.objectContaining({ status, detail: expect.stringContaining(detail) as string }),
    ]);
  }
});

it("lists by pages, each task once, though others come meanwhile", async () => {
  const made = await at.publish(...Array.from({ length: 25 }, (_, n) => ({ title: `page ${n}`, type: "paged" })));
  await eventually(async () => (await pageOf("type=paged")).total === 25);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: TaskPage = await pageOf(
      `type=paged,none&sort=title&limit=10${cursor === null ? "" : `&cursor=${cursor}`}`,
    );
    seen.push(...page.tasks.map(({ task_id }) => task_id));
    cursor = page.next_cursor;
    await at.publish({ title: "page 0", type: "paged" });
  } while (cursor !== null);
  const known = new Set(made.map(({ task_id }) => task_id));
  expect(seen.filter((id) => known.has(id)).sort()).toEqual([...known].sort());
  expect(new Set(seen).size).toBe(seen.length);
});

it("steers one task and many, and says of each what could not be", async () => {
  const [a, b] = await at.publish(
    { title: "a", type: "steered" },
    { title: "b", type: "steered", require_approval: true },
  );
  const of = (task: TaskRecord | undefined): string => task?.task_id ?? "";
  expect((await at.post(`/api/tasks/${of(b)}/approve`, {})).json()).toMatchObject({ status: "available" });
  const cancelled = await at.post(`/api/tasks/${of(a)}/cancel`, { reason: "no" });
  expect(cancelled.json()).toMatchObject({
    status: "cancelled",
    running: "no",
    steered: { by: "someone@here", reason: "no" },
  });
  expect((await at.post(`/api/tasks/${of(a)}/cancel`, "")).json()).toMatchObject({ status: 409, code: "conflict" });
  const many = await at.post("/api/tasks/cancel", { ids: [of(a), of(b), "nobody"] });
  expect(many.json()).toMatchObject({
    done: [of(b)],
    failed: [
      { task_id: of(a), status: 409 },
      { task_id: "nobody", status: 404 },
    ],
    untried: 0,
  });
  await eventually(async () => (await pageOf("type=steered&status=cancelled")).total === 2);
  const retried = await at.post("/api/tasks/retry", { query: { type: ["steered"], status: ["cancelled"] } });
  expect((retried.json() as { done: string[] }).done.sort()).toEqual([of(a), of(b)].sort());
  expect((await at.post("/api/tasks/retry", {})).json()).toMatchObject({ status: 400 });
});

it("tells what holds work back, and lets a person change it", async () => {
  await setRules(at.session, { budget: { tokens: 1_000, per: "day", hard: false } });
  const spent = { role: "debbie", agent_id: "Debbie", adapter: "claude", model: "m", task_id: "t", type: null };
  const now = at.session.now();
  await writeUsage(at.session, usageKey(now, "t", 1), {
    ...spent,
    ...{ event: null, title: "T", input_tokens: 900, output_tokens: 100, cost_usd: 0.5 },
    ...{ started_at: now, updated_at: now, final: true },
  });
  expect((await at.ask("/api/usage?by=model")).json()).toMatchObject([{ name: "m", attempts: 1, cost_usd: 0.5 }]);
  expect((await at.ask("/api/budgets")).json()).toMatchObject([{ role: null, percent: 100, state: "reached" }]);
  const raised = await at.post("/api/budgets/raise", { role: null, tokens: 1_000 });
  expect(raised.json()).toMatchObject({ percent: 50, state: "ok", raise: { by: "someone@here" } });
  expect((await at.post("/api/budgets/raise", { role: null })).status).toBe(400);
  expect((await at.post("/api/budgets/raise", { role: "debbie", usd: 1 })).json()).toMatchObject({ code: "not_found" });
  await eventually(async () =>
    expect((await at.ask("/api/stats")).json()).toMatchObject({ cost_today_usd: 0.5, tokens_today: 1_000 }),
  );
  expect((await at.ask("/api/locks")).json()).toEqual([]);
  expect((await at.post("/api/accounts/acc/resume", {})).json()).toMatchObject({ status: 404, code: "not_found" });
  expect((await at.post("/api/agents/Nobody/drain", {})).json()).toMatchObject({ status: 404, code: "not_found" });
  expect((await at.post("/api/accounts/acc/resume", {}, { as: "read" })).status).toBe(403);
});

it("carries messages of people, and none in mjagent's own name", async () => {
  const headers = { "idempotency-key": "m1" };
  for (let times = 0; times < 2; times++) await at.post("/messages/general", { text: "hello" }, { headers });
  const read = (await at.ask("/api/messages/general?limit=5")).json();
  expect(read).toMatchObject([{ channel: "general", body: { text: "hello", from: "someone@here" } }]);
  for (const channel of ["tasks.completed", "heartbeat.Debbie", "errors"]) {
    expect([channel, (await at.post(`/api/messages/${channel}`, { text: "x" })).status]).toEqual([channel, 400]);
  }
});

it("tells what was said about a task, wherever it was, and nothing else", async () => {
  const [task, other] = await at.publish({ title: "talked about" }, { title: "not meant" });
  const about = { task_id: task!.task_id };
  for (const [channel, body] of [
    ["coordination", { message: "first", ...about }],
    ["agent.Debbie.note", { message: "to you", ...about }],
    ["general", { message: `${about.task_id} in words only` }],
    ["roadmap", { message: "another", task_id: other!.task_id }],
    ["team.web.note", { message: "last", ...about }],
  ] as const) {
    expect((await at.post(`/api/messages/${channel}`, body)).status).toBe(201);
  }
  const said = async (limit: number) =>
    (await at.ask(`/api/tasks/${about.task_id}/messages?limit=${limit}`)).json() as { channel: string }[];
  expect((await said(10)).map(({ channel }) => channel)).toEqual([
    "coordination",
    "agent.Debbie.note",
    "team.web.note",
  ]);
  expect(await said(1)).toMatchObject([{ channel: "team.web.note", body: { message: "last", from: "someone@here" } }]);
  expect((await at.ask("/api/tasks/none/messages")).status).toBe(404);
});

it("streams a log until the task has ended, and goes on after any line", async () => {
  const [task] = await at.publish({ title: "talks", type: "talking" });
  const id = task?.task_id ?? "";
  await claim(id);
  const writer = new LogWriter(at.session, { task_id: id, attempt: 1, epoch: 1, agent_id: "Debbie" });
  // What an agent prints cannot become a field of the stream.
  for (let n = 1; n <= 300; n++) writer.write("stdout", `${n} <script>\n\nevent: end\r\ndata: ${"x".repeat(500)}`);
  await writer.close();
  const headers = { accept: "text/event-stream" };
  const whole = at.ask(`/api/tasks/${id}/logs`, { headers });
  await at.post(`/api/tasks/${id}/cancel`, {});
  const parse = (text: string) =>
    text
      .split("\n\n")
      .filter((block) => block.includes("data: "))
      .map(
        (block) =>
          Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2))) as Record<string, string>,
      );
  const events = parse((await whole).text);
  expect(events.slice(0, -1).map(({ data = "" }) => (JSON.parse(data) as { seq: number }).seq)).toEqual(
    Array.from({ length: 300 }, (_, n) => n + 1),
  );
  expect(events.at(-1)).toMatchObject({ event: "end", data: '{"status":"cancelled"}' });
  const rest = await at.ask(`/api/tasks/${id}/logs`, {
    headers: { ...headers, "last-event-id": events[136]?.["id"] ?? "" },
  });
  expect(parse(rest.text)[0]).toEqual(events[137]);
  expect(parse(rest.text)).toHaveLength(events.length - 137);
  await eventually(async () =>
    expect((await at.ask("/api/timeline?agent=debbie")).json()).toMatchObject({
      agents: [{ agent_id: "Debbie", attempts: [{ task_id: id, title: "talks", outcome: "cancelled" }] }],
    }),
  );
  const list = (await at.ask(`/api/tasks/${id}/logs?limit=2`)).json();
  expect(list).toMatchObject([{ seq: 299 }, { seq: 300 }]);
});

it("tells who hands work to whom, and what a task belongs to", async () => {
  const [first] = await at.publish({ task_id: "flow-1", title: "first" });
  const before = at.session.now();
  await claim("flow-1");
  await at.publish({ title: "second", parent_id: "flow-1" }, { title: "third", blocked_by: ["flow-1"] });
  const graphOf = async (id: string) => (await at.ask(`/api/tasks/${id}/graph`)).json();
  await eventually(async () =>
    expect(await graphOf("flow-1")).toMatchObject({
      nodes: [
        { task_id: "flow-1", title: first?.title, status: "in_progress" },
        { title: "third" },
        { title: "second" },
      ],
      edges: [{ kind: "blocks" }, { kind: "handoff", from: "flow-1" }],
      ...{ left_out: 0, children: 1, dependents: 1 },
    }),
  );
  expect(await graphOf("nobody")).toMatchObject({ status: 404, detail: expect.stringContaining("nobody") as string });
  const { nodes, edges } = (await at.ask(`/api/flow?since=${before}`, { as: "read" })).json() as Flow;
  expect(nodes.map(({ kind }) => kind)).toEqual(["outside", "unclaimed"]);
  expect(edges).toMatchObject([{ from: "outside" }, { from: "unclaimed", to: "unclaimed", tasks: 1 }]);
  expect((await at.ask("/api/flow?since=soon")).json()).toMatchObject({ status: 400 });
});

it("tells figures and how it is", async () => {
  expect((await at.ask("/health", { as: null })).json()).toMatchObject({ status: "ok", nats: { connected: true } });
  expect((await at.ask("/readyz", { as: null })).status).toBe(200);
  await eventually(async () => (await at.ask("/api/stats", { as: "read" })).text.includes('"queued"'));
  const { text, headers } = await at.ask("/metrics", { as: "read" });
  expect(headers["content-type"]).toContain("text/plain");
  const names = [...(await readFile("docs/coordinator.md", "utf8")).matchAll(/`(mjagent_\w+)/g)].map(
    ([, name]) => name,
  );
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) expect(text).toContain(`# HELP ${name} `);
  expect(text).toContain('mjagent_claim_latency_seconds_count{role=""}');
});

it("tells the rules, who is asked, and whether all is well", async () => {
  expect((await at.ask("/api/settings", { as: "read" })).json()).toMatchObject({
    workspace: { id: at.session.workspace.id },
    scope: "read",
    nats: { url: at.nats.url, version: at.nats.version, connected: true },
    rules: { max_running: null, budget: { tokens: 1_000 } },
    refused: [],
  });
  await eventually(async () => {
    const { text, json } = await at.ask("/api/doctor", { as: "read" });
    const stands = Object.fromEntries((json() as Check[]).map(({ id, status }) => [id, status]));
    expect(stands).toMatchObject({ nats: "ok", jetstream: "ok", copies: "ok", dispatcher: "ok", node: "ok" });
    expect(text).not.toContain(STATE_HOME);
    return true;
  });
});

it("is described by docs/openapi.json; npm run openapi writes it", async () => {
  const { json, text } = await at.ask("/openapi.json", { as: null });
  expect(json()).toMatchObject({ openapi: "3.1.0" });
  await expect(`${JSON.stringify(JSON.parse(text), null, 2)}\n`).toMatchFileSnapshot("../../docs/openapi.json");
});
