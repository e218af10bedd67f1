import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "nats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MjError } from "../../src/errors.js";
import { connectNats } from "../../src/nats/connect.js";
import { ensureLaneConsumers } from "../../src/nats/consumers.js";
import { namesOf, type Workspace } from "../../src/nats/names.js";
import { openSession, publishJson, type Session } from "../../src/nats/session.js";
import { deleteWorkspace } from "../../src/nats/topology.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";
import { startConfigured } from "./configured-server.js";

let server: TestServer;
let bare: TestSession;
beforeAll(async () => {
  server = await startTestServer();
  bare = await openTestSession(server.url, { id: "BARE", prefix: "bare" });
});
afterAll(async () => {
  await bare[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function streamsOf({ jsm }: Session, workspace: Workspace): Promise<Record<string, StreamConfig>> {
  const found: Record<string, StreamConfig> = {};
  for await (const { config } of jsm.streams.list()) {
    if (new RegExp(`(^|_)${workspace.id}_`).test(config.name)) found[config.name] = config;
  }
  return found;
}

/** What a user gets who says nothing. */
const MJ_ONLINE: Workspace = { id: "MJ_ONLINE", prefix: "mjwork" };
const DAY = 24 * 3_600_000;

const COMMON = { storage: StorageType.File, num_replicas: 1 };
const BUCKET = {
  ...COMMON,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  max_msgs_per_subject: 1,
  allow_rollup_hdrs: true,
  max_age: 0,
};

/** DESIGN §2, as a table. */
const DESIGN: Record<string, Partial<StreamConfig>> = {
  MJ_ONLINE_WORK: {
    ...COMMON,
    subjects: ["mjwork.>"],
    retention: RetentionPolicy.Limits,
    max_age: nanos(7 * DAY),
    allow_rollup_hdrs: true,
  },
  KV_MJ_ONLINE_TASKS: { ...BUCKET, subjects: ["$KV.MJ_ONLINE_TASKS.>"] },
  KV_MJ_ONLINE_ROLES: { ...BUCKET, subjects: ["$KV.MJ_ONLINE_ROLES.>"] },
  KV_MJ_ONLINE_SETTINGS: { ...BUCKET, subjects: ["$KV.MJ_ONLINE_SETTINGS.>"] },
  KV_MJ_ONLINE_CONTROL: { ...BUCKET, subjects: ["$KV.MJ_ONLINE_CONTROL.>"], max_age: nanos(15_000) },
  KV_MJ_ONLINE_USAGE: { ...BUCKET, subjects: ["$KV.MJ_ONLINE_USAGE.>"], max_age: nanos(400 * DAY) },
  MJ_ONLINE_QUEUE: {
    ...COMMON,
    subjects: ["mjwork_queue.>"],
    retention: RetentionPolicy.Workqueue,
    max_msgs_per_subject: 1,
    max_age: 0,
  },
  MJ_ONLINE_LOGS: {
    ...COMMON,
    subjects: ["mjwork_logs.*"],
    retention: RetentionPolicy.Limits,
    max_age: nanos(7 * DAY),
    max_bytes: 512 * 1024 * 1024,
  },
  OBJ_MJ_ONLINE_ARTIFACTS: {
    ...COMMON,
    subjects: ["$O.MJ_ONLINE_ARTIFACTS.C.>", "$O.MJ_ONLINE_ARTIFACTS.M.>"],
    retention: RetentionPolicy.Limits,
    max_age: 0,
  },
};

test("exactly the names and settings of the design, made once and left alone by whoever comes later", async () => {
  const notices: string[] = [];
  await using first = await openTestSession(server.url, MJ_ONLINE, notices);
  const made = await streamsOf(first, MJ_ONLINE);
  expect(Object.keys(made).sort()).toEqual(Object.keys(DESIGN).sort());
  for (const [name, settings] of Object.entries(DESIGN)) expect({ name, ...made[name] }).toMatchObject(settings);
  await publishJson(first, first.names.channel("general"), { text: "kept" });
  await using second = await openTestSession(server.url, MJ_ONLINE, notices);
  expect(await streamsOf(second, MJ_ONLINE)).toEqual(made);
  expect((await second.jsm.streams.info("MJ_ONLINE_WORK")).state.messages).toBe(1);
  expect(notices).toEqual([]);
});

test("eight processes that make it all at the same moment all succeed", async () => {
  const notices: string[] = [];
  const connections = await Promise.all(
    Array.from({ length: 8 }, () => connectNats({ servers: [server.url] }, { name: "test", timeoutMs: 10_000 })),
  );
  // Often enough that every order of looking, trying and being refused comes up.
  for (let round = 0; round < 20; round++) {
    const workspace = freshWorkspace();
    const sessions = await Promise.all(connections.map((nc) => openSession(nc, workspace, (n) => notices.push(n))));
    await Promise.all(sessions.map(({ jsm, names }) => ensureLaneConsumers(jsm, names, "debbie")));
    expect(Object.keys(await streamsOf(bare, workspace))).toHaveLength(9);
    expect((await bare.jsm.streams.info(`${workspace.id}_QUEUE`)).state.consumer_count).toBe(4);
    await deleteWorkspace(bare.jsm, sessions[0]!.names);
  }
  expect(notices).toEqual([]);
  await Promise.all(connections.map((nc) => nc.close()));
});

describe("a stream that exists with other settings", () => {
  const open = async (workspace: Workspace, notices: string[] = []): Promise<MjError | undefined> => {
    try {
      const session = await openTestSession(server.url, workspace, notices);
      await session[Symbol.asyncDispose]();
      return undefined;
    } catch (error) {
      expect(error).toBeInstanceOf(MjError);
      return error as MjError;
    }
  };
  type Foreign = (w: Workspace) => Partial<StreamConfig> & { name: string };

  test.each<[string, Foreign]>([
    ["retention", (w) => ({ name: `${w.id}_QUEUE`, subjects: [`${w.prefix}_queue.>`], max_msgs_per_subject: 1 })],
    ["subjects", (w) => ({ name: `${w.id}_WORK`, subjects: [`${w.prefix}.tasks.>`], allow_rollup_hdrs: true })],
    [
      "storage",
      (w) => ({ name: `${w.id}_LOGS`, subjects: [`${w.prefix}_logs.*`], storage: StorageType.Memory, max_age: 0 }),
    ],
    [
      "max_msgs_per_subject",
      (w) => ({ name: `KV_${w.id}_TASKS`, subjects: [`$KV.${w.id}_TASKS.>`], allow_rollup_hdrs: true }),
    ],
    ["allow_rollup_hdrs", (w) => ({ name: `${w.id}_WORK`, subjects: [`${w.prefix}.>`] })],
  ])("is refused, and left as it is, when a guarantee rests on it: %s", async (setting, foreign) => {
    const workspace = freshWorkspace();
    const config = foreign(workspace);
    const before = (await bare.jsm.streams.add(config)).config;
    const error = await open(workspace);
    expect(error).toMatchObject({ code: "conflict" });
    expect(error?.message).toContain(config.name);
    expect(error?.why).toContain(`${setting} is `);
    expect(error?.hint).toContain("--workspace");
    expect((await bare.jsm.streams.info(config.name)).config).toEqual(before);
  });

  test.each<[string, Foreign]>([
    [
      "max_age",
      (w) => ({ name: `${w.id}_WORK`, subjects: [`${w.prefix}.>`], allow_rollup_hdrs: true, max_age: nanos(DAY) }),
    ],
    [
      "max_bytes",
      (w) => ({ name: `${w.id}_LOGS`, subjects: [`${w.prefix}_logs.*`], max_age: nanos(7 * DAY), max_bytes: 1e6 }),
    ],
    [
      "max_msgs",
      (w) => ({
        name: `${w.id}_WORK`,
        subjects: [`${w.prefix}.>`],
        allow_rollup_hdrs: true,
        max_age: nanos(7 * DAY),
        max_msgs: 1e6,
      }),
    ],
    [
      "discard",
      (w) => ({
        name: `KV_${w.id}_ROLES`,
        subjects: [`$KV.${w.id}_ROLES.>`],
        allow_rollup_hdrs: true,
        max_msgs_per_subject: 1,
        discard: DiscardPolicy.Old,
      }),
    ],
  ])("is kept, with a notice, when somebody may have chosen it: %s", async (setting, foreign) => {
    const workspace = freshWorkspace();
    const config = foreign(workspace);
    const before = (await bare.jsm.streams.add(config)).config;
    const notices: string[] = [];
    expect(await open(workspace, notices)).toBeUndefined();
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(new RegExp(`^stream ${config.name}: ${setting} is .* kept as it is$`));
    expect((await bare.jsm.streams.info(config.name)).config).toEqual(before);
  });

  test("a foreign stream that captures our subjects is a conflict that names them", async () => {
    const workspace = freshWorkspace();
    await bare.jsm.streams.add({ name: "FOREIGN", subjects: [`${workspace.prefix}.tasks.*`] });
    const error = await open(workspace);
    expect(error).toMatchObject({ code: "conflict" });
    expect(error?.message).toContain(`${workspace.prefix}.>`);
    expect(error?.hint).toContain("--prefix");
    await bare.jsm.streams.delete("FOREIGN");
    expect(await open(workspace)).toBeUndefined();
  });
});

test("a second workspace on the same server does not touch the first", async () => {
  await using one = await openTestSession(server.url, freshWorkspace());
  await publishJson(one, one.names.channel("general"), { text: "of the first" });
  const before = await streamsOf(one, one.workspace);
  await using other = await openTestSession(server.url, freshWorkspace());
  await publishJson(other, other.names.channel("general"), { text: "of the second" });
  expect(await streamsOf(one, one.workspace)).toEqual(before);
  expect((await one.jsm.streams.info(one.names.work.stream)).state.messages).toBe(1);
  await deleteWorkspace(other.jsm, other.names);
  expect(await streamsOf(other, other.workspace)).toEqual({});
  expect(await streamsOf(one, one.workspace)).toEqual(before);
  expect((await one.jsm.streams.info(one.names.work.stream)).state.messages).toBe(1);
});

test("no name of one workspace is a name of another", () => {
  const [a, b] = [namesOf({ id: "A", prefix: "a" }), namesOf({ id: "B", prefix: "b" })];
  const all = (names: ReturnType<typeof namesOf>): string[] => [
    names.work.stream,
    names.queue.stream,
    names.logs.stream,
    names.artifacts.stream,
    names.tasks.stream,
    names.roles.stream,
    names.control.stream,
    names.available,
    names.agentControl("Debbie"),
    names.leaderControl("i1"),
  ];
  expect(all(a).filter((name) => all(b).includes(name))).toEqual([]);
});

test("a server without JetStream is said to be one, with the next step", async () => {
  await using plain = await startConfigured("");
  const nc = await connectNats({ servers: [plain.url] }, { name: "test", timeoutMs: 10_000 });
  await expect(openSession(nc, MJ_ONLINE)).rejects.toMatchObject({
    code: "failure",
    message: expect.stringContaining("JetStream is not usable") as string,
    hint: expect.stringContaining("-js") as string,
  });
  await nc.close();
});
