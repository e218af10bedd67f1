import { signal, sweep } from "./sweep.js";

/**
 * The warden's own program. stdin: `+ <pgid> <run id>` a command is starting or running (group 0: not known yet),
 * `- <pgid> <run id>` it has ended. End of file means that the launcher is gone: end what is open, then ourselves.
 */
const open = new Map<string, number>();
const TERM_MS = 1_000;
/** A command whose spawn was under way when the launcher died has not taken its environment yet. */
const LATE_START_MS = 500;

// Sent to a whole session, or by a person who means the launcher.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);

function read(line: string): void {
  const [sign, pgid, runId] = line.split(" ");
  if (runId === undefined) return;
  if (sign === "+") open.set(runId, Number(pgid));
  else open.delete(runId);
}

async function endAll(): Promise<void> {
  const groups = [...open.values()].filter((pgid) => pgid > 0);
  for (const pgid of groups) signal(-pgid, "SIGTERM");
  await sweepAll();
  for (const pgid of groups) signal(-pgid, "SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, LATE_START_MS));
  await sweepAll();
}

const sweepAll = () =>
  Promise.all([...open].map(([runId, pgid]) => sweep(runId, { termMs: TERM_MS, told: pgid > 0 ? pgid : undefined })));

let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (text: string) => {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  lines.forEach(read);
});
process.stdin.once("close", () => {
  void (open.size === 0 ? Promise.resolve() : endAll()).finally(() => process.exit());
});
