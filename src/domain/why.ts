import { chainText, type Reader, type Root, rootOfEnd, rootsOf } from "./blockers.js";
import { excerpt, type Finding, type NextStep, type WhyCode } from "./finding.js";
import { laterFindings, type Routing } from "./takers.js";
import type { Status, TaskRecord } from "./task.js";

/** One cause of a task being where it is, as `mjagent why --json` tells it. */
interface Cause {
  code: WhyCode;
  /** The task it is about: the one that was asked for, or one that it waits for. */
  task_id: string;
  /** From the task that was asked for to that one, both included. */
  path: string[];
  role: string | null;
  agent_id: string | null;
  since: string | null;
  until: string | null;
  /** A sentence. */
  text: string;
}

/** Why a task is where it is, and what can be done about it. */
export interface Why {
  task_id: string;
  title: string;
  status: Status;
  /** The tasks with which it is decided: those at the ends of the chains it waits for, or the task itself. */
  held_by: string[];
  causes: Cause[];
  next: NextStep[];
}

/** Of many blockers so many are followed to where their chains end. */
const ROOTS_SHOWN = 3;
const NEXT_SHOWN = 4;

/** Explains where a task stands by what is known. Pure. Texts are for people, and not escaped. */
export function explain(task: TaskRecord, read: Reader, routing: Routing): Why {
  const { task_id, title, status } = task;
  const roots = status === "blocked" ? rootsOf(task, read, routing) : [rootOfEnd(task, status, read, routing)];
  const shown = roots.slice(0, ROOTS_SHOWN);
  const own = [...moreRoots(roots.length - shown.length), ...aheadOf(task, routing), ...lateResults(task)];
  const found = [
    ...shown.flatMap((root, index) => causesOf(root, status === "failed" ? "waited" : "waits", index)),
    ...own.map((finding) => ({ finding, path: [task_id], text: sentence(finding.text) })),
  ];
  const next = found.flatMap(({ finding }) => finding.next ?? []);
  return {
    ...{ task_id, title, status },
    held_by: [...new Set(roots.map(({ path }) => path.at(-1) ?? task_id))],
    causes: found.map(({ finding, path, text }) => causeOf(finding, path, text)),
    next: next
      .filter((step, at) => next.findIndex(({ command }) => command === step.command) === at)
      .slice(0, NEXT_SHOWN),
  };
}

/** The findings of one root, the first of them with the way there. */
function causesOf({ path, findings }: Root, verb: "waits" | "waited", index: number) {
  const way = path.slice(1);
  const also = index === 0 ? "" : "also ";
  const subject = way.length === 0 ? "It" : `It ${also}${verb} for ${chainText(way, `, which ${verb} for `)}, which`;
  return findings.map((finding, at) => ({
    finding,
    path,
    text: sentence(at === 0 ? `${subject} ${finding.text}` : finding.text),
  }));
}

const causeOf = ({ code, role, agent_id, since, until }: Finding, path: string[], text: string): Cause => ({
  code,
  task_id: path.at(-1) ?? "",
  path,
  role: role ?? null,
  agent_id: agent_id ?? null,
  since: since ?? null,
  until: until ?? null,
  text,
});

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

const moreRoots = (count: number): Finding[] =>
  count > 0 ? [{ code: "more_blockers", text: `Of what else it waits for, ${count} more are not completed` }] : [];

/** What comes after what holds it now. */
function aheadOf(task: TaskRecord, routing: Routing): Finding[] {
  switch (task.status) {
    case "blocked":
    case "awaiting_approval":
    case "scheduled":
      return laterFindings(task, routing);
    default:
      return [];
  }
}

/** Results of attempts that had been given up. */
const lateResults = ({ task_id, history }: TaskRecord): Finding[] =>
  history.flatMap(({ attempt, agent_id, late }): Finding[] => {
    if (!late) return [];
    const said = late.summary === null ? "" : ` (${excerpt(late.summary)})`;
    const text = `Attempt ${attempt}, by ${agent_id}, reported after it had been given up, and does not count: ${late.outcome}${said}`;
    const next = [{ command: `mjagent tasks show ${task_id} --json`, text: "shows that result whole" }];
    return [{ code: "late_result", text, agent_id, since: late.at, next }];
  });

/** The sentences of an explanation, each once, as one paragraph. For people; not escaped. */
export const paragraph = ({ causes }: Why): string => [...new Set(causes.map(({ text }) => text))].join(" ");
