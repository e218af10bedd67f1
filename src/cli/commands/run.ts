import { z } from "zod";
import { Duration } from "../../domain/duration-schema.js";
import { MjError } from "../../errors.js";
import { accountOf } from "../../executors/account.js";
import { createExecutor } from "../../executors/create.js";
import { readyRole } from "../../executors/ready.js";
import type { Session } from "../../nats/session.js";
import { setRules } from "../../operations/workspace.js";
import { isRolePath, type LoadedRole, loadRole, loadRoles } from "../../operations/roles.js";
import { untilNothingLeft } from "../../worker/drain.js";
import type { WorkerEvent } from "../../worker/events.js";
import { Launcher } from "../../worker/launcher.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";
import { eventJson, eventText } from "../run-view.js";
import { StopSignals } from "../signals.js";

const Options = z.object({
  agent: z.array(z.string()).default([]),
  all: z.boolean().default(false),
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "an agent id is 1 to 64 letters, digits, _ or -" })
    .optional(),
  concurrency: z.coerce.number().int().min(1).max(1_000).optional(),
  heartbeat: Duration.refine((ms) => ms >= 100, { error: "a heartbeat needs at least 100ms" }).default(30_000),
  lease: Duration.optional(),
  once: z.boolean().default(false),
  drain: z.boolean().default(false),
  local: z.boolean().default(false),
});
type Options = z.output<typeof Options>;

/** `mjagent run`: registers agents and works until it is told to stop. */
export async function run(context: CommandContext): Promise<number | undefined> {
  const options = readOptions(context, Options);
  check(options);
  const settings = await context.settings();
  const loaded = await rolesToRun(options, settings.agentsDir);
  // Before a local server is started for nothing.
  const ready: LoadedRole[] = [];
  for (const each of loaded) {
    const { role, warnings } = await readyRole(each.role, each, settings.adapters);
    for (const warning of warnings) context.out.warn(`${role.name}: ${warning}`);
    ready.push({ ...each, role });
  }
  const servers = options.local && !settings.explicit ? [await localServer(context)] : undefined;
  const session = await context.session(servers);
  await setRules(session, settings.rules);
  const where = { natsUrl: session.url, workspace: settings.workspace };

  const { out } = context;
  const ending = new AbortController();
  // Before the first agent is online: a signal while the others register must not leave it behind, claimed task and all.
  const signals = new StopSignals();
  const onEvent = (event: WorkerEvent): void => {
    out.event(eventJson(event, new Date().toISOString()), {
      text: (_, style) => eventText(event, style, out.isTTY ? out.width : undefined),
    });
    if (options.once && (event.type === "claimed" || event.type === "watched")) ending.abort();
  };
  const launcher = await Launcher.start(session, {
    agents: ready.map(({ role, projectDir }) => ({
      role,
      executor: createExecutor(role, { projectDir, ...where }),
      account: accountOf(role, { projectDir, ...where }),
      ...(options.id !== undefined && { id: options.id }),
    })),
    heartbeatMs: options.heartbeat,
    onEvent,
    ...(options.lease !== undefined && { leaseMs: options.lease }),
    ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
    ...(options.once && { limit: 1 }),
  });
  return await untilStopped(context, session, launcher, options, ending, signals);
}

/** First signal: drain. Second: stop at once. `--once`, `--drain` and `mjagent drain` end it without one. */
async function untilStopped(
  { out }: CommandContext,
  session: Session,
  launcher: Launcher,
  options: Options,
  ending: AbortController,
  signals: StopSignals,
): Promise<number | undefined> {
  let drained: Promise<void> | undefined;
  const drain = (): Promise<void> => (drained ??= launcher.drain());
  const { signal } = ending;
  await new Promise<void>((resolve, reject) => {
    signals.handle((count) => {
      if (count === 1) {
        const running = launcher.running.length;
        if (running > 0) out.note(`finishing ${running} running; press Ctrl-C again to stop at once`);
        drain().then(resolve, reject);
      } else if (count === 2) {
        out.note("stopping: running commands are ended and their tasks handed back");
        launcher.stop().then(resolve, reject);
      }
    });
    signal.addEventListener("abort", () => void drain().then(resolve, reject), { once: true });
    if (signal.aborted) drain().then(resolve, reject);
    void launcher.left().then(() => drain().then(resolve, reject));
    if (options.drain) {
      untilNothingLeft(session, launcher, signal)
        .then(() => drain())
        .then(resolve, reject);
    }
    void session.nc.closed().then((error) => {
      if (error) reject(new MjError("unreachable", "the connection was closed for good", { why: error.message }));
    });
  });
  return signals.code;
}

function check(options: Options): void {
  if (options.all === options.agent.length > 0) {
    throw new MjError(
      "usage",
      options.all ? "give --agent or --all, not both" : "which agents? give --agent NAME or --all",
      {
        hint: "mjagent agents list shows the roles there are",
      },
    );
  }
  if (options.id !== undefined && (options.all || options.agent.length > 1)) {
    throw new MjError("usage", "--id names one agent, but several would run", { hint: "run them one by one" });
  }
  if (options.lease !== undefined && options.lease <= options.heartbeat) {
    throw new MjError("usage", "--lease must be longer than the heartbeat", {
      why: "otherwise a healthy agent would count as lost between two beats",
      hint: "three heartbeats are a good lease",
    });
  }
}

async function rolesToRun(options: Options, agentsDir: string): Promise<LoadedRole[]> {
  if (options.all) return await loadRoles(agentsDir);
  const names = options.agent.map((name) => (isRolePath(name) ? name : name.toLowerCase()));
  return await Promise.all([...new Set(names)].map((name) => loadRole(agentsDir, name)));
}

async function localServer({ out }: CommandContext): Promise<string> {
  const { startServer } = await import("../../nats/server/local.js");
  const server = await startServer({ onProgress: (text) => out.note(text) });
  if (server.started) out.note(`nats-server ${server.version} started at ${server.url}; mjagent server stop ends it`);
  return server.url;
}
