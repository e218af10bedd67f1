import type { Artifact } from "../domain/artifact.js";
import type { Why } from "../domain/why.js";
import type { WholeDiff } from "../domain/workspace.js";
import type { HistoryEntry } from "../domain/history.js";
import type {
  BudgetStanding,
  ChannelMessage,
  Check,
  ErrorGroup,
  Flow,
  KnownTask,
  Lock,
  Settings,
  TaskGraph,
  TaskPage,
  Timeline,
} from "./wire.js";

/** What went wrong, for the person who looks at the page. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    what: string,
    readonly hint: string | null,
    /** HTTP status; 0 when the coordinator did not answer. */
    readonly status: number,
  ) {
    super(what);
  }
}

interface ProblemBody {
  title?: string;
  detail?: string;
  hint?: string | null;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return await ask<T>(path, { ...(signal && { signal }) });
}

export async function post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  const json = { "content-type": "application/json", ...headers };
  return await ask<T>(path, { method: "POST", headers: json, body: JSON.stringify(body) });
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem("the coordinator does not answer", "is mjagent serve still running?", 0);
  }
  if (response.ok) return (await response.json()) as T;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as ProblemBody;
  if (response.status === 401) {
    return new Problem(
      "this page is not let in",
      "open the link that mjagent serve prints; mjagent serve link makes another",
      401,
    );
  }
  const what = body.detail ?? body.title ?? `the coordinator answered ${response.status}`;
  return new Problem(what, body.hint ?? null, response.status);
}

export const problemFrom = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(error instanceof Error ? error.message : String(error), null, 0);

const ofTask = (id: string, part = ""): string => `api/tasks/${encodeURIComponent(id)}${part}`;

export const listTasks = (query: URLSearchParams, signal?: AbortSignal): Promise<TaskPage> =>
  get(`api/tasks?${query.toString()}`, signal);
export const getTask = (id: string, signal?: AbortSignal): Promise<KnownTask> => get(ofTask(id), signal);
export const getWhy = (id: string, signal?: AbortSignal): Promise<Why> => get(ofTask(id, "/why"), signal);
export const getArtifacts = (id: string, signal?: AbortSignal): Promise<Artifact[]> =>
  get(ofTask(id, "/artifacts"), signal);
export const getTaskGraph = (id: string, signal?: AbortSignal): Promise<TaskGraph> => get(ofTask(id, "/graph"), signal);
export const logAddress = (id: string): string => ofTask(id, "/logs");
export const getHistory = (id: string, signal?: AbortSignal): Promise<HistoryEntry[]> =>
  get(ofTask(id, "/history?limit=200"), signal);
export const getDiff = (id: string, signal?: AbortSignal): Promise<WholeDiff> => get(ofTask(id, "/diff"), signal);
export const artifactAddress = (id: string, name: string): string =>
  ofTask(id, `/artifacts/${name.split("/").map(encodeURIComponent).join("/")}`);

/** @param since ISO time; null: ever */
export const getFlow = (since: string | null, signal?: AbortSignal): Promise<Flow> =>
  get(since === null ? "api/flow" : `api/flow?since=${since}`, signal);
export const getErrors = (signal?: AbortSignal): Promise<ErrorGroup[]> => get("api/errors", signal);
export const getTimeline = (since: string, signal?: AbortSignal): Promise<Timeline> =>
  get(`api/timeline?${new URLSearchParams({ since }).toString()}`, signal);
/** As many as a page holds without being slow. */
export const NEWEST_MESSAGES = 80;
export const getMessages = (
  channel: string,
  signal?: AbortSignal,
  limit = NEWEST_MESSAGES,
): Promise<ChannelMessage[]> => get(`api/messages/${encodeURIComponent(channel)}?limit=${limit}`, signal);
export const getTaskMessages = (id: string, signal?: AbortSignal): Promise<ChannelMessage[]> =>
  get(ofTask(id, "/messages?limit=30"), signal);

export const getDoctor = (signal?: AbortSignal): Promise<Check[]> => get("api/doctor", signal);
export const getSettings = (signal?: AbortSignal): Promise<Settings> => get("api/settings", signal);
export const getBudgets = (signal?: AbortSignal): Promise<BudgetStanding[]> => get("api/budgets", signal);
export const getLocks = (signal?: AbortSignal): Promise<Lock[]> => get("api/locks", signal);
