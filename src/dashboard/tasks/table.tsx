import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Verb } from "../../domain/steering.js";
import { useKeys } from "../keys.js";
import { isSteerable } from "../live/store.js";
import { ask } from "../steer/asking.js";
import type { TaskRow } from "../wire.js";
import { APPLIES } from "../words.js";
import { Icon } from "../ui/icon.js";
import { useNarrow } from "../ui/narrow.js";
import { type Slots, slotsOf } from "../ui/slots.js";
import { useWindow } from "../ui/virtual.js";
import { COLUMNS } from "./columns.js";
import { isSelected, type Selection, toggled } from "./selection.js";

const ROW_PX = 34;
const NARROW_ROW_PX = 64;

export interface Sorting {
  sort: string;
  order: "asc" | "desc";
}

interface TableProps {
  rows: readonly TaskRow[];
  total: number;
  sorting: Sorting;
  onSort: (sorting: Sorting) => void;
  /** Another list begins at its top. */
  list: string;
  selection: Selection;
  onSelect: (selection: Selection) => void;
  /** Rows to this number are on the screen, or nearly. */
  onReach: (count: number) => void;
  onTop: (atTop: boolean) => void;
}

/** Any number of tasks, of which the page holds those on the screen. */
export function TaskTable({ list, rows, total, sorting, onSort, selection, onSelect, onReach, onTop }: TableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const narrow = useNarrow();
  const window = useWindow(scroller, total, narrow ? NARROW_ROW_PX : ROW_PX);
  // By its id: what the list shows above it may change meanwhile.
  const current = useSignal<string | null>(null);
  const at = rows.findIndex(({ task_id }) => task_id === current.value);
  const slots = useRef<Slots>(new Map());
  const shown = window.items.flatMap(({ index }) => rows[index]?.task_id ?? []);
  slots.current = slotsOf(slots.current, shown, current.value);
  const last = (window.items.at(-1)?.index ?? 0) + 1;
  useLayoutEffect(() => scroller.current?.scrollTo(0, 0), [list]);
  useEffect(() => onReach(last), [last, rows.length]);

  const move = (to: number): void => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    if (rows.length === 0) return;
    current.value = rows[index]?.task_id ?? null;
    window.scrollTo(index);
    // It may not be in the page before it is scrolled to.
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"] .row-link`)?.focus(),
      ),
    );
  };
  const steer = (verb: Verb): void => {
    const task = rows[at];
    if (task && APPLIES[verb].includes(task.status) && isSteerable.peek()) ask(verb, { ids: [task.task_id] });
  };
  useKeys({
    j: () => move(at + 1),
    k: () => move(at - 1),
    x: () => {
      const task = rows[at];
      if (task) onSelect(toggled(selection, task.task_id, rows));
    },
    r: () => steer("retry"),
    c: () => steer("cancel"),
    a: () => steer("approve"),
  });

  return (
    <div
      ref={scroller}
      class="table"
      role="table"
      aria-label="Tasks"
      aria-rowcount={total + 1}
      onScroll={(event) => onTop(event.currentTarget.scrollTop < ROW_PX)}
    >
      <Head rows={rows} sorting={sorting} onSort={onSort} selection={selection} onSelect={onSelect} />
      <div class="table-rows" role="rowgroup" style={{ height: `${window.height}px` }}>
        {window.items.map(({ index, start, size }) => {
          const task = rows[index];
          const place = { transform: `translateY(${start}px)`, height: `${size}px` };
          return task ? (
            <Row
              key={slots.current.get(task.task_id)}
              task={task}
              index={index}
              place={place}
              current={at === index}
              selected={isSelected(selection, task.task_id)}
              onToggle={() => onSelect(toggled(selection, task.task_id, rows))}
              onFocus={() => void (current.value = task.task_id)}
            />
          ) : (
            <div key={`unread ${index}`} class="row unread" role="row" style={place} aria-rowindex={index + 2}>
              <div role="cell">…</div>
            </div>
          );
        })}
      </div>
    </div>
  );
}

type HeadProps = Pick<TableProps, "rows" | "sorting" | "onSort" | "selection" | "onSelect">;

function Head({ rows, sorting, onSort, selection, onSelect }: HeadProps) {
  const all = rows.length > 0 && rows.every(({ task_id }) => isSelected(selection, task_id));
  const some = selection === "all" || selection.size > 0;
  return (
    <div class="table-head" role="rowgroup">
      <div class="row head" role="row" aria-rowindex={1}>
        <div class="cell cell-select" role="columnheader">
          <input
            type="checkbox"
            aria-label="Select all that were read"
            checked={all}
            indeterminate={some && !all}
            onChange={() => onSelect(all ? new Set() : new Set(rows.map(({ task_id }) => task_id)))}
          />
        </div>
        {COLUMNS.map(({ name, sort }) => {
          const sorted = sort === sorting.sort ? sorting.order : null;
          const turn = (): void => onSort({ sort: sort ?? "", order: sorted === "desc" ? "asc" : "desc" });
          const state = sorted === null ? "none" : sorted === "asc" ? "ascending" : "descending";
          return (
            <div
              key={name}
              class={`cell cell-${name}`}
              role="columnheader"
              aria-sort={sort === null ? undefined : state}
            >
              {sort === null ? (
                name
              ) : (
                <button type="button" onClick={turn}>
                  {name}
                  {sorted && <Icon name={sorted === "asc" ? "up" : "down"} />}
                </button>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  task: TaskRow;
  index: number;
  place: { transform: string; height: string };
  current: boolean;
  selected: boolean;
  onToggle: () => void;
  onFocus: () => void;
}

function Row({ task, index, place, current, selected, onToggle, onFocus }: RowProps) {
  const looks = `row${current ? " current" : ""}${selected ? " selected" : ""}`;
  return (
    <div
      class={looks}
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      style={place}
      onFocusIn={onFocus}
      onPointerDown={onFocus}
    >
      <div class="cell cell-select" role="cell">
        <input type="checkbox" aria-label={`Select ${task.task_id}`} checked={selected} onChange={onToggle} />
      </div>
      {COLUMNS.map(({ name, cell }) => (
        <div key={name} class={`cell cell-${name}`} role="cell">
          {cell(task)}
        </div>
      ))}
    </div>
  );
}
