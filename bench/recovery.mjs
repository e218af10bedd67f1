import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { publishTasks } from "../dist/operations/publish.js";
import { openSession } from "../dist/nats/session.js";
import { Program } from "./program.mjs";

export const HEARTBEAT_MS = 1_000;
const ROLE = {
  name: "bench",
  match: { types: ["bench"] },
  command: { adapter: "command", run: ["/bin/sh", "-c", "echo running; exec sleep 60"] },
};

const OTHER = { ...ROLE, name: "other", match: { types: ["nothing"] } };

/**
 * How long work stands still when launchers, real processes with a heartbeat of 1 s, are ended.
 * @returns ms of each round: `crash`, from `kill -9` of the owner to its command running on another (in every other
 * round the owner leads, too); `restart`, from the start of a process with the killed one's id to the command running
 * there; `handBack`, from telling the owner to stop at once to its command running on another; `exit`, from telling an
 * idle launcher to stop to its end
 */
export async function recovery(connect, url, folder, rounds) {
  const found = { crash: [], handBack: [], restart: [], exit: [] };
  const round = async (name, work) => {
    const fleet = await openFleet(connect, url, join(folder, `${name}-${found[name].length}`));
    try {
      found[name].push(await work(fleet));
    } finally {
      await fleet.close();
    }
  };
  for (let i = 0; i < rounds; i++) {
    await round("crash", (fleet) => succession(fleet, i % 2 === 0, ["SIGKILL"]));
    await round("handBack", (fleet) => succession(fleet, i % 2 === 0, ["SIGTERM", "SIGTERM"]));
    await round("restart", async (fleet) => {
      const owner = await fleet.start("first", ROLE);
      await fleet.publish();
      await owner.told("output");
      await owner.end("SIGKILL");
      return await timed(() => fleet.launch("first", ROLE).told("output"));
    });
    await round("exit", async (fleet) => {
      const idle = await fleet.start("first", ROLE);
      return await timed(() => idle.end("SIGTERM"));
    });
  }
  return found;
}

/** The owner of the task is ended by these signals, and another launcher takes over. */
async function succession(fleet, ownerLeads, signals) {
  const leader = await fleet.start("first", ownerLeads ? ROLE : OTHER);
  await leader.told("leading");
  const owner = ownerLeads ? leader : await fleet.start("second", ROLE);
  await fleet.publish();
  await owner.told("output");
  const heir = await fleet.start("heir", ROLE);
  return await timed(() => Promise.all([owner.end(...signals), heir.told("output")]));
}

async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

let workspaces = 0;

/** A project folder, a workspace, and the launchers that run there. */
async function openFleet(connect, url, folder) {
  const workspace = { id: `RECOVERY_${++workspaces}`, prefix: `recovery${workspaces}` };
  await mkdir(join(folder, "agents"), { recursive: true });
  // JSON is YAML.
  await writeFile(join(folder, "mjagent.yaml"), JSON.stringify({ server: url, workspace }));
  for (const role of [ROLE, OTHER]) await writeFile(join(folder, "agents", `${role.name}.yaml`), JSON.stringify(role));
  const session = await openSession(await connect(), workspace);
  const launchers = [];
  const launch = (id, role) => {
    const args = ["run", "--agent", role.name, "--id", id, "--heartbeat", `${HEARTBEAT_MS}ms`];
    const launcher = new Program(args, { cwd: folder, env: { HOME: folder, XDG_STATE_HOME: folder } });
    launchers.push(launcher);
    return launcher;
  };
  return {
    launch,
    /** The same, and its agent is online. */
    async start(id, role) {
      const launcher = launch(id, role);
      await launcher.told("registered");
      return launcher;
    },
    publish: () => publishTasks(session, [{ title: "t", type: "bench" }]),
    async close() {
      for (const launcher of launchers) await launcher.end("SIGTERM", "SIGTERM");
      await session.nc.close();
    },
  };
}
