/**
 * A process of `npm run race`: some agents on some connections, whose work is to say which task they were given in
 * which epoch. Told by its parent: `{ server, agents: [{ id, role, slots }], connections }`; `stop` ends it.
 */
import { defineAgent } from "../dist/sdk/agent.js";
import { handlerExecutor } from "../dist/executors/handler.js";
import { connectNats } from "../dist/nats/connect.js";
import { isConflict, openSession } from "../dist/nats/session.js";
import { Launcher } from "../dist/worker/launcher.js";
import { ROLES, WORKSPACE } from "./contest.mjs";

const FLUSH_MS = 100;
/** Loaded to the brim, a beat may come late: nobody is to be declared lost for that here. */
const LEASE_MS = 60_000;

let executed = [];
let refused = 0;
setInterval(() => {
  if (executed.length > 0) process.send({ executed: executed.splice(0) });
}, FLUSH_MS).unref();

const executor = handlerExecutor(async ({ task, epoch }) => {
  executed.push([task.task_id, epoch]);
});

async function launch(server, agents) {
  const nc = await connectNats({ servers: [server] }, { name: "race", timeoutMs: 10_000 });
  const session = await openSession(nc, WORKSPACE);
  countRefused(session);
  const launcher = await Launcher.start(session, {
    leaseMs: LEASE_MS,
    agents: agents.map(({ id, role, slots }) => ({
      id,
      executor,
      role: defineAgent({ name: role, match: { types: ROLES[role] }, concurrency: slots }),
    })),
  });
  return async () => {
    await launcher.drain();
    await nc.close();
  };
}

/** Counts the compare-and-sets of records that came too late, where the server's answers arrive. */
function countRefused({ publisher, names }) {
  const publish = publisher.publish.bind(publisher);
  const records = names.tasks.subject("");
  publisher.publish = async (subject, ...rest) => {
    try {
      return await publish(subject, ...rest);
    } catch (error) {
      if (subject.startsWith(records) && isConflict(error)) refused++;
      throw error;
    }
  };
}

let stop = async () => undefined;
process.on("message", async (message) => {
  if (message === "stop") {
    await stop();
    process.send({ executed: executed.splice(0), refused }, () => process.exit(0));
    return;
  }
  const { server, agents, connections } = message;
  const parts = Array.from({ length: connections }, (_, i) => agents.filter((__, at) => at % connections === i));
  const ends = await Promise.all(parts.map((part) => launch(server, part)));
  stop = () => Promise.all(ends.map((end) => end()));
  process.send({ ready: true });
});
