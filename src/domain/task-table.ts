import { AttemptSpans } from "./attempt-spans.js";
import { FirstOf } from "./first-of.js";
import { SharedText } from "./interned-text.js";
import type { RoleRegistration } from "./role.js";
import { type Routable, route } from "./route.js";
import type { TaskRecord } from "./task.js";
import { cursorAfter, isAfter, rowOrder } from "./task-order.js";
import { rowFilter, type TaskQuery } from "./task-query.js";
import { type TaskRow, TaskRows } from "./task-row.js";

/** The longest page. */
export const MAX_PAGE = 500;

/** A page of a list. */
export interface PageQuery extends TaskQuery {
  /** 1 to `MAX_PAGE`. */
  limit: number;
  /** `next_cursor` of the page before. */
  cursor?: string | undefined;
}

export interface TaskPage {
  tasks: TaskRow[];
  /** Null: this is the last page. */
  next_cursor: string | null;
  /** How many there are on all pages. */
  total: number;
}

/**
 * Every task as a row, by id. Pure memory: it is fed records and answers questions. A question looks at every row: that
 * takes milliseconds at 100,000, is right however they change, and keeps no index.
 */
export class TaskTable {
  readonly attempts = new AttemptSpans();
  readonly #make = new TaskRows();
  /** Nearly in the order in which they were made. */
  readonly #rows: TaskRow[] = [];
  /** Where each is, by id. */
  readonly #places = new Map<string, number>();
  /** What routing looks at, of those that wait for an agent. */
  readonly #routable = new Map<string, Routable>();
  /** The roles that take each of them. */
  readonly #routes = new Map<string, readonly string[]>();
  readonly #shared = new SharedText();
  #roles: readonly RoleRegistration[] = [];

  /** Takes a record in. @returns its row; null when a newer one is there */
  apply(record: TaskRecord, revision: number): TaskRow | null {
    const id = record.task_id;
    const place = this.#places.get(id) ?? this.#rows.length;
    const before = this.#rows[place];
    if (before && before.revision >= revision) return null;
    const row = this.#make.of(record, revision, before);
    this.#rows[place] = row;
    this.#places.set(id, place);
    this.attempts.apply(row, record.history);
    if (record.status === "available") this.#await(id, record);
    else this.#forgetRoute(id);
    return row;
  }

  /** @param revision a row that is newer is of another record, which stays @returns whether there was one */
  remove(id: string, revision: number): boolean {
    const place = this.#places.get(id);
    const known = place === undefined ? undefined : this.#rows[place];
    if (place === undefined || !known || known.revision > revision) return false;
    this.#forgetRoute(id);
    this.attempts.remove(id);
    this.#places.delete(id);
    // The last one takes its place, so that there are no gaps to look at.
    const last = this.#rows.pop();
    if (last && last !== known) {
      this.#rows[place] = last;
      this.#places.set(last.task_id, place);
    }
    return true;
  }

  clear(): void {
    this.#rows.length = 0;
    this.attempts.clear();
    for (const all of [this.#places, this.#routable, this.#routes]) all.clear();
  }

  setRoles(roles: readonly RoleRegistration[]): void {
    this.#roles = roles;
    for (const [id, task] of this.#routable) this.#route(id, task);
  }

  get(id: string): TaskRow | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#rows[place];
  }

  has(id: string): boolean {
    return this.#places.has(id);
  }

  rows(): Iterable<TaskRow> {
    return this.#rows;
  }

  /** Whether it can be taken, and no role takes such. */
  isUnrouted(id: string): boolean {
    return this.#routes.get(id)?.length === 0;
  }

  /** The roles that take it, if it can be taken. */
  rolesOf(id: string): readonly string[] {
    return this.#routes.get(id) ?? [];
  }

  /** One page. @returns what of the query cannot be understood, if something cannot */
  page(query: PageQuery): TaskPage | "cursor" | "since" {
    const isMeant = rowFilter(query);
    if (!isMeant) return "since";
    const isLeft = query.cursor === undefined ? () => true : isAfter(query.cursor, query);
    if (!isLeft) return "cursor";
    const limit = Math.min(Math.max(1, query.limit), MAX_PAGE);
    // One more than is shown: whether there is a next page.
    const first = new FirstOf(limit + 1, rowOrder(query));
    let total = 0;
    const take = (row: TaskRow | undefined): void => {
      if (!row || !isMeant(row)) return;
      total++;
      if (isLeft(row)) first.offer(row);
    };
    // From the end that comes first: then few are taken that others push out again.
    const rows = this.#rows;
    if (query.order === "asc") for (let i = 0; i < rows.length; i++) take(rows[i]);
    else for (let i = rows.length - 1; i >= 0; i--) take(rows[i]);
    const found = first.list();
    const tasks = found.slice(0, limit);
    const last = tasks.at(-1);
    return { tasks, next_cursor: last && found.length > limit ? cursorAfter(last, query) : null, total };
  }

  /** All that are meant, in order; null when `since` is no time. */
  matching(query: TaskQuery): TaskRow[] | null {
    const isMeant = rowFilter(query);
    return isMeant && this.#rows.filter(isMeant).sort(rowOrder(query));
  }

  #await(id: string, record: TaskRecord): void {
    const { title, description, type, phase, tags, files, payload, payload_excerpt } = record;
    const task = { title, description, type, phase, tags, files, payload, payload_excerpt };
    this.#routable.set(id, task);
    this.#route(id, task);
  }

  #route(id: string, task: Routable): void {
    this.#routes.set(id, this.#shared.list(route(task, this.#roles)));
  }

  #forgetRoute(id: string): void {
    this.#routable.delete(id);
    this.#routes.delete(id);
  }
}
