import { z } from "zod";
import type { Snapshot } from "../../domain/snapshot.js";
import { messageOf } from "../../errors.js";
import { followSnapshots, snapshot } from "../../operations/snapshot.js";
import type { CommandContext } from "../context.js";
import { readOptions } from "../options.js";
import type { ItemView } from "../output.js";
import { Screen } from "../screen.js";
import { attentionIds, changeKey, statusText } from "../status-view.js";

/** Terminals with fewer lines get fewer troubles, so that all sections fit. */
const TALL = 32;

const StatusOptions = z.object({ watch: z.boolean().default(false) });

export async function run(context: CommandContext): Promise<undefined> {
  const options = readOptions(context, StatusOptions);
  const { out } = context;
  if (options.watch) await watch(context);
  else {
    const now = await snapshot(await context.session());
    out.item(now, view(now, out.width));
  }
}

/** `-q` prints the ids of what needs attention. */
const view = (now: Snapshot, width: number): ItemView<Snapshot> => {
  const ids = attentionIds(now);
  return {
    ...(ids.length > 0 && { id: () => ids.join("\n") }),
    text: (shown, style) => statusText(shown, style, width),
  };
};

/** Shows every change until it is interrupted. */
async function watch(context: CommandContext): Promise<void> {
  const { out, signal } = context;
  const session = await context.session();
  const onScreen = out.isTTY && !out.json && !out.quiet && process.env["TERM"] !== "dumb";
  using screen = onScreen ? new Screen(process.stdout) : undefined;
  let shown = "";
  let silent = false;

  const show = (now: Snapshot): void => {
    silent = false;
    if (screen) {
      shown = statusText(now, out.style, out.width, process.stdout.rows < TALL ? 2 : undefined);
      screen.draw(`${shown}\n\n${out.style.dim("Ctrl-C ends this.")}`);
      return;
    }
    const key = changeKey(now);
    if (key === shown) return;
    if (shown !== "" && !out.json && !out.quiet) out.raw("");
    shown = key;
    out.event(now, view(now, out.width));
  };
  const trouble = (error: unknown): void => {
    const text = `the server does not answer (${messageOf(error)}): trying again`;
    if (screen) screen.draw(`${out.style.yellow(text)}\n\n${shown}`);
    else if (!silent) out.warn(text);
    silent = true;
  };

  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
    followSnapshots(session, signal, oneAtATime(show, trouble));
  });
}

/** Runs what it is given one after the other; of what comes meanwhile only the newest. */
function oneAtATime<T>(done: (value: T) => void, failed: (error: unknown) => void) {
  let next: (() => Promise<T>) | undefined;
  let running = false;
  const work = async (): Promise<void> => {
    running = true;
    for (let current = next; current !== undefined; current = next) {
      next = undefined;
      await current().then(done, failed);
    }
    running = false;
  };
  return (job: () => Promise<T>): void => {
    next = job;
    if (!running) void work();
  };
}
