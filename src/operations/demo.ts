import { cp, mkdtemp, readdir, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { MjError } from "../errors.js";
import { createExecutor } from "../executors/create.js";
import type { TaskRecord } from "../domain/task.js";
import type { Session } from "../nats/session.js";
import { TaskStore } from "../nats/task-store.js";
import { untilNothingLeft } from "../worker/drain.js";
import type { EventListener } from "../worker/events.js";
import { Launcher } from "../worker/launcher.js";
import { publishTasks } from "./publish.js";
import { loadRoles } from "./roles.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/website", import.meta.url));
const MADE_BY_RUNNING = new Set(["pages", "public", "node_modules"]);
const HEARTBEAT_MS = 2_000;

/** What the demo came to. */
export interface DemoResult {
  folder: string;
  /** The finished page; null when the pipeline did not get that far. */
  page: string | null;
  tasks: TaskRecord[];
  /** Files that were made or changed, relative to the folder. */
  files: string[];
}

/** Copies the example project into a folder of its own. */
export async function prepareDemo(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mjagent-demo-"));
  await cp(EXAMPLE, folder, {
    recursive: true,
    filter: (source) => !MADE_BY_RUNNING.has(relative(EXAMPLE, source).split(sep)[0] ?? ""),
  });
  // The programs import packages of ours: they are found where this package finds them.
  const packages = dirname(dirname(createRequire(import.meta.url).resolve("yaml/package.json")));
  await symlink(packages, join(folder, "node_modules"), "junction");
  return folder;
}

/** Starts the four agents of the example. */
export async function startDemoAgents(session: Session, folder: string, onEvent: EventListener): Promise<Launcher> {
  const roles = await loadRoles(join(folder, "agents"));
  const { url, workspace } = session;
  return await Launcher.start(session, {
    agents: roles.map(({ role, projectDir }) => ({
      role,
      executor: createExecutor(role, { projectDir, natsUrl: url, workspace }),
    })),
    heartbeatMs: HEARTBEAT_MS,
    onEvent,
  });
}

/** Publishes one design task and waits until the agents have made a page of it, or have failed to. */
export async function runPipeline(
  session: Session,
  launcher: Launcher,
  folder: string,
  signal: AbortSignal,
): Promise<DemoResult> {
  const before = await filesOf(folder);
  const task = {
    title: "Design the about page",
    type: "design",
    phase: "3.0.3 design",
    payload: { brief: "brief.yaml" },
  };
  await publishTasks(session, [{ ...task, created_by: "demo" }]);
  await untilNothingLeft(session, launcher, signal);
  if (signal.aborted) throw new MjError("failure", "the demo was stopped before the page was finished");
  const tasks = (await new TaskStore(session).all()).sort((a, b) => a.created_at.localeCompare(b.created_at));
  const files = (await filesOf(folder)).filter((file) => !before.includes(file) || file === "ROADMAP.md");
  const page = files.find((file) => file.startsWith(`public${sep}`) && file.endsWith("index.html"));
  return { folder, page: page === undefined ? null : join(folder, page), tasks, files };
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith("node_modules"))
    .sort();
}
