import { z } from "zod";
import { nothingUsed, plus, sumOf, type Usage } from "../../domain/usage.js";

export { plus, sumOf, type Usage };

/** Something a CLI says went wrong, in its own words. */
export interface Trouble {
  message: string;
  /** An HTTP status. */
  status?: number | undefined;
  /** The CLI's own name for it. */
  kind?: string | undefined;
  /** When the provider says that it may be asked again, in ms from now. */
  retryAfterMs?: number | undefined;
}

/** How a CLI says that it ended. */
export type Ending = { ok: true } | { ok: false; trouble: Trouble };

/** What a CLI has told so far. */
export interface Told {
  sessionId: string | null;
  model: string | null;
  /** The agent's last words. */
  answer: string;
  /** Words that are still coming. */
  partial: string;
  ending: Ending | null;
  usage: Usage;
  /** Answers of the model, each with the tools it calls; where the CLI does not tell them apart, what it says and does. */
  turns: number;
  /** Tool calls. */
  steps: number;
  /** Turns in a row in which the model said and did nothing. */
  emptyTurns: number;
  /** Requests in a row that the CLI itself tried again. */
  retries: number;
  /** The last thing that went wrong and did not end it. */
  trouble: Trouble | null;
  /** What the dialect needs to know of earlier lines. */
  seen: {
    message: string;
    /** Tokens of each message that came in parts, by its id. */
    outputs: ReadonlyMap<string, number>;
    busy: boolean;
  };
}

export const nothingTold = (): Told => ({
  sessionId: null,
  model: null,
  answer: "",
  partial: "",
  ending: null,
  usage: nothingUsed(),
  turns: 0,
  steps: 0,
  emptyTurns: 0,
  retries: 0,
  trouble: null,
  seen: { message: "", outputs: new Map(), busy: false },
});

/** What one line adds: fields of `Told` that it changes, and what people see of it. */
export type Fold = Partial<Told> & { shown?: readonly string[] };

/** How a CLI reports what it does, one line at a time. What a dialect does not know, it ignores. Pure. */
export interface Dialect {
  /** @param event a line, out of JSON. */
  fold(told: Told, event: Event): Fold;
}

/** A line of JSON: an object whose fields may be anything. */
export type Event = Readonly<Record<string, unknown>>;

export const isEvent = (value: unknown): value is Event =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields of what may be no object at all. */
export const fieldsOf = (value: unknown): Event => (isEvent(value) ? value : {});
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const Count = z.number().nonnegative();
export const countOf = (value: unknown): number | null => Count.safeParse(value).data ?? null;
export const statusOf = (value: unknown): number | undefined => {
  const status = Number(value ?? Number.NaN);
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
};

const SHOWN_LENGTH = 200;

/** The beginning of a text on one line. */
export function brief(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > SHOWN_LENGTH ? `${line.slice(0, SHOWN_LENGTH)}…` : line;
}

/** What a tool is asked to do, as people want to see it: its name and what its input is about. */
export function toolCall(name: string, input: unknown): string {
  const fields = fieldsOf(input);
  const about = ABOUT.map((key) => fields[key]).find((value) => typeof value === "string" && value !== "");
  const shown = about ?? (Object.keys(fields).length === 0 ? "" : JSON.stringify(fields));
  return `→ ${name} ${brief(textOf(shown))}`.trimEnd();
}

/** The input that says what a tool call is about, in the tools of the CLIs there are. */
const ABOUT = ["command", "cmd", "file_path", "filePath", "path", "pattern", "query", "url", "description", "prompt"];

export const toolFailed = (text: string): string => `✗ ${brief(text)}`.trimEnd();

/** Lines of a text that people read. */
export const linesOf = (text: string): string[] => (text.trim() === "" ? [] : text.trimEnd().split("\n"));
