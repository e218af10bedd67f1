import { FAULTS } from "./schedule.mjs";
import { VIOLATIONS } from "./check.mjs";

const row = (name, ...cells) => `  ${name.padEnd(34)}${cells.map((cell) => String(cell).padStart(10)).join("")}`;
const LONG_WAIT_MS = 20_000;
const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`;

/** The faults of a run by kind: how many were injected, and how many had nothing to break. */
export function faultTable(faults) {
  const lines = ["Faults", row("", "injected", "left out", "longest")];
  for (const kind of Object.keys(FAULTS)) {
    const all = faults.filter((fault) => fault.kind === kind);
    const done = all.filter(({ skipped }) => skipped === undefined);
    const longest = Math.max(0, ...done.map(({ at, until }) => until - at));
    lines.push(row(kind, done.length, all.length - done.length, done.length === 0 ? "" : seconds(longest)));
  }
  const count = faults.filter(({ skipped }) => skipped === undefined).length;
  lines.push(row("in all", count, faults.length - count));
  for (const [why, n] of tally(faults.flatMap(({ skipped }) => skipped ?? []))) lines.push(row(`left out: ${why}`, n));
  return lines.join("\n");
}

/** What became of the tasks, and what it took. */
export function resultTable({ facts, measures, violations, durationMs }) {
  const { records, published, cancelled, runs, late, lives } = facts;
  const status = (name) => records.filter((record) => record.status === name).length;
  const ended = lives.filter(({ how }) => how?.startsWith("by itself") || how?.startsWith("did not"));
  const conflicts = published.filter(({ conflict }) => conflict !== null);
  const { recovery, waits } = measures;
  const long = waits.filter(({ ms }) => ms > LONG_WAIT_MS).length;
  return [
    "Tasks",
    row("published", published.length),
    row("  and handed off", records.filter(({ parent_id }) => parent_id !== null).length),
    row("completed", status("completed")),
    row("  and not announced", measures.notTold.length, `  ${measures.notTold[0] ?? ""}`),
    row("failed", status("failed")),
    row("cancelled", status("cancelled"), ` of ${cancelled.length} asked`),
    row("executions", runs.length),
    row("  that came to their end", runs.filter(({ end }) => end !== null).length),
    row("  that overlap another", measures.overlaps),
    row("claims that were not run", measures.notRun),
    row("late results kept", late.length),
    row("longest fault → running again", recovery ? seconds(recovery.ms) : "-", recovery ? `  ${recovery.kind}` : ""),
    row("longest wait beside an idle agent", waits[0] ? seconds(waits[0].ms) : "-", `  ${waits[0]?.task ?? ""}`),
    row(`  such waits over ${seconds(LONG_WAIT_MS)}`, long),
    row("publishes sent again", published.filter(({ asked }) => asked > 1).length),
    row("  told that their id exists", conflicts.filter(({ conflict }) => conflict > 1).length),
    row("  told so when first sent", conflicts.filter(({ conflict }) => conflict === 1).length),
    row("launchers started", lives.length),
    ...[...tally(ended.map(({ how }) => how))].map(([how, n]) => row(`  ended ${how}`, n)),
    row("took", seconds(durationMs)),
    "",
    "Violations",
    ...VIOLATIONS.map((kind) => row(kind, violations.filter((violation) => violation.kind === kind).length)),
  ].join("\n");
}

/** Each violation on a line: what, which task, what shows it. */
export const violationLines = (violations) =>
  violations.map(({ kind, task, what }) => `✗ ${kind}: ${task ?? "-"}: ${what}`);

function tally(words) {
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1]);
}
