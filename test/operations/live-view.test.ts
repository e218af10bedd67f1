import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { NumberedChange } from "../../src/domain/change.js";
import { LiveView } from "../../src/operations/live-view.js";
import { pause, resume } from "../../src/operations/workspace.js";
import { approveTask, cancelTask } from "../../src/operations/tasks.js";
import { deleteWorkspace } from "../../src/nats/topology.js";
import { removeKey } from "../../src/nats/bucket.js";
import type { Session } from "../../src/nats/session.js";
import { eventually } from "../support/eventually.js";
import { gate, launch, publish, roleOf } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import "../support/state-dir.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function viewOf(session: Session): Promise<LiveView> {
  const view = await LiveView.start(session, new AbortController().signal);
  onTestFinished(() => view[Symbol.dispose]());
  return view;
}

const statuses = (view: LiveView): Record<string, string> =>
  Object.fromEntries(view.list({ limit: 100, sort: "created", order: "asc" }).tasks.map((t) => [t.task_id, t.status]));

/** What a client has that reads the list once and then only changes. */
function follow(view: LiveView) {
  const changes: NumberedChange[] = [];
  const tasks = statuses(view);
  const first = view.seq;
  view.subscribe((change) => {
    changes.push(change);
    if (change.type === "task") tasks[change.task.task_id] = change.task.status;
    if (change.type === "task_removed") Reflect.deleteProperty(tasks, change.task_id);
  });
  return { changes, tasks, first };
}

test("a list and the changes since make the list of later; each change has the next number", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await publish(session, { task_id: "early", title: "Early", type: "none" });
  const view = await viewOf(session);
  expect(statuses(view)).toEqual({ early: "available" });
  view.subscribe(() => {
    throw new Error("one listener's trouble");
  });
  const client = follow(view);
  const working = gate();
  let tries = 0;
  await using _fleet = await launch(session, [
    {
      role: roleOf("debbie", { display_name: "Debbie" }),
      run: async () => {
        if (++tries === 1) throw new Error("no such page: /tmp/a1/page.html");
        await working.opened;
        return "it is done";
      },
    },
  ]);
  await publish(
    session,
    { task_id: "t", title: "T", type: "debbie", tags: ["web"] },
    { task_id: "after", title: "After", type: "debbie", blocked_by: ["t"] },
    { task_id: "asks", title: "Asks", type: "none", require_approval: true },
    { task_id: "gone", title: "Gone", type: "none" },
  );
  await eventually(() => view.row("t")?.attempts === 2 && view.row("t")?.status === "in_progress");
  expect(view.errors()).toMatchObject([{ reason: "agent_error", count: 1, roles: ["debbie"], examples: ["t"] }]);
  await pause(session, ["debbie"], "kim", "lunch");
  const overview = await eventually(() => {
    const now = view.overview();
    return now.paused.length === 1 && now.leader !== null && now;
  });
  expect(overview).toMatchObject({ running: 1, queued: 2, waiting: 2, agents: { online: 1, lost: 0 } });
  expect(overview.attention.items.map(({ kind, id }) => [kind, id])).toEqual([
    ["paused", "debbie"],
    ["awaiting_approval", "asks"],
    ["unrouted", "early"],
    ["unrouted", "gone"],
  ]);
  // Its beat may come half a second after the record: beats of a change have room between them.
  const busy = await eventually(() => view.agents()[0]?.status === "busy" && view.agents());
  expect(busy).toMatchObject([{ agent_id: "Debbie", status: "busy", current_task: "t", lost: false }]);
  await approveTask(session, "asks", "kim", null);
  await cancelTask(session, "gone", "kim", null);
  await resume(session, []);
  working.open();
  await eventually(() => view.row("after")?.status === "completed");
  const { names } = session;
  await removeKey(session, names.tasks, "gone", view.row("gone")?.revision ?? 0);
  await eventually(() => view.row("gone") === undefined);
  expect(view.row("t")).toMatchObject({ agent: "Debbie", summary: "it is done", tags: ["web"], error: null });
  const now = { early: "available", t: "completed", after: "completed", asks: "available" };
  expect(statuses(view)).toEqual(now);
  expect(client.tasks).toEqual(now);
  expect(client.changes.map(({ seq }) => seq)).toEqual(client.changes.map((_, i) => client.first + 1 + i));
  await eventually(() => client.changes.some((c) => c.type === "overview" && c.overview.tasks.completed === 2));
  const told = await eventually(() => {
    const kinds = client.changes.flatMap((c) => (c.type === "event" && c.event.task_id === "t" ? [c.event.kind] : []));
    return kinds.includes("completed") && kinds;
  });
  expect(told).toEqual(["published", "claimed", "released", "due", "claimed", "completed"]);
  expect(view.events(2)).toHaveLength(2);
  await eventually(() => client.changes.some((c) => c.type === "agent" && c.agent.status === "busy"));
  await eventually(() => client.changes.some((c) => c.type === "agent" && c.agent.last?.task_id === "after"));
  expect(view.agents()).toMatchObject([{ agent_id: "Debbie", last: { title: "After", outcome: "completed" } }]);
});

test("the server away: what is known stays, with its age; then it goes on, also with a bucket that was made anew", async () => {
  const workspace = freshWorkspace();
  await using session = await openTestSession(server.url, workspace);
  await publish(session, { task_id: "kept", title: "Kept", type: "none" });
  const view = await viewOf(session);
  const client = follow(view);
  await server.stop();
  await eventually(() => !view.connection.connected);
  expect(view.as_of).toBe(view.connection.since);
  expect(statuses(view)).toEqual({ kept: "available" });
  await server.restart();
  await eventually(() => view.connection.connected);
  await publish(session, { task_id: "later", title: "Later", type: "none" });
  await eventually(() => client.tasks["later"] === "available");
  const connections = client.changes.flatMap((c) => (c.type === "connection" ? [c.connected] : []));
  expect(connections).toEqual([false, true]);
  expect(client.changes.some((c) => c.type === "resync")).toBe(false);

  await deleteWorkspace(session.jsm, session.names);
  await using anew = await openTestSession(server.url, workspace);
  await publish(anew, { task_id: "other", title: "Other", type: "none" });
  await server.restart();
  await eventually(() => client.changes.some((c) => c.type === "resync"));
  await eventually(() => Object.keys(statuses(view)).join() === "other");
  expect(client.changes.map(({ seq }) => seq)).toEqual(client.changes.map((_, i) => client.first + 1 + i));
});

test("what a query cannot mean is refused; a start that is given up ends", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  const view = await viewOf(session);
  expect(view.list({ limit: 10 })).toEqual({ tasks: [], next_cursor: null, total: 0 });
  expect(() => view.list({ limit: 10, cursor: "x" })).toThrow(/cursor does not belong/);
  expect(() => view.ids({ since: "soon" })).toThrow('"soon" is not a time');
  const given = new AbortController();
  const started = LiveView.start(session, given.signal);
  given.abort(new Error("given up"));
  await expect(started).rejects.toThrow("given up");
});
