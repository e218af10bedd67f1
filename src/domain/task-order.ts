import { type Compare, compareText } from "./first-of.js";
import { laneOf } from "./lanes.js";
import { STATUSES } from "./task.js";
import { type Order, ORDERS, type Sort, SORTS, type TaskQuery } from "./task-query.js";
import type { TaskRow } from "./task-row.js";

/** What rows are ordered by. Null comes last, in either order. */
type Key = string | number | null;

/** A place between two rows: after the row of this key and id. */
interface Place {
  sort: Sort;
  order: Order;
  key: Key;
  task_id: string;
}

const KEYS: Readonly<Record<Sort, (row: TaskRow) => Key>> = {
  created: (row) => row.created_at,
  updated: (row) => row.updated_at,
  // The highest is the greatest.
  priority: (row) => -laneOf(row.priority),
  status: (row) => STATUSES.indexOf(row.status),
  title: (row) => row.title.toLowerCase(),
  type: (row) => row.type,
  agent: (row) => row.agent,
  attempts: (row) => row.attempts,
  duration: (row) => row.duration_ms,
  cost: (row) => row.cost_usd,
};

const sortOf = ({ sort = "created" }: TaskQuery): Sort => sort;
const orderOf = ({ order = "desc" }: TaskQuery): Order => order;

/** Newest first where the query does not say; equal ones by their ids. */
export function rowOrder(query: TaskQuery): Compare<TaskRow> {
  const keyOf = KEYS[sortOf(query)];
  const sign = signOf(orderOf(query));
  return (a, b) => compareKeys(keyOf(a), keyOf(b), sign) || compareText(a.task_id, b.task_id);
}

const signOf = (order: Order): number => (order === "asc" ? 1 : -1);

function compareKeys(a: Key, b: Key, sign: number): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -sign : sign;
}

/** Where the list goes on after this row, however rows come and go: no number of rows, but what they are ordered by. */
export function cursorAfter(row: TaskRow, query: TaskQuery): string {
  const [sort, order] = [sortOf(query), orderOf(query)];
  return Buffer.from(JSON.stringify([sort, order, KEYS[sort](row), row.task_id])).toString("base64url");
}

/**
 * Whether a row comes after the cursor.
 * @returns null when it is no cursor, or one of another order
 */
export function isAfter(cursor: string, query: TaskQuery): ((row: TaskRow) => boolean) | null {
  const place = placeOf(cursor);
  if (place?.sort !== sortOf(query) || place.order !== orderOf(query)) return null;
  const keyOf = KEYS[place.sort];
  const sign = signOf(place.order);
  return (row) => (compareKeys(keyOf(row), place.key, sign) || compareText(row.task_id, place.task_id)) > 0;
}

function placeOf(cursor: string): Place | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return null;
  }
  if (!Array.isArray(value) || value.length !== 4) return null;
  const [sort, order, key, task_id] = value as unknown[];
  const isKey = key === null || typeof key === "string" || typeof key === "number";
  if (!SORTS.includes(sort as Sort) || !ORDERS.includes(order as Order) || !isKey) return null;
  return typeof task_id === "string" ? { sort: sort as Sort, order: order as Order, key, task_id } : null;
}
