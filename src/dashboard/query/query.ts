import { parseDuration } from "../../domain/duration.js";
import type { Priority, Status } from "../../domain/task.js";
import { PRIORITY_NAMES, STATUS_NAMES } from "../words.js";

/** What the query bar says. */
export interface Query {
  status: Status[];
  agent: string[];
  role: string[];
  type: string[];
  tag: string[];
  priority: Priority[];
  /** The failures of one cause, as the errors page groups them. */
  fingerprint: string | null;
  /** A duration (`1h`: changed within it) or an ISO time; null: whenever. */
  since: string | null;
  /** In the id, the title, the error or the summary. */
  text: string;
}

export const everything: Query = {
  ...{ status: [], agent: [], role: [], type: [], tag: [], priority: [] },
  ...{ fingerprint: null, since: null, text: "" },
};

const LISTS = ["status", "agent", "role", "type", "tag", "priority"] as const;
type ListKey = (typeof LISTS)[number];
/** The words before a colon that mean something. */
export const QUERY_KEYS = [...LISTS, "since", "fingerprint"] as const;

export interface ReadQuery {
  query: Query;
  /** What could not be understood, for people; the rest holds. */
  problems: string[];
}

const TOKEN = /([a-z]+):("[^"]*"?|\S*)|"[^"]*"?|\S+/gi;

/** Reads `status:failed,cancelled agent:"Doc Brown" since:1h words`. What has no known word before a colon is text. */
export function parseQuery(written: string): ReadQuery {
  const query: Query = structuredClone(everything);
  const problems: string[] = [];
  const words: string[] = [];
  for (const [token, key = "", value = ""] of written.matchAll(TOKEN)) {
    const name = key.toLowerCase();
    if (name === "since") takeSince(query, bare(value), problems);
    else if (name === "fingerprint") query.fingerprint = bare(value) || null;
    else if (isListKey(name)) takeList(query, name, value, problems);
    else words.push(bare(token));
  }
  query.text = words.filter((word) => word !== "").join(" ");
  return { query, problems };
}

const isListKey = (name: string): name is ListKey => (LISTS as readonly string[]).includes(name);

const bare = (text: string): string => text.replaceAll('"', "");

function takeList(query: Query, key: ListKey, value: string, problems: string[]): void {
  const items = value.startsWith('"') ? [bare(value)] : value.split(",");
  for (const item of items.map((text) => text.trim()).filter((text) => text !== "")) {
    if (key === "status") takeKnown(query.status, key, item, STATUS_NAMES, problems);
    else if (key === "priority") takeKnown(query.priority, key, item, PRIORITY_NAMES, problems);
    else query[key].push(item);
  }
}

function takeKnown<T extends string>(into: T[], key: string, item: string, known: readonly T[], problems: string[]) {
  const wanted = item.toLowerCase().replaceAll("-", "_");
  const found = known.find((name) => name === wanted) ?? known.find((name) => wanted !== "" && name.startsWith(wanted));
  if (!found) problems.push(`${key}:${item} is none of ${known.join(", ")}`);
  else if (!into.includes(found)) into.push(found);
}

function takeSince(query: Query, value: string, problems: string[]): void {
  if (value === "") return;
  if (parseDuration(value) === undefined && Number.isNaN(Date.parse(value))) {
    problems.push(`since:${value} is neither a duration such as 1h nor a time such as 2026-01-31`);
  } else query.since = value;
}

/** The same as somebody would write it. */
export function formatQuery(query: Query): string {
  const lists = LISTS.flatMap((key) => {
    const values: readonly string[] = query[key];
    const plain = values.filter((value) => !/[\s,"]/.test(value));
    const spaced = values.filter((value) => /[\s,"]/.test(value)).map((value) => `${key}:"${bare(value)}"`);
    return plain.length === 0 ? spaced : [`${key}:${plain.join(",")}`, ...spaced];
  });
  const cause = query.fingerprint === null ? [] : [`fingerprint:${query.fingerprint}`];
  return [...lists, ...cause, ...(query.since === null ? [] : [`since:${query.since}`]), query.text]
    .filter((part) => part !== "")
    .join(" ");
}

/** The query as the coordinator reads it: what is not asked for is left out. */
export type QueryBody = Partial<Record<ListKey, readonly string[]> & Record<"fingerprint" | "since" | "q", string>>;

/** @param now epoch ms, from which a duration counts back */
export function toBody(query: Query, now: number): QueryBody {
  const { fingerprint, text, since } = query;
  const lists = LISTS.filter((key) => query[key].length > 0).map((key) => [key, query[key]] as const);
  return {
    ...Object.fromEntries(lists),
    ...(fingerprint !== null && { fingerprint }),
    ...(since !== null && { since: sinceTime(since, now) }),
    ...(text !== "" && { q: text }),
  };
}

function sinceTime(since: string, now: number): string {
  const ago = parseDuration(since);
  return new Date(ago === undefined ? Date.parse(since) : now - ago).toISOString();
}

/** The same in an address. */
export function toParams(body: QueryBody): URLSearchParams {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(body)) for (const each of [value].flat()) params.append(key, each);
  return params;
}
