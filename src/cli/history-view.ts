import type { ChalkInstance } from "chalk";
import { timeText } from "../domain/duration.js";
import type { HistoryEntry } from "../domain/history.js";
import { shortTime } from "./moment.js";
import type { Column } from "./table.js";
import { statusStyle } from "./task-view.js";

/** @param now for people: times as short as they can be, seen from now; null: whole ones */
export function historyColumns(style: ChalkInstance, now: number | null): Column<HistoryEntry>[] {
  const time = ({ time }: HistoryEntry): string => (now === null ? timeText(time) : shortTime(time, now));
  return [
    { title: "TIME", value: time, align: "right" },
    {
      title: "EVENT",
      value: ({ kind }) => kind.replace("agent_", ""),
      style: (text, entry) => eventStyle(style, entry)(text),
    },
    { title: "TASK", value: ({ task_id }) => task_id ?? "-" },
    { title: "AGENT", value: ({ agent_id }) => agent_id ?? "-" },
    { title: "TEXT", value: ({ text }) => text, flexible: true },
  ];
}

function eventStyle(style: ChalkInstance, { kind, status }: HistoryEntry): (text: string) => string {
  if (kind === "agent_lost" || kind === "error") return style.red;
  if (kind === "released") return style.yellow;
  return status === null ? (text) => text : statusStyle(style, status);
}
