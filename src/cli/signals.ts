import { constants } from "node:os";

const HANDLED = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Turns the first signal into an abort; the second ends the process at once. Installed on first use. */
export class Signals {
  #controller: AbortController | undefined;
  #code: number | undefined;

  /** 128 + the signal's number once there was one (130 for Ctrl-C), else undefined. */
  get exitCode(): number | undefined {
    return this.#code;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#install();
    return this.#controller.signal;
  }

  #install(): AbortController {
    const controller = new AbortController();
    onSignals((code, count) => {
      if (count > 1) process.exit(code);
      this.#code = code;
      controller.abort(new Error("interrupted"));
    });
    return controller;
  }
}

/** Calls back at each SIGINT, SIGTERM or SIGHUP with 128 + its number and how many there were. */
export function onSignals(listener: (code: number, count: number) => void): void {
  let count = 0;
  for (const name of HANDLED) process.on(name, () => listener(128 + constants.signals[name], ++count));
}
