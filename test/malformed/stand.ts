import "../support/state-dir.js";
import { connect, headers, type MsgHdrs, type NatsConnection } from "nats";
import { expect } from "vitest";
import { history, replayFleet } from "../../src/operations/history.js";
import { snapshot } from "../../src/operations/snapshot.js";
import { eventually } from "../support/eventually.js";
import { launch, roleOf, type TestAgent, type TestLauncher, taskWhen } from "../support/fleet.js";
import { startTestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";
import { SEED } from "./arbitraries.js";

/** One server and one launcher that has to live with everything a test says to it. */
export interface Stand extends AsyncDisposable {
  /** An onlooker's: not the one the launcher works on. */
  session: TestSession;
  fleet: TestLauncher;
  /** What the agent debbie ran, as `task_id: title`. */
  ran: string[];
  /** Says something as a client does that knows nothing of mjagent; what streams keep is stored then, or refused. */
  say(...messages: Said[]): Promise<void>;
  /** The launcher leads, its agents are who they were, its connection held, and a task is taken in, claimed and done. */
  expectToGoOn(): Promise<void>;
}

interface Said {
  subject: string;
  body: Uint8Array | string;
  headers?: MsgHdrs;
  reply?: string;
}

export async function startStand(...others: TestAgent[]): Promise<Stand> {
  const server = await startTestServer();
  const workspace = freshWorkspace();
  const [working, session] = [
    await openTestSession(server.url, workspace),
    await openTestSession(server.url, workspace),
  ];
  const plain: NatsConnection = await connect({ servers: [server.url], noEcho: true });
  const ran: string[] = [];
  const debbie: TestAgent = {
    role: roleOf("debbie", { concurrency: 8 }),
    run: ({ task }) => {
      ran.push(`${task.task_id}: ${task.title}`);
      return Promise.resolve("designed");
    },
  };
  const fleet = await launch(working, [debbie, ...others]);
  const ids = [...fleet.ids];
  await eventually(() => fleet.launcher.leading);
  let goodTasks = 0;
  const isKept = ({ subject, reply }: Said): boolean =>
    reply === undefined && !subject.startsWith(`${workspace.prefix}_control.`);
  const say = async (...messages: Said[]): Promise<void> => {
    await Promise.all(
      messages.map(async (message) => {
        const { subject, body, ...options } = message;
        // A server that has read a message has not stored it yet: it answers when it has, or refused to.
        if (isKept(message)) await plain.request(subject, body, { timeout: 1_000, ...options }).catch(() => undefined);
        else plain.publish(subject, body, options);
      }),
    );
    await plain.flush();
  };
  return {
    ...{ session, fleet, ran },
    say,
    async expectToGoOn() {
      await eventually(() => fleet.launcher.leading);
      const task_id = `good-${++goodTasks}`;
      const good = { task_id, title: `Good ${goodTasks}`, type: "debbie" };
      await say({ subject: session.names.available, body: JSON.stringify(good) });
      const record = await taskWhen(session, task_id, "completed");
      expect(record).toMatchObject({ owner: "debbie", attempts: 1, result: { summary: "designed" } });
      expect(ran).toContain(`${task_id}: Good ${goodTasks}`);
      expect(fleet.launcher.agents.map(({ id }) => id)).toEqual(ids);
      expect((await history(session)).entries.length).toBeGreaterThan(0);
      expect((await replayFleet(session, new Date())).workspace).toBe(workspace.id);
      const now = await snapshot(session);
      expect(now.leader?.instance_id).toBe(fleet.launcher.instanceId);
      expect(now.tasks.completed).toBeGreaterThanOrEqual(goodTasks);
      expect(now.agents.filter((agent) => ids.includes(agent.agent_id) && !agent.lost)).toHaveLength(ids.length);
      expect(
        fleet.events.filter((event) => event.type === "notice" && /connection|connected/.test(event.message)),
      ).toEqual([]);
    },
    async [Symbol.asyncDispose]() {
      await fleet[Symbol.asyncDispose]();
      for (const nc of [plain, working.nc, session.nc]) await nc.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Headers that mean something to NATS or to mjagent, from somebody who has no business with them. */
export function forged(fields: Readonly<Record<string, string>>, status?: number): MsgHdrs {
  const made = status === undefined ? headers() : headers(status, "No Business");
  for (const [key, value] of Object.entries(fields)) made.set(key, value);
  return made;
}

/** Names a case in a failure, so that it can be found again. */
export const caseNo = (index: number, what: unknown): string => {
  const text = what instanceof Uint8Array ? Buffer.from(what).toString("latin1") : JSON.stringify(what);
  return `case ${index} of seed ${SEED}: ${text.slice(0, 300)}`;
};
