import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publishEvent } from "../../src/nats/session.js";
import { readEventLog } from "../../src/nats/event-log.js";
import { readBeats, sendBeat, watchBeats } from "../../src/nats/registry.js";
import type { Session } from "../../src/nats/session.js";
import { eventually } from "../support/eventually.js";
import { freshWorkspace, openTestSession } from "../support/session.js";
import { startConfigured } from "./configured-server.js";

let store: string;
let server: Awaited<ReturnType<typeof startConfigured>>;
/** The address of a user who may not subscribe to heartbeats: of those it has the stream alone. */
let deaf: string;
beforeAll(async () => {
  store = await mkdtemp(join(tmpdir(), "mjagent-beats-"));
  server = await startConfigured(`
    jetstream { store_dir: "${store}" }
    no_auth_user: all
    authorization { users: [
      { user: all, password: all }
      { user: deaf, password: deaf, permissions: { publish: ">", subscribe: { deny: ["*.heartbeat.*"] } } }
    ] }`);
  deaf = server.url.replace("://", "://deaf:deaf@");
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(store, { recursive: true, force: true });
});

/** Half of it is longer than a test waits. */
const LONG_MS = 600_000;
const ids = Array.from({ length: 200 }, (_, n) => `Agent-${n}`);

/** Each agent beats, all of them at once. @param sent the last of each, which it brings up to date */
async function beatOnce(own: Session, sent: Map<string, number>, lease_ms = LONG_MS): Promise<void> {
  const timestamp = new Date().toISOString();
  const beats = ids.map(async (agent_id) => {
    const beat = {
      ...{ agent_id, role: "debbie", description: "", status: "idle" as const, current_task: null, current_tasks: [] },
      ...{
        timestamp,
        instance_id: "i1",
        host: "here",
        pid: 1,
        version: "0",
        started_at: timestamp,
        lease_ms,
        slots: 1,
      },
    };
    sent.set(agent_id, await sendBeat(own, beat, sent.get(agent_id) ?? 0, 10_000));
  });
  await Promise.all(beats);
}

// nats-server 2.9 leaves beats out.
test.each<[number, string, () => string]>([
  [LONG_MS, "as it was published and not sent by the stream", () => server.url],
  [1_000, "as its agent is silent", () => deaf],
])("following: the last beat of each agent is heard (lease %i ms), %s", async (lease, _, url) => {
  await using own = await openTestSession(server.url, freshWorkspace());
  await using follower = await openTestSession(url(), own.workspace);
  const heard = new Map<string, number>();
  const done = new AbortController();
  watchBeats(follower, { signal: done.signal, onBeat: ({ agent_id }, seq) => void heard.set(agent_id, seq) });
  const sent = new Map<string, number>();
  for (let round = 0; round < 8; round++) await beatOnce(own, sent, lease);
  await eventually(() => ids.every((id) => heard.get(id) === sent.get(id)));
  done.abort();
});

test("while all agents beat: every agent is read, and every event of the log, in order", async () => {
  await using own = await openTestSession(server.url, freshWorkspace());
  await using reader = await openTestSession(deaf, own.workspace);
  const sent = new Map<string, number>();
  await beatOnce(own, sent);
  const subjects = ["errors", "tasks.claimed", "coordination"] as const;
  const body = { reason: "odd", message: "m", task_id: "t", agent_id: "A", attempt: 1, epoch: 1, title: "T" };
  const attended = { ...body, type: "agent_online", role: "r", instance_id: "i", host: "h", pid: 1 };
  const count = 3_000;
  const said = Array.from({ length: count }, async (_, n) => {
    const subject = own.names.channel(subjects[n % subjects.length]!);
    await publishEvent(own, subject, attended, { msgID: `m${n}` });
  });
  await Promise.all(said);
  const ending = new AbortController();
  const beating = (async () => {
    while (!ending.signal.aborted) await beatOnce(own, sent);
  })();
  for (let round = 0; round < 4; round++) {
    expect(await readBeats(reader)).toHaveLength(ids.length);
    const seqs: number[] = [];
    await readEventLog(reader, null, ({ seq }) => seqs.push(seq));
    expect(seqs).toHaveLength(count);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  }
  ending.abort();
  await beating;
});
