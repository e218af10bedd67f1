import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { quantiles } from "./measure.mjs";

const BIN = fileURLToPath(new URL("../bin/mjagent.js", import.meta.url));

function once(args) {
  const started = performance.now();
  spawnSync(process.execPath, args, { stdio: "ignore" });
  return performance.now() - started;
}

/** `mjagent --version` beside an empty Node process, in turn. @returns medians in ms */
export function startup(n) {
  const version = [];
  const empty = [];
  for (let i = 0; i < n; i++) {
    version.push(once([BIN, "--version"]));
    empty.push(once(["-e", "0"]));
  }
  return { version: quantiles(version).p50, empty: quantiles(empty).p50 };
}
