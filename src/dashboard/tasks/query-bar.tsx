import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Status } from "../../domain/task.js";
import { countText } from "../format.js";
import { overview } from "../live/store.js";
import { formatQuery, parseQuery, QUERY_KEYS } from "../query/query.js";
import { STATUS_NAMES, statusWords } from "../words.js";
import { Icon } from "../ui/icon.js";

/** The first letter counts at once; of those typed soon after it, what they come to. */
const TYPED_MS = 120;

interface QueryBarProps {
  q: string;
  onChange: (q: string) => void;
  /** Whether the field is to have the focus. */
  find: boolean;
}

/** What is looked for, in words; the statuses also to be clicked. */
export function QueryBar({ q, onChange, find }: QueryBarProps) {
  const field = useRef<HTMLInputElement>(null);
  const typed = useSignal(q);
  const timer = useRef<number | undefined>(undefined);
  const asked = useRef(0);
  useEffect(() => {
    if (document.activeElement !== field.current) typed.value = q;
  }, [q]);
  // As it is drawn: what is typed right after the key that led here is meant for the field.
  useLayoutEffect(() => {
    if (!find) return;
    field.current?.focus();
    field.current?.select();
  }, [find]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const change = (text: string): void => {
    typed.value = text;
    window.clearTimeout(timer.current);
    const wait = Math.max(0, asked.current + TYPED_MS - performance.now());
    timer.current = window.setTimeout(() => {
      asked.current = performance.now();
      timer.current = undefined;
      onChange(text);
    }, wait);
  };
  // Somebody who goes on to the list has ended typing: it must not change under them.
  const settle = (): void => {
    if (timer.current === undefined) return;
    window.clearTimeout(timer.current);
    timer.current = undefined;
    onChange(typed.value);
  };
  const { query, problems } = parseQuery(q);
  const toggle = (status: Status): void => {
    const has = query.status.includes(status);
    const next = formatQuery({
      ...query,
      status: has ? query.status.filter((one) => one !== status) : [...query.status, status],
    });
    typed.value = next;
    onChange(next);
  };
  return (
    <search class="query">
      <div class="query-field">
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          aria-label="Search the tasks"
          placeholder={`words, or ${QUERY_KEYS.slice(0, 5)
            .map((key) => `${key}:`)
            .join(" ")} since:1h`}
          spellcheck={false}
          autocomplete="off"
          value={typed}
          onInput={(event) => change(event.currentTarget.value)}
          onBlur={settle}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      <div class="chips" role="group" aria-label="Statuses">
        {STATUS_NAMES.map((status) => (
          <button
            key={status}
            type="button"
            class="chip"
            aria-pressed={query.status.includes(status)}
            onClick={() => toggle(status)}
          >
            <Icon name={status} />
            {statusWords(status)}
            <span class="num">{countText(overview.value?.tasks[status] ?? 0)}</span>
          </button>
        ))}
      </div>
      {problems.map((problem) => (
        <p key={problem} class="query-problem" role="alert">
          {problem}
        </p>
      ))}
    </search>
  );
}
