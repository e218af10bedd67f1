import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ora, { type Ora } from "ora";
import { z } from "zod";
import { EXIT_CODES, messageOf, MjError } from "../../errors.js";
import { connectNats } from "../../nats/connect.js";
import { findNatsServer } from "../../nats/server/find.js";
import { launchServer } from "../../nats/server/launch.js";
import { openSession, type Session } from "../../nats/session.js";
import { deleteWorkspace } from "../../nats/topology.js";
import { prepareDemo, runPipeline, startDemoAgents } from "../../operations/demo.js";
import type { Served } from "../../server/serve.js";
import type { WorkerEvent } from "../../worker/events.js";
import type { CommandContext } from "../context.js";
import { commandsToTry, demoText } from "../demo-view.js";
import { DEFAULT_PORT, readOptions } from "../options.js";
import { person } from "../person.js";
import { eventText } from "../run-view.js";
import { oneLine } from "../text.js";

const Options = z.object({ keep: z.boolean().default(false), serve: z.boolean().default(false) });
const LIMIT_MS = 120_000;

/** `mjagent demo`: the whole pipeline once, in a folder of its own, on a server of its own unless one is named. */
export async function run(context: CommandContext): Promise<number | undefined> {
  const { keep, serve } = readOptions(context, Options);
  const { out, signal } = context;
  const spinner = out.animated ? ora({ stream: process.stderr, discardStdin: false }) : null;
  const folder = await prepareDemo();
  await using place = await openPlace(context, spinner);
  const { session } = place;
  const launcher = await startDemoAgents(session, folder, (event) => show(context, spinner, event));
  try {
    spinner?.start("four agents at work");
    const result = await runPipeline(
      session,
      launcher,
      folder,
      AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    );
    spinner?.stop();
    out.item(result, {
      id: () => result.page ?? "",
      text: (_, style) => demoText(result, style, out.isTTY ? out.width : undefined),
    });
    if ((keep || serve) && !signal.aborted) {
      await using served = serve ? await serveDemo(context, session) : null;
      out.note(`\nEverything goes on running; Ctrl-C ends it. To try in another terminal:`);
      const program = process.argv[1] ?? "bin/mjagent.js";
      for (const command of commandsToTry(folder, session.url, program)) out.note(`  ${command}`);
      if (served) out.note(`\nThe dashboard, with a link that logs a browser in, once:\n  ${served.link()}`);
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      out.note(`stopped; the files stay in ${folder}`);
    }
    return result.page === null ? EXIT_CODES.failure : 0;
  } finally {
    spinner?.stop();
    await launcher.stop();
  }
}

/** The coordinator of the demo: where it is by default, or where there is room. */
async function serveDemo({ out }: CommandContext, session: Session): Promise<Served> {
  const { serve } = await import("../../server/serve.js");
  const { ensureTokens } = await import("../../server/guard/tokens.js");
  const tokens = await ensureTokens();
  const at = (port: number): Promise<Served> =>
    serve(session, {
      ...{ binding: { host: "127.0.0.1", port }, tokens, person: person() },
      onEvent: (event) => {
        if (event.type === "failed") out.warn(`${event.what}: ${oneLine(messageOf(event.error))}`);
      },
    });
  return await at(DEFAULT_PORT).catch((error: unknown) => {
    if (error instanceof MjError && error.code === "conflict") return at(0);
    throw error;
  });
}

/** The server the user named, in a workspace of the demo's own, or a private one. */
async function openPlace(
  context: CommandContext,
  spinner: Ora | null,
): Promise<AsyncDisposable & { session: Session }> {
  const { out, signal } = context;
  const settings = await context.settings();
  const options = { name: "mjagent demo", timeoutMs: settings.timeoutMs };
  if (settings.explicit) {
    const id = randomBytes(4).toString("hex");
    const nc = await connectNats(settings.nats, options);
    const session = await openSession(nc, { id: `MJ_DEMO_${id}`, prefix: `mjdemo_${id}` });
    const dispose = async (): Promise<void> => {
      await deleteWorkspace(session.jsm, session.names);
      await nc.close();
    };
    return { session, [Symbol.asyncDispose]: dispose };
  }
  const progress = (text: string): void => {
    if (spinner) spinner.start(text);
    else out.note(text);
  };
  const { path, version } = await findNatsServer({ onProgress: progress, signal });
  progress(`starting nats-server ${version}`);
  const storeDir = await mkdtemp(join(tmpdir(), "mjagent-demo-nats-"));
  const server = await launchServer({
    binary: path,
    storeDir,
    detached: false,
    syncAlways: false,
  });
  const nc = await connectNats({ servers: [server.url] }, options);
  const session = await openSession(nc, settings.workspace);
  const dispose = async (): Promise<void> => {
    await nc.close();
    await server.stop();
    await rm(storeDir, { recursive: true, force: true });
  };
  return { session, [Symbol.asyncDispose]: dispose };
}

/** Progress, line by line, above the spinner. */
function show({ out }: CommandContext, spinner: Ora | null, event: WorkerEvent): void {
  if (event.type === "leading" || event.type === "offline") return;
  const line = eventText(event, out.noteStyle, out.isTTY ? out.width : undefined);
  if (!spinner) return out.note(line);
  if (event.type === "claimed") spinner.text = `${event.agent_id}: ${event.task.title}`;
  spinner.clear();
  out.note(line);
  spinner.render();
}
