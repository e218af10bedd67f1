import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../bin/mjagent.js", import.meta.url));

const SIGNAL_GAP_MS = 20;

/** `mjagent … --json` as a process of its own. */
export class Program {
  #child;
  #seen = new Map();

  /** @param {string[]} args with the name of the command */
  constructor(args, { cwd, env }) {
    this.#child = spawn(process.execPath, [BIN, ...args, "--json"], {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const told = JSON.parse(line);
      // As `run` and as `serve` name it.
      this.#told(told.event ?? told.type).tell(told);
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** Resolves with the first event of this kind that it tells, at once when it has already. */
  told = (event) => this.#told(event).promise;

  /** Sends the signals and waits for its end. */
  async end(...signals) {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#child, "exit");
    for (const signal of signals) {
      this.#child.kill(signal);
      // Two of a kind sent at once arrive as one.
      await sleep(SIGNAL_GAP_MS);
    }
    await ended;
  }

  #told(event) {
    let entry = this.#seen.get(event);
    if (!entry) {
      let tell;
      const promise = new Promise((resolve) => (tell = resolve));
      this.#seen.set(event, (entry = { promise, tell }));
    }
    return entry;
  }
}
