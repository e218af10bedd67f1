import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../bin/mjagent.js", import.meta.url));
/** As a service manager would. */
const RESTART_MS = 500;
const STOP_MS = 60_000;

/** One launcher: the real command line in a process of its own, started again whenever it ends unasked. */
export class LauncherProcess {
  /** Faults hold it down or still: nobody else starts it meanwhile. */
  held = false;
  /** Each process it had: `{ launcher, pid, from, to, how }`; `how`: killed, asked, or by itself with its exit code. */
  lives = [];
  #child = null;
  #exit = Promise.resolve();
  #wanted = false;
  #how = null;

  /** @param {{ index: number, id: string, role: string, project: string, folder: string, state: string, link: object }} of */
  constructor(of) {
    Object.assign(this, of);
    this.files = {
      runs: join(of.folder, `${of.id}.runs`),
      events: join(of.folder, `${of.id}.events.jsonl`),
      errors: join(of.folder, `${of.id}.stderr`),
    };
  }

  /** The process number while it runs. */
  get pid() {
    return this.#child?.pid;
  }

  start() {
    this.#wanted = true;
    if (this.#child !== null) return;
    const { id, role, project, folder, state, link, files } = this;
    const out = openSync(files.events, "a");
    const err = openSync(files.errors, "a");
    const args = ["run", "--agent", role, "--id", id, "--heartbeat", "1s", "--lease", "3s", "--json"];
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: project,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        TMPDIR: folder,
        XDG_STATE_HOME: state,
        NATS_URL: link.url,
        CHAOS_RUNS: files.runs,
        NO_COLOR: "1",
      },
      stdio: ["ignore", out, err],
    });
    closeSync(out);
    closeSync(err);
    this.#child = child;
    this.#how = null;
    const life = { launcher: id, pid: child.pid, from: Date.now(), to: null, how: null };
    this.lives.push(life);
    this.#exit = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        life.to = Date.now();
        life.how = this.#how ?? `by itself (${signal ?? `exit ${code}`})`;
        this.#child = null;
        if (this.#wanted && !this.held) setTimeout(() => this.#wanted && !this.held && this.start(), RESTART_MS);
        resolve();
      });
    });
  }

  /** SIGKILL, also for one that is stopped. Resolves when it is gone. */
  async kill() {
    this.#how = "killed";
    this.#child?.kill("SIGKILL");
    await this.#exit;
  }

  /** SIGSTOP or SIGCONT. */
  signal(name) {
    this.#child?.kill(name);
  }

  /** SIGTERM, `times` times: once drains, twice stops at once. Killed when it takes too long. @returns whether it was */
  async ask(times, gapMs = 100) {
    const child = this.#child;
    if (child === null) return false;
    this.#how = "asked";
    for (let i = 0; i < times; i++) {
      if (i > 0) await new Promise((resolve) => setTimeout(resolve, gapMs));
      if (this.#child === child) child.kill("SIGTERM");
    }
    let late = false;
    const bound = setTimeout(() => {
      late = true;
      this.#how = `did not end within ${STOP_MS / 1_000} s of SIGTERM`;
      child.kill("SIGKILL");
    }, STOP_MS);
    await this.#exit;
    clearTimeout(bound);
    return late;
  }

  /** It is not started again from here on. */
  retire() {
    this.#wanted = false;
  }
}
