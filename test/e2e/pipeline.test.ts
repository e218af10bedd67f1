import { connect, type Msg, type NatsConnection } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Snapshot } from "../../src/domain/snapshot.js";
import type { TaskRecord } from "../../src/domain/task.js";
import { eventually } from "../support/eventually.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { Place } from "./place.js";
import { copyWebsite } from "./website.js";

let server: TestServer;
let client: NatsConnection;
beforeAll(async () => {
  server = await startTestServer();
  client = await connect({ servers: server.url });
});
afterAll(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

interface Said {
  subject: string;
  body: Record<string, unknown>;
}

/** What a monitor that knows nothing of mjagent hears on these subjects. */
async function monitor(subject: string): Promise<Said[]> {
  const said: Said[] = [];
  client.subscribe(subject, {
    callback: (_, message) => {
      said.push({ subject: message.subject, body: bodyOf(message) });
    },
  });
  await client.flush();
  return said;
}

function bodyOf(message: Msg): Said["body"] {
  try {
    return message.json();
  } catch {
    return {};
  }
}

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const text = expect.any(String) as string;
const number = expect.any(Number) as number;

test("four agents in one process make a page of a task that another process published", async () => {
  await using place = await Place.make({ url: server.url });
  const read = await copyWebsite(place);
  const said = await monitor("mjwork.>");
  const on = (subject: string) => said.filter((message) => message.subject === subject).map(({ body }) => body);

  const agents = place.start(["run", "--all", "--agents-dir", "agents", "--json"]);
  for (const agent_id of ["Alice", "Debbie", "DocBrown", "Morgan"]) await agents.event("registered", { agent_id });
  const publishing = ["publish", "--title", "Design the about page", "--type", "design"];
  const { task_id: id } = await place.json<TaskRecord>(publishing);
  await eventually(() => on("mjwork.roadmap").length === 3);

  // The right agents had it, each what the one before handed on.
  const tasks = await place.json<TaskRecord[]>(["tasks"]);
  expect(tasks).toHaveLength(3);
  const byType = new Map(tasks.map((task) => [task.type, task]));
  const [design, convert, publish] = ["design", "mobiledoc_conversion", "publishing"].map((type) => byType.get(type)!);
  expect(design).toMatchObject({ task_id: id, status: "completed", epoch: 1, attempts: 1, parent_id: null });
  expect(convert).toMatchObject({ status: "completed", parent_id: id, title: "Convert the about page to Mobiledoc" });
  expect(publish).toMatchObject({ status: "completed", parent_id: convert?.task_id, title: "Publish the about page" });
  expect([design, convert, publish].map((task) => task?.history.map(({ agent_id }) => agent_id))).toEqual([
    ["Debbie"],
    ["DocBrown"],
    ["Alice"],
  ]);

  // Every command tells the same.
  for (const task of tasks) expect(await place.json(["tasks", "show", task.task_id])).toEqual(task);
  const status = await place.json<Snapshot>(["status"]);
  expect(status.tasks).toMatchObject({ completed: 3, available: 0, in_progress: 0, failed: 0, blocked: 0 });
  expect(status.last_hour).toMatchObject({ completed: 3, failed: 0 });
  expect(status.agents.map(({ agent_id, lost }) => [agent_id, lost]).sort()).toEqual([
    ["Alice", false],
    ["Debbie", false],
    ["DocBrown", false],
    ["Morgan", false],
  ]);
  expect(status.attention).toEqual([]);

  // The work is there.
  expect(await read("public/about/index.html")).toMatch(/<h1[^>]*>Books mended, bound and looked after/);
  expect(await read("ROADMAP.md")).toContain("- [x] Design the about page");
  expect(await read("ROADMAP.md")).toContain("- [x] Publish the about page");
  expect(await read("ROADMAP.md")).toContain("- [ ] Design the lessons page");

  // What any monitor reads on the channels.
  const event = {
    task_id: id,
    agent_id: "Debbie",
    attempt: 1,
    epoch: 1,
    title: "Design the about page",
    type: "design",
    timestamp: iso,
    // Beyond the contract: whose role it is, and (below) how the task stands then.
    role: "debbie",
  };
  const of = (body: Record<string, unknown>): boolean => body["task_id"] === id;
  expect(on("mjwork.tasks.claimed").filter(of)).toEqual([{ ...event, status: "in_progress" }]);
  const completed = { ...event, status: "completed", result: design?.result };
  expect(on("mjwork.tasks.completed").filter(of)).toEqual([completed]);
  expect(on("mjwork.tasks.claimed")).toHaveLength(3);
  expect(on("mjwork.tasks.completed")).toHaveLength(3);
  const beat = {
    agent_id: "Debbie",
    role: "debbie",
    description: "Turns brief.yaml into a page specification",
    status: "idle",
    current_task: null,
    current_tasks: [],
    timestamp: iso,
    instance_id: text,
    host: text,
    pid: agents.pid,
    version: text,
    started_at: iso,
    // Beyond the contract: how long its silence is forgiven, and how much it does at once.
    lease_ms: number,
    slots: number,
    account: null,
  };
  expect(on("mjwork.heartbeat.Debbie")[0]).toEqual(beat);
  expect(on("mjwork.roadmap")).toContainEqual({
    agent_id: "Morgan",
    type: "roadmap_update",
    task_id: id,
    item: "Design the about page",
    done: true,
    roadmap: expect.stringContaining("- [x] Design the about page") as string,
    timestamp: iso,
  });

  agents.signal("SIGTERM");
  expect((await agents.ended).code).toBe(143);
  const goodbye = { ...beat, status: "offline" };
  await eventually(() => on("mjwork.heartbeat.Debbie").at(-1)?.["status"] === "offline");
  expect(on("mjwork.heartbeat.Debbie").at(-1)).toEqual(goodbye);
});

test("a task is one JSON message of any NATS client; a mistake in the brief is told with its place", async () => {
  const workspace = { id: "FOREIGN", prefix: "foreign" };
  await using place = await Place.make({ url: server.url, workspace });
  const read = await copyWebsite(place);
  await place.write("broken.yaml", (await read("brief.yaml")).replace("- heading: What we do", "- title: What we do"));
  const said = await monitor("foreign.>");
  const agents = place.start(["run", "--agent", "debbie", "--agent", "morgan", "--json"]);
  await agents.event("registered", { agent_id: "Morgan" });
  await place.session();

  client.publish("foreign.tasks.available", '{"title":"Design the about page","type":"design"}');
  client.publish("foreign.tasks.available", "not even JSON");
  client.publish(
    "foreign.tasks.available",
    '{"task_id":"broken","title":"Design it","type":"design","payload":{"brief":"broken.yaml"}}',
  );
  const completed = await agents.event("completed", { agent_id: "Debbie" });
  expect(completed).toMatchObject({ title: "Design the about page", attempt: 1, epoch: 1, status: "completed" });

  const failed = await place.task("broken", "failed");
  expect(failed.error?.message).toContain(
    'broken.yaml:23:5: section 1 has an unknown field "title": did you mean "heading"?',
  );
  const shown = await place.mjagent(["tasks", "show", "broken"]);
  expect(shown.stdout).toContain("broken.yaml:23:5: section 1 has an unknown field");
  const { attention } = await place.json<Snapshot>(["status"]);
  // Nobody here converts pages.
  expect(attention.map(({ kind }) => kind).sort()).toEqual(["failed", "unrouted"]);
  await eventually(() =>
    said.some(({ subject, body }) => subject === "foreign.errors" && body["reason"] === "malformed"),
  );
  // Morgan hears of both.
  await agents.event("watched", { task_id: "broken", watched: "failed", outcome: "completed" });
  await agents.event("watched", { task_id: completed["task_id"], watched: "completed", outcome: "completed" });
});
