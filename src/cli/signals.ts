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

// Not the signal SIGPIPE: with a handler for it, every command that ends without reading its stdin would set it off.
let onReaderGone: (() => void) | undefined;

/** The reader of our stdout went away. @returns false when nobody handles that */
export function readerGone(): boolean {
  onReaderGone?.();
  return onReaderGone !== undefined;
}

/**
 * Calls back at each SIGINT, SIGTERM or SIGHUP with 128 + its number and how many there were. A reader of our output
 * that went away counts as one such signal (code 0), however often we still write to it.
 */
function onSignals(listener: (code: number, count: number) => void): void {
  let count = 0;
  for (const name of HANDLED) process.on(name, () => listener(128 + constants.signals[name], ++count));
  let told = false;
  onReaderGone = () => {
    if (told) return;
    told = true;
    listener(0, ++count);
  };
}

/** The signals to stop, kept from the start on for whoever handles them later. */
export class StopSignals {
  /** 128 + the number of the last one. */
  code: number | undefined;
  #count = 0;
  #handle: (count: number) => void = () => undefined;

  constructor() {
    onSignals((code, count) => {
      this.code = code;
      this.#count = count;
      this.#handle(count);
    });
  }

  /** Calls back with how many there were: at each from now on, and for each there was. */
  handle(listener: (count: number) => void): void {
    this.#handle = listener;
    for (let count = 1; count <= this.#count; count++) listener(count);
  }
}
