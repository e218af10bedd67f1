import { afterAll, beforeAll, expect, test } from "vitest";
import { currentLeader } from "../../src/nats/leadership.js";
import { stand, type TestCandidate } from "../support/candidates.js";
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

const leaders = (all: readonly TestCandidate[]): TestCandidate[] => all.filter(({ candidate }) => candidate.leading);

test.concurrent(
  "of three candidates one leads, and the server says which; its end makes another one lead, to the last",
  async () => {
    await using session = await openTestSession(server.url, freshWorkspace());
    const names = new Map<TestCandidate, string>();
    let all = ["a", "b", "c"].map((name) => {
      const standing = stand(session, name);
      names.set(standing, name);
      return standing;
    });
    while (all.length > 0) {
      const [leader] = await eventually(() => leaders(all).length > 0 && leaders(all));
      expect(leaders(all)).toEqual([leader]);
      expect((await currentLeader(session)).leader?.instance_id).toBe(names.get(leader!));
      await leader!.candidate[Symbol.asyncDispose]();
      expect(leader!.candidate.leading).toBe(false);
      all = all.filter((one) => one !== leader);
    }
    expect((await currentLeader(session)).leader).toBeNull();
  },
);

test.concurrent("a leader whose connection breaks is replaced; when it comes back it follows", async () => {
  const workspace = freshWorkspace();
  await using proxy = await startProxy(server.port);
  await using remote = await openTestSession(proxy.url, workspace);
  await using session = await openTestSession(server.url, workspace);
  await using old = stand(remote, "old");
  await eventually(() => old.candidate.leading);
  await using next = stand(session, "next");
  proxy.cut({ refuse: true });
  await eventually(() => next.candidate.leading);
  proxy.accept();
  await eventually(() => !old.candidate.leading);
  expect(next.candidate.leading).toBe(true);
  expect((await currentLeader(session)).leader?.instance_id).toBe("next");
  // It still stands: the lead comes back to it when the other one ends.
  await next.candidate[Symbol.asyncDispose]();
  await eventually(() => old.candidate.leading);
  expect(old.elections).toBe(2);
});

test.concurrent(
  "a leader that answers nothing loses the lead when its key expires, and steps down by itself before",
  async () => {
    const workspace = freshWorkspace();
    await using proxy = await startProxy(server.port);
    await using remote = await openTestSession(proxy.url, workspace);
    await using session = await openTestSession(server.url, workspace);
    await using old = stand(remote, "old");
    await eventually(() => old.candidate.leading);
    await using next = stand(session, "next");
    // Its connection stays open: nobody tells the others that it is gone.
    proxy.mute();
    let overlap = false;
    await eventually(() => {
      overlap ||= old.candidate.leading && next.candidate.leading;
      return next.candidate.leading;
    }, 60_000);
    expect(overlap).toBe(false);
    proxy.unmute();
    proxy.cut({ refuse: true });
    // A client that is closed while the other side is closing its socket throws "write after end" out of nowhere.
    await eventually(() => !remote.isConnected());
  },
  90_000,
);

test.concurrent("tasks published while nobody leads are handed on by whoever leads next", async () => {
  await using session = await openTestSession(server.url, freshWorkspace());
  await publish(session, { task_id: "first", title: "First" });
  session.nc.publish(session.names.available, JSON.stringify({ task_id: "foreign", title: "Foreign" }));
  await using _standing = stand(session, "a");
  await taskWhen(session, "foreign", "available");
});
