import type { ChalkInstance } from "chalk";
import { excerpt, type NextStep } from "../domain/finding.js";
import type { Routing } from "../domain/takers.js";
import type { TaskRecord } from "../domain/task.js";
import { explain, paragraph, type Why } from "../domain/why.js";
import { indent } from "./status-view.js";
import { statusWords } from "./task-view.js";
import { oneLine, widthOf, wrapped } from "./text.js";

const TITLE_SHOWN = 60;
const NEXT = "next: ";
const GAP = 2;

/** Why a task is where it is: one paragraph, then the commands that help. Escaped. */
export function whyText(why: Why, style: ChalkInstance, width: number): string {
  const { task_id, title, status } = why;
  const text = oneLine(`(${excerpt(title, TITLE_SHOWN)}) is ${statusWords(status)}. ${paragraph(why)}`);
  const [first = "", ...lines] = wrapped(`${task_id} ${text}`, width);
  return [style.bold(task_id) + first.slice(task_id.length), ...lines, ...nextLines(why.next, style, width)].join("\n");
}

/** Where a task goes that was just changed, and the first command that helps. One line, escaped. */
export function standingLine(task: TaskRecord, routing: Routing): string {
  // What it waits for was not read.
  const why = explain(task, () => undefined, routing);
  const [next] = why.next;
  return oneLine(`${paragraph(why)}${next ? ` Next: ${next.command} ${next.text}.` : ""}`);
}

/** The same on lines, after what was done to it. */
export const changedText = (done: string, task: TaskRecord, routing: Routing, width: number): string =>
  wrapped(`${done}. ${standingLine(task, routing)}`, width).join("\n");

/** The same below the task itself: without what is shown there already. */
export const whySection = (why: Why, style: ChalkInstance, width: number): string[] => [
  style.bold("Why"),
  ...wrapped(oneLine(paragraph(why)), width - 2).map(indent),
  ...nextLines(why.next, style, width),
];

/** Each command with what it does: beside it where all have room for that, else below. */
function nextLines(next: readonly NextStep[], style: ChalkInstance, width: number): string[] {
  const widest = Math.max(...next.map(({ command }) => widthOf(command))) + GAP;
  const beside = next.every(({ text }) => NEXT.length + widest + widthOf(text) <= width);
  return next.flatMap(({ command, text }, index) => {
    const label = index === 0 ? style.bold(NEXT) : " ".repeat(NEXT.length);
    if (beside) return [`${label}${command.padEnd(widest)}${style.dim(text)}`];
    const under = " ".repeat(NEXT.length + GAP);
    return [`${label}${command}`, ...wrapped(text, width - under.length).map((line) => under + style.dim(line))];
  });
}
