import { afterAll, beforeAll, expect, it } from "vitest";
import type { NumberedChange } from "../../src/domain/change.js";
import { eventually } from "../support/eventually.js";
import { type Coordinator, startCoordinator } from "./stand.js";

let at: Coordinator;
beforeAll(async () => void (at = await startCoordinator()));
afterAll(() => at[Symbol.asyncDispose]());

it("sends a snapshot, then every change with the next number", async () => {
  const { socket, messages } = at.live();
  await eventually(() => messages[0]?.type === "snapshot");
  for (let n = 0; n < 20; n++) await at.publish({ title: `live ${n}` });
  const changes = () => messages.filter(({ type }) => type === "changes");
  await eventually(
    () =>
      changes()
        .flatMap((each) => each.changes ?? [])
        .filter(({ type }) => type === "task").length >= 20,
  );
  let last = messages[0]?.seq ?? 0;
  for (const { from, to, changes: some = [] } of changes()) {
    expect(from).toBe(last + 1);
    expect(some.map(({ seq }) => seq)).toEqual(Array.from({ length: to - from + 1 }, (_, n) => from + n));
    last = to;
  }
  socket.terminate();
});

it("sends who does not keep up nothing more, then everything anew; the others lose nothing", async () => {
  const [slow, quick] = [at.live(), at.live()];
  await eventually(() => slow.messages.length > 0 && quick.messages.length > 0);
  slow.socket.pause();
  // Behind, not dead: the server drops who does not answer its pings.
  const living = setInterval(() => slow.socket.pong(), 1_000);
  const title = "x".repeat(1_000);
  let stopped = false;
  const flood = (async () => {
    while (!stopped) await at.publish(...Array.from({ length: 200 }, () => ({ title })));
  })();
  // So much that no buffer of the system holds it: what the slow one was not sent shows when it reads again.
  await eventually(() => quick.messages.reduce((sum, { changes = [] }) => sum + changes.length, 0) > 12_000, 120_000);
  stopped = true;
  await flood;
  slow.socket.resume();
  clearInterval(living);
  await eventually(() => slow.messages.some(({ type }) => type === "resync"));
  await eventually(() => slow.messages.at(-1)?.type !== "resync");
  const after = slow.messages.findIndex(({ type }) => type === "resync");
  expect(slow.messages[after + 1]?.type).toBe("snapshot");
  expect((await at.ask("/metrics")).text).toMatch(/mjagent_live_resyncs_total [1-9]/);
  expect(quick.messages.some(({ type }) => type === "resync")).toBe(false);
  for (const { socket } of [slow, quick]) socket.terminate();
}, 300_000);

it("tells a thousand sockets what happens, and answers all the while", async () => {
  const all = Array.from({ length: 1_000 }, () => at.live());
  await eventually(() => all.every(({ messages }) => messages[0]?.type === "snapshot"), 120_000);
  expect((await at.ask("/metrics")).text).toContain("mjagent_live_clients 1000");
  const [task] = await at.publish({ title: "seen by all" });
  const isMeant = ({ changes = [] }: { changes?: NumberedChange[] }): boolean =>
    changes.some((change) => change.type === "task" && change.task.task_id === task?.task_id);
  // A fleet that had to be read anew meanwhile is told as a whole.
  const isAnew = ({ type }: { type: string }): boolean => type === "snapshot";
  await eventually(
    () => all.every(({ messages: [, ...later] }) => later.some((each) => isMeant(each) || isAnew(each))),
    120_000,
  );
  expect((await at.ask("/api/health")).status).toBe(200);
  for (const { socket } of all) socket.terminate();
  await eventually(async () => (await at.ask("/metrics")).text.includes("mjagent_live_clients 0"));
}, 300_000);

it("tells events as server-sent events, and goes on after any of them", async () => {
  const [task] = await at.publish({ title: "an event" });
  const lastOf = async () =>
    ((await at.ask("/api/history?limit=1")).json() as { seq: number; task_id: string }[]).at(-1);
  const event = await eventually(async () => {
    const last = await lastOf();
    return last?.task_id === task?.task_id && last;
  });
  const stream = await fetch(`${at.served.url}/api/events`, {
    headers: { authorization: `Bearer ${at.tokens.read}`, "last-event-id": String(event.seq - 1) },
  });
  let text = "";
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  await eventually(async () => {
    text += (await reader?.read())?.value ?? "";
    return text.includes(`id: ${event.seq}\n`);
  });
  expect(text).toContain(`"task_id":"${task?.task_id ?? ""}"`);
  await reader?.cancel();
});

it("shows what was known while NATS is away, changes nothing, and comes back by itself", async () => {
  const [task] = await at.publish({ title: "known", type: "outage" });
  const id = task?.task_id ?? "";
  const known = async (): Promise<boolean> => (await at.ask("/api/tasks?type=outage")).text.includes(id);
  await eventually(known);
  const { socket, messages } = at.live();
  await at.nats.stop();
  const health = async () => (await at.ask("/api/health", { as: null })).json() as { status: string; as_of: string };
  await eventually(async () => (await health()).status === "degraded");
  expect(await known()).toBe(true);
  const shown = await at.ask(`/api/tasks/${id}`);
  expect(shown.json()).toMatchObject({ task_id: id, title: "known", partial: true });
  expect(Number(shown.headers["age"])).toBeGreaterThanOrEqual(0);
  expect((await at.ask("/api/timeline?since=10m&agent=debbie")).json()).toMatchObject({ forgotten_until: null });
  expect((await at.ask(`/api/tasks/${id}/graph`)).json()).toMatchObject({ nodes: [{ task_id: id, title: "known" }] });
  expect((await at.ask("/api/flow")).json()).toMatchObject({ edges: [{ from: "outside", to: "unclaimed" }] });
  for (const path of [
    "/api/tasks",
    `/api/tasks/${id}/cancel`,
    "/api/tasks/cancel",
    "/api/messages/general",
    "/api/agents/x/drain",
  ]) {
    const body = path === "/api/tasks" ? { title: "x" } : path === "/api/tasks/cancel" ? { ids: [id] } : {};
    const answer = await at.post(path, body);
    expect([path, answer.status, answer.json()]).toEqual([
      path,
      503,
      expect.objectContaining({ code: "unreachable", retryable: true }),
    ]);
    expect(answer.headers["retry-after"]).toBe("2");
  }
  expect((await at.ask("/readyz", { as: null })).status).toBe(503);
  expect((await at.ask("/api/doctor")).json()).toMatchObject([{ id: "nats", status: "fail" }, { id: "node" }, {}]);
  expect((await at.ask("/api/settings")).json()).toMatchObject({ nats: { connected: false }, rules: null });
  await at.nats.restart();
  await eventually(async () => (await health()).status === "ok");
  await eventually(async () => (await at.post(`/api/tasks/${id}/cancel`, {})).status === 200);
  const told = () => messages.flatMap(({ changes = [] }) => changes);
  await eventually(() => told().some((change) => change.type === "connection" && !change.connected));
  await eventually(() => told().some((change) => change.type === "task" && change.task.status === "cancelled"));
  socket.terminate();
});
