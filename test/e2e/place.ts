import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TaskRecord } from "../../src/domain/task.js";
import { SERVER_VARIABLE } from "../../src/nats/server/find.js";
import type { Workspace } from "../../src/nats/names.js";
import { send } from "../../src/nats/server/process.js";
import { taskWhen } from "../support/fleet.js";
import { openTestSession, type TestSession } from "../support/session.js";
import { eventually } from "../support/eventually.js";
import { type Ended, Program } from "./program.js";
import { type Leftover, processesWith } from "./processes.js";

const MARKER = "MJ_TEST_ID";

/** The argv of a program of test/e2e/programs. */
export const program = (file: string): string[] => [
  file.endsWith(".sh") ? "sh" : process.execPath,
  fileURLToPath(new URL(`programs/${file}`, import.meta.url)),
];

interface RunOptions {
  input?: string;
  env?: Record<string, string>;
  cwd?: string;
}

export interface PlaceOptions {
  /** Where NATS is; without it no server is named, and the commands find what they find. */
  url?: string;
  /** Default: the product's own. */
  workspace?: Workspace;
}

/**
 * A person's machine in small: a project folder, a home, and `mjagent` run in them as processes of their own. What this
 * machine has (settings, outbox, local server) is neither read nor written. Disposing ends everything that was started
 * and fails when a process of it is left.
 */
export class Place implements AsyncDisposable {
  readonly #id = randomUUID();
  readonly #programs: Program[] = [];
  #session: Promise<TestSession> | undefined;

  private constructor(
    readonly root: string,
    private readonly options: PlaceOptions,
  ) {}

  static async make(options: PlaceOptions = {}): Promise<Place> {
    const place = new Place(await mkdtemp(join(tmpdir(), "mjagent-e2e-")), options);
    for (const folder of [place.folder, join(place.folder, "agents"), join(place.root, "tmp")]) {
      await mkdir(folder, { recursive: true });
    }
    return place;
  }

  /** The project. */
  get folder(): string {
    return join(this.root, "project");
  }

  get #env(): Record<string, string> {
    const { url, workspace } = this.options;
    return {
      PATH: process.env["PATH"] ?? "",
      HOME: join(this.root, "home"),
      XDG_STATE_HOME: join(this.root, "state"),
      XDG_CACHE_HOME: join(this.root, "cache"),
      XDG_CONFIG_HOME: join(this.root, "config"),
      TMPDIR: join(this.root, "tmp"),
      NO_COLOR: "1",
      [SERVER_VARIABLE]: process.env[SERVER_VARIABLE] ?? "",
      [MARKER]: this.#id,
      ...(url !== undefined && { NATS_URL: url }),
      ...(workspace && { MJAGENT_WORKSPACE: workspace.id, MJAGENT_PREFIX: workspace.prefix }),
    };
  }

  /** Writes `agents/<name>.yaml`: a role for tasks of that type, whose commands carry the marker. */
  async role(name: string, run: readonly string[], more: Record<string, unknown> = {}): Promise<void> {
    const role = {
      name,
      display_name: name.replace(/^./, (letter) => letter.toUpperCase()),
      match: { types: [name] },
      command: { adapter: "command", run },
      retry: { max_attempts: 3, backoff: "10ms" },
      env: { allow: [MARKER] },
      ...more,
    };
    await this.write(`agents/${name}.yaml`, JSON.stringify(role));
  }

  async write(file: string, text: string): Promise<void> {
    await writeFile(join(this.folder, file), text);
  }

  /** Lets a task that programs/gated.sh works on finish. */
  open(taskId: string): Promise<void> {
    return this.write(`go-${taskId}`, "");
  }

  /** Starts a command that goes on. */
  start(args: readonly string[], options: RunOptions = {}): Program {
    const started = new Program(args, {
      cwd: options.cwd ?? this.folder,
      env: { ...this.#env, ...options.env },
      input: options.input,
    });
    this.#programs.push(started);
    return started;
  }

  /** Runs a command to its end. */
  mjagent(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** Runs a command to its end and reads the one JSON document it answers. */
  async json<T>(args: readonly string[], options: RunOptions = {}): Promise<T> {
    const { code, stdout, stderr } = await this.mjagent([...args, "--json"], options);
    if (code !== 0) throw new Error(`mjagent ${args.join(" ")} exited with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Publishes a task in a process of its own, with more options if given. */
  async publish(id: string, type: string, ...more: string[]): Promise<void> {
    const { code, stderr } = await this.mjagent([
      "publish",
      "--title",
      `Task ${id}`,
      "--id",
      id,
      "--type",
      type,
      ...more,
    ]);
    if (code !== 0) throw new Error(stderr);
  }

  /** A connection of the test's own, in the place's workspace. */
  session(): Promise<TestSession> {
    const { url = "", workspace = { id: "MJ_ONLINE", prefix: "mjwork" } } = this.options;
    this.#session ??= openTestSession(url, workspace);
    return this.#session;
  }

  /** The record once it is as wanted. */
  async task(id: string, wanted: TaskRecord["status"] | ((record: TaskRecord) => boolean)): Promise<TaskRecord> {
    return await taskWhen(await this.session(), id, wanted);
  }

  /** Living processes that were started from here, or by what was. */
  processes(): Promise<Leftover[]> {
    return processesWith(`${MARKER}=${this.#id}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Two different ones: of two equal ones that are pending, a process gets one.
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      for (const each of this.#programs) if (each.running) each.signal(name);
    }
    await eventually(() => this.#programs.every((each) => !each.running)).catch(() => undefined);
    await (await this.#session)?.nc.close();
    try {
      await eventually(async () => {
        const left = await this.processes();
        if (left.length === 0) return true;
        throw new Error(`processes are left: ${JSON.stringify(left, null, 2)}`);
      });
    } finally {
      for (const { pid } of await this.processes()) send(pid, "SIGKILL");
      await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
    }
  }
}
