import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Status } from "../../domain/task.js";
import { countOf, countText } from "../format.js";
import { Icon } from "../ui/icon.js";
import { Moment } from "../ui/time.js";
import { useWindow } from "../ui/virtual.js";
import { LogFeed } from "./feed.js";
import { found, type LogRow, piecesOf, ROWS_KEPT } from "./lines.js";

const LINE_PX = 19;
/** So near the end, new lines move it along. */
const END_PX = 40;
/** What scrolls so soon after a wheel, a finger or a key was moved by it. */
const BY_HAND_MS = 1_000;

/** What an agent prints, live: followed until somebody scrolls up. */
export function Log({ taskId, status }: { taskId: string; status: Status }) {
  const [feed] = useState(() => new LogFeed(taskId));
  useEffect(() => () => feed.end(), []);
  useEffect(() => {
    if (feed.state.peek() === "ended") feed.open();
  }, [status]);
  const rows = feed.rows.value;
  const lines = rows.filter(({ kind }) => kind !== "note").length;
  const scroller = useRef<HTMLDivElement>(null);
  const following = useSignal(true);
  const search = useSignal("");
  const at = useSignal(0);
  const hits = useComputed(() => found(feed.rows.value, search.value));
  const window = useWindow(scroller, rows.length, LINE_PX, 12);

  const byHand = useRef(0);
  const follow = (on: boolean): void => {
    following.value = on;
    byHand.current = 0;
  };

  useLayoutEffect(() => {
    const { current } = scroller;
    // At once, not step by step as to a row: that would work against a hand that scrolls back meanwhile.
    if (following.value && current) current.scrollTop = current.scrollHeight;
  }, [rows, window.height, following.value]);

  const step = (by: number): void => {
    const count = hits.value.length;
    if (count === 0) return;
    follow(false);
    at.value = (at.value + by + count) % count;
    window.scrollTo(hits.value[at.value] ?? 0);
  };
  // Lines that come, and heights that turn out other than was thought, scroll, too: that is not somebody who looks back.
  const touched = (): void => void (byHand.current = performance.now() + BY_HAND_MS);
  const onScroll = (element: HTMLElement): void => {
    if (performance.now() > byHand.current) return;
    following.value = element.scrollHeight - element.scrollTop - element.clientHeight < END_PX;
  };

  return (
    <section class="panel log" aria-labelledby="log-title">
      <header>
        <h2 id="log-title">Log</h2>
        <span class="faint num">
          {rows.length >= ROWS_KEPT ? `last ${countText(rows.length)} lines` : countOf(lines, "line")}
        </span>
        {feed.state.value === "broken" && <span class="faint">not connected: trying again</span>}
        <search class="log-search">
          <input
            type="search"
            aria-label="Search the log"
            placeholder="search the log"
            value={search}
            onInput={(event) => {
              search.value = event.currentTarget.value;
              at.value = 0;
              step(0);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
            }}
          />
          {search.value !== "" && (
            <span class="faint num" role="status">
              {hits.value.length === 0 ? "none" : `${at.value + 1} of ${countText(hits.value.length)}`}
            </span>
          )}
        </search>
        <button type="button" class="button" aria-pressed={following.value} onClick={() => follow(!following.value)}>
          <Icon name={following.value ? "paused" : "follow"} />
          <span>{following.value ? "Pause" : "Follow"}</span>
        </button>
      </header>
      <div
        ref={scroller}
        class="log-lines"
        role="log"
        aria-live="off"
        aria-label="Lines"
        tabIndex={0}
        onWheel={touched}
        onTouchMove={touched}
        onPointerDown={touched}
        onKeyDown={touched}
        onScroll={(event) => onScroll(event.currentTarget)}
      >
        {rows.length === 0 && <p class="faint log-empty">Nothing was printed yet.</p>}
        <div class="log-space" style={{ height: `${window.height}px` }}>
          {window.items.map(({ index, start }) => {
            const row = rows[index];
            return (
              row && (
                <div
                  key={row.key}
                  ref={window.measure}
                  data-index={index}
                  class={looksOf(row, hits.value.includes(index))}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <LogLineView row={row} />
                </div>
              )
            );
          })}
        </div>
      </div>
    </section>
  );
}

const looksOf = ({ kind }: LogRow, hit: boolean): string => `log-line ${kind}${hit ? " hit" : ""}`;

const LogLineView = ({ row }: { row: LogRow }) => (
  <>
    <Moment of={row.time} />
    {row.kind === "stderr" && <span class="unseen">stderr: </span>}
    <span class="log-text" dir="auto">
      {piecesOf(row).map(({ text, classes, colour }) => (
        <span class={classes} style={colour === null ? undefined : { color: colour }}>
          {text}
        </span>
      ))}
    </span>
  </>
);
