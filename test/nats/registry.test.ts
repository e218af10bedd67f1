import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Beat } from "../../src/domain/message.js";
import { registrationOf } from "../../src/domain/role.js";
import { answer } from "../../src/nats/control.js";
import { IdentityLost, lastBeat, registerRole, sendBeat, watchBeats, watchRoles } from "../../src/nats/registry.js";
import type { Session } from "../../src/nats/session.js";
import { eventually } from "../support/eventually.js";
import { roleOf } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { startProxy } from "../support/proxy.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";

let server: TestServer;
let session: TestSession;
beforeAll(async () => {
  server = await startTestServer();
  session = await openTestSession(server.url, freshWorkspace());
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const beatOf = (agent_id: string, instance_id: string, over: Partial<Beat> = {}): Beat => ({
  agent_id,
  role: "debbie",
  description: "",
  status: "idle",
  current_task: null,
  current_tasks: [],
  timestamp: new Date().toISOString(),
  instance_id,
  host: "here",
  pid: 1,
  version: "0",
  started_at: new Date().toISOString(),
  lease_ms: 1_000,
  slots: 1,
  ...over,
});

const stored = async (of: Session, agentId: string): Promise<number> => {
  const info = await of.jsm.streams.info(of.names.work.stream, { subjects_filter: of.names.heartbeat(agentId) });
  return info.state.subjects?.[of.names.heartbeat(agentId)] ?? 0;
};

describe("beats", () => {
  test("the stream keeps one message per agent: its last beat", async () => {
    let seq = 0;
    for (let n = 1; n <= 5; n++) seq = await sendBeat(session, beatOf("Debbie", "i1", { pid: n }), seq, 5_000);
    await sendBeat(session, beatOf("Alice", "i2"), 0, 5_000);
    expect(await stored(session, "Debbie")).toBe(1);
    expect(await stored(session, "Alice")).toBe(1);
    expect(await lastBeat(session, "Debbie")).toMatchObject({ seq, beat: { pid: 5, instance_id: "i1" } });
    expect(await lastBeat(session, "Nobody")).toEqual({ beat: null, seq: 0 });
  });

  test("the first beat is a compare-and-set: of ten, one gets the id, the others learn that they lost it", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => sendBeat(session, beatOf("Morgan", `i${n}`), 0, 5_000)),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(IdentityLost);
    }
  });

  test("who was overtaken learns it from the next beat, and by whom", async () => {
    const seq = await sendBeat(session, beatOf("Doc", "old"), 0, 5_000);
    await sendBeat(session, beatOf("Doc", "new", { host: "there", pid: 77 }), seq, 5_000);
    await expect(sendBeat(session, beatOf("Doc", "old"), seq, 5_000)).rejects.toThrow(/there, pid 77/);
    expect((await lastBeat(session, "Doc")).beat?.instance_id).toBe("new");
  });

  test("an own beat whose answer got lost is no loss of identity", async () => {
    await using proxy = await startProxy(server.port);
    await using remote = await openTestSession(proxy.url, session.workspace);
    const seq = await sendBeat(remote, beatOf("Lost", "i1"), 0, 3_000);
    const lost = proxy.loseAnswer(`${session.names.heartbeat("Lost")} `, `"stream":"${session.names.work.stream}"`);
    const beat = sendBeat(remote, beatOf("Lost", "i1"), seq, 20_000);
    await lost;
    await expect(beat).rejects.toThrow("the connection broke");
    await eventually(() => sendBeat(remote, beatOf("Lost", "i1"), seq, 3_000));
    expect(await stored(session, "Lost")).toBe(1);
  });

  test("following: first the last of each agent, then each new one, in order", async () => {
    await using own = await openTestSession(server.url, freshWorkspace());
    let seq = await sendBeat(own, beatOf("A", "i1"), 0, 5_000);
    seq = await sendBeat(own, beatOf("A", "i1", { status: "busy" }), seq, 5_000);
    await sendBeat(own, beatOf("B", "i2"), 0, 5_000);
    await own.js.publish(own.names.heartbeat("C"), "not a beat");
    const seen: string[] = [];
    const done = new AbortController();
    await new Promise<void>((resolve) => {
      watchBeats(own, {
        signal: done.signal,
        onCaughtUp: resolve,
        onBeat: (beat, at, time) => {
          expect(time.getTime()).toBeGreaterThan(0);
          seen.push(`${beat.agent_id} ${beat.status} ${at}`);
        },
      });
    });
    expect(seen).toEqual(["A busy 2", "B idle 3"]);
    await sendBeat(own, beatOf("A", "i1", { status: "offline" }), seq, 5_000);
    await eventually(() => seen.length === 3);
    expect(seen[2]).toBe("A offline 5");
    done.abort();
  });
});

describe("roles", () => {
  test("a role is written once, again when it changed, and followed", async () => {
    await using own = await openTestSession(server.url, freshWorkspace());
    const seen: string[] = [];
    const done = new AbortController();
    await registerRole(own, registrationOf(roleOf("debbie")));
    await new Promise<void>((resolve) => {
      watchRoles(own, {
        signal: done.signal,
        onCaughtUp: resolve,
        onRole: (name, role) => seen.push(`${name}: ${role?.match.types.join() ?? "gone"}`),
      });
    });
    await registerRole(own, registrationOf(roleOf("debbie")));
    await registerRole(own, registrationOf(roleOf("debbie", { match: { types: ["design", "css"] } })));
    // What is replaced before the server has sent it is never sent.
    await eventually(() => seen.length === 2);
    await own.js.publish(own.names.roles.subject("debbie"), "not a role");
    await eventually(() => seen.length === 3);
    expect(seen).toEqual(["debbie: debbie", "debbie: design,css", "debbie: gone"]);
    expect((await own.jsm.streams.info(own.names.roles.stream)).state.last_seq).toBe(3);
    done.abort();
  });
});

describe("control", () => {
  test("nobody there is known at once; silence is told from it; an answer comes through; nonsense is ignored", async () => {
    const { ask } = await import("../../src/nats/control.js");
    const subject = session.names.agentControl("Anybody");
    expect(await ask(session, subject, { do: "ping" }, 20_000)).toBe("nobody");
    const done = new AbortController();
    let mute = false;
    answer(session, subject, done.signal, () =>
      mute ? new Promise(() => undefined) : Promise.resolve({ instance_id: "i1", stopped: false }),
    );
    await session.nc.flush();
    session.nc.publish(subject, "not a request");
    session.nc.publish(subject, JSON.stringify({ do: "explode" }));
    expect(await ask(session, subject, { do: "ping" }, 20_000)).toEqual({ instance_id: "i1", stopped: false });
    mute = true;
    expect(await ask(session, subject, { do: "ping" }, 100)).toBe("silent");
    done.abort();
    await session.nc.flush();
    expect(await ask(session, subject, { do: "ping" }, 20_000)).toBe("nobody");
  });

  test("control subjects are in no stream: a stream would answer first", async () => {
    const { streams } = session.jsm;
    await expect(streams.find(session.names.agentControl("Debbie"))).rejects.toThrow(/no stream/i);
    await expect(streams.find(session.names.leaderControl("i1"))).rejects.toThrow(/no stream/i);
  });
});
