import type { Command } from "commander";
import { loadAgentSettings, loadSettings, type Settings, type SettingsFlags } from "../config.js";
import type { Session } from "../nats/session.js";
import type { CommandContext, Declaration } from "./context.js";
import { exitCodeOf, reportOf } from "./errors.js";
import { Output } from "./output.js";
import { Signals } from "./signals.js";

/** Runs a command that commander has parsed, and ends the process with its exit code. */
export async function dispatch(command: Command, declaration: Declaration): Promise<void> {
  const options = command.optsWithGlobals<Record<string, unknown>>();
  const out = new Output({
    json: options["json"] === true,
    quiet: options["quiet"] === true,
    color: options["color"] as boolean | undefined,
  });
  const signals = new Signals();
  const opened: (() => Promise<void>)[] = [];
  let code: number;
  try {
    const module = await declaration.load();
    code = (await module.run(makeContext(command, declaration, options, out, signals, opened))) ?? 0;
  } catch (error) {
    code = exitCodeOf(error);
    const report = { json: out.json, debug: options["debug"] === true, red: out.noteStyle.red };
    // What a command throws after Ctrl-C is the way it ended, no news.
    if (signals.exitCode === undefined) process.stderr.write(`${reportOf(error, report)}\n`);
  }
  for (const close of opened.reverse()) await close().catch(() => undefined);
  end(signals.exitCode ?? code);
}

function makeContext(
  command: Command,
  { ownTimeout = false }: Declaration,
  options: Record<string, unknown>,
  out: Output,
  signals: Signals,
  opened: (() => Promise<void>)[],
): CommandContext {
  let settings: Promise<Settings> | undefined;
  const sessions = new Map<string, Promise<Session>>();
  const { timeout, ...others } = options as SettingsFlags;
  const flags: SettingsFlags = ownTimeout || timeout === undefined ? others : { ...others, timeout };
  const openSession = async (servers?: readonly string[]): Promise<Session> => {
    const { nats, timeoutMs, workspace } = await context.settings();
    const { connectNats } = await import("../nats/connect.js");
    const connection = await connectNats(servers ? { servers: [...servers] } : nats, {
      name: `mjagent ${command.name()}`,
      timeoutMs,
    });
    opened.push(() => connection.close());
    const session = await import("../nats/session.js");
    return await session.openSession(connection, workspace, (notice) => out.note(notice));
  };
  const context: CommandContext = {
    args: command.args,
    options,
    out,
    settings: () => (settings ??= loadSettings({ flags, runningServer })),
    agentsDir: async () => (await loadAgentSettings({ flags })).agentsDir,
    adapters: async () => (await loadAgentSettings({ flags })).adapters,
    session: (servers) => {
      const key = servers?.join() ?? "";
      const session = sessions.get(key) ?? openSession(servers);
      sessions.set(key, session);
      return session;
    },
    get signal() {
      return signals.signal;
    },
  };
  return context;
}

async function runningServer(): Promise<string | null> {
  const local = await import("../nats/server/local.js");
  return await local.runningServer();
}

/** What was written to a pipe may still be on its way; but a socket that was left open must not keep us. */
function end(code: number): void {
  process.exitCode = code;
  process.stdout.write("", () => process.stderr.write("", () => process.exit()));
}
