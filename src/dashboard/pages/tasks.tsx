import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { now } from "../clock.js";
import { countOf } from "../format.js";
import { link, onTasks } from "../live/store.js";
import { parseQuery, toBody, toParams } from "../query/query.js";
import { go, hrefTo, place } from "../router.js";
import { BulkBar } from "../tasks/bulk-bar.js";
import { TaskList } from "../tasks/list.js";
import { QueryBar } from "../tasks/query-bar.js";
import type { Selection } from "../tasks/selection.js";
import { type Sorting, TaskTable } from "../tasks/table.js";
import { Empty, Trouble } from "../ui/empty.js";
import { Loading } from "../ui/loading.js";

const NEWEST: Sorting = { sort: "created", order: "desc" };

/** Every task: what is looked for and how it is sorted is in the address. */
export default function TasksPage() {
  const { params } = place.value;
  const q = params.get("q") ?? "";
  const sorting: Sorting = {
    sort: params.get("sort") ?? NEWEST.sort,
    order: params.get("order") === "asc" ? "asc" : NEWEST.order,
  };
  const show = (next: { q?: string } & Partial<Sorting>): void => {
    const to = { q, ...sorting, ...next };
    const plain = to.sort === NEWEST.sort && to.order === NEWEST.order;
    go(hrefTo(["tasks"], { q: to.q, ...(!plain && { sort: to.sort, order: to.order }) }), { replace: true });
  };
  return (
    <div class="page tasks">
      <h1 class="unseen">Tasks</h1>
      <QueryBar q={q} onChange={(text) => show({ q: text })} find={params.has("find")} />
      <Tasks q={q} sorting={sorting} onSort={show} />
    </div>
  );
}

interface TasksProps {
  q: string;
  sorting: Sorting;
  onSort: (sorting: Sorting) => void;
}

function Tasks({ q, sorting, onSort }: TasksProps) {
  const { query } = parseQuery(q);
  const [list] = useState(() => new TaskList());
  const { rows, total, problem, stale } = list;
  const selection = useSignal<Selection>(new Set());
  const atTop = useRef(true);
  const isStale = useComputed(() => stale.value && link.value.state === "open");
  const { sort, order } = sorting;

  useEffect(() => {
    const forget = onTasks((changes) => list.take(changes, atTop.current));
    return () => {
      forget();
      list.end();
    };
  }, []);
  // Before it is drawn: what is typed is asked for at once.
  useLayoutEffect(() => {
    selection.value = new Set();
    void list.ask(() => {
      const params = toParams(toBody(query, now.peek()));
      params.set("sort", sort);
      params.set("order", order);
      return params;
    });
  }, [q, sort, order]);

  if (problem.value && total.value === null) return <Trouble problem={problem.value} />;
  if (total.value === null) return <Loading what="the tasks" />;
  const count = total.value;
  const select = (next: Selection): void => void (selection.value = next);
  return (
    <>
      <div class="table-bar" role="status">
        <span class="faint num">{countOf(count, "task")}</span>
        {isStale.value && (
          <button type="button" class="button bare link" onClick={() => void list.readAnew()}>
            The list has changed: read it again
          </button>
        )}
      </div>
      {problem.value && <Trouble problem={problem.value} />}
      <BulkBar selection={selection.value} rows={rows.value} total={count} query={query} onSelect={select} />
      {count === 0 ? (
        <NoTasks isFiltered={q !== ""} />
      ) : (
        <TaskTable
          list={`${q} ${sort} ${order}`}
          rows={rows.value}
          total={count}
          sorting={sorting}
          onSort={onSort}
          selection={selection.value}
          onSelect={select}
          onReach={(reached) => void list.readTo(reached)}
          onTop={(is) => {
            atTop.current = is;
            if (is && stale.value) void list.readAnew();
          }}
        />
      )}
    </>
  );
}

const NoTasks = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <Empty title="No task is like that.">
      <a href={hrefTo(["tasks"])}>Show all</a>
    </Empty>
  ) : (
    <Empty
      title="No tasks yet. Publish the first one, here or by:"
      command={'mjagent publish --title "Design the about page" --type design'}
    />
  );
