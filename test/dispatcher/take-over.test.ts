import "../support/state-dir.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Candidate } from "../../src/dispatcher/candidate.js";
import { answer } from "../../src/nats/control.js";
import { currentLeader, writeLeader } from "../../src/nats/leadership.js";
import { Notices } from "../../src/nats/notices.js";
import type { Workspace } from "../../src/nats/names.js";
import { eventually } from "../support/eventually.js";
import { publish, taskWhen } from "../support/fleet.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { startProxy } from "../support/proxy.js";
import { freshWorkspace, openTestSession } from "../support/session.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A candidate on a connection of its own, as each process has one. */
async function stand(workspace: Workspace, name: string, url = server.url) {
  const session = await openTestSession(url, workspace);
  const told = { elected: 0, notices: [] as string[] };
  const candidate = new Candidate(session, {
    instanceId: name,
    leaseMs: 60_000,
    onLeading: () => told.elected++,
    notices: new Notices(session, (notice) => told.notices.push(notice)),
  });
  return Object.assign(told, {
    name,
    session,
    candidate,
    async [Symbol.asyncDispose]() {
      await candidate[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    },
  });
}
type Standing = Awaited<ReturnType<typeof stand>>;

const leaders = (all: readonly Standing[]): Standing[] => all.filter(({ candidate }) => candidate.leading);
const oneLeads = (all: readonly Standing[]) => eventually(() => (leaders(all).length === 1 ? leaders(all)[0] : null));

/** What a leader is for: a task that waits becomes due. */
async function expectDispatching({ session }: Standing): Promise<void> {
  const [task] = await publish(session, { title: "soon", not_before: "1ms" });
  await taskWhen(session, task!.task_id, "available");
}

describe.concurrent("the lead", () => {
  test("of three candidates one has it, and keeps it", async () => {
    const workspace = freshWorkspace();
    await using a = await stand(workspace, "a");
    await using b = await stand(workspace, "b");
    await using c = await stand(workspace, "c");
    const all = [a, b, c];
    const leader = await oneLeads(all);
    await expectDispatching(leader);
    const { leader: written, revision } = await currentLeader(a.session);
    expect(written?.instance_id).toBe(leader.name);
    // Long enough for the others to look, and for the leader to renew.
    await eventually(async () => (await currentLeader(a.session)).revision > revision);
    expect(leaders(all)).toEqual([leader]);
    expect(all.map((each) => each.elected).sort()).toEqual([0, 0, 1]);
    expect(all.flatMap((each) => each.notices)).toEqual([]);
  });

  test("goes to another when its holder ends in good order", async () => {
    const workspace = freshWorkspace();
    await using a = await stand(workspace, "a");
    await oneLeads([a]);
    await using b = await stand(workspace, "b");
    await using c = await stand(workspace, "c");
    await a.candidate[Symbol.asyncDispose]();
    expect(a.candidate.leading).toBe(false);
    const next = await oneLeads([b, c]);
    await expectDispatching(next);
    expect((await currentLeader(b.session)).leader?.instance_id).toBe(next.name);
    expect(a.elected + b.elected + c.elected).toBe(2);
  });

  test("goes to another when its holder's connection closes, again and again", async () => {
    const workspace = freshWorkspace();
    await using a = await stand(workspace, "a");
    await using b = await stand(workspace, "b");
    await using c = await stand(workspace, "c");
    let alive = [a, b, c];
    while (alive.length > 1) {
      const leader = await oneLeads(alive);
      await expectDispatching(leader);
      await leader.session.nc.close();
      alive = alive.filter((each) => each !== leader);
    }
    await expectDispatching(await oneLeads(alive));
  });

  test("is kept by one that is cut off for a moment and has no rival", async () => {
    await using proxy = await startProxy(server.port);
    await using far = await stand(freshWorkspace(), "far", proxy.url);
    await oneLeads([far]);
    proxy.cut({ refuse: true });
    await eventually(() => !far.session.isConnected());
    proxy.accept();
    await eventually(() => far.session.isConnected());
    await oneLeads([far]);
    await expectDispatching(far);
  });

  test("is free when its key was left by a process that is gone: nobody waits for it to expire", async () => {
    const workspace = freshWorkspace();
    await using observer = await openTestSession(server.url, workspace);
    await writeLeader(observer, { instance_id: "ghost", since: observer.now() }, 0);
    await using a = await stand(workspace, "a");
    await oneLeads([a]);
    await expectDispatching(a);
  });

  test("is given up by one whose key somebody else has written, and not taken back while that one answers", async () => {
    const workspace = freshWorkspace();
    await using a = await stand(workspace, "a");
    await oneLeads([a]);
    await using other = await openTestSession(server.url, workspace);
    const done = new AbortController();
    let asked = 0;
    answer(other, other.names.leaderControl("other"), done.signal, () => {
      asked++;
      return Promise.resolve({ instance_id: "other", stopped: false });
    });
    await eventually(async () => {
      const { revision } = await currentLeader(other);
      return (await writeLeader(other, { instance_id: "other", since: other.now() }, revision)) !== null;
    });
    await eventually(() => !a.candidate.leading);
    await eventually(() => asked >= 2);
    expect({ leading: a.candidate.leading, elected: a.elected }).toEqual({ leading: false, elected: 1 });
    done.abort();
    await oneLeads([a]);
  });

  test("of one workspace is not that of another", async () => {
    await using a = await stand(freshWorkspace(), "a");
    await using b = await stand(freshWorkspace(), "b");
    await eventually(() => a.candidate.leading && b.candidate.leading);
  });
});
