import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { getTimeline, type Problem, problemFrom } from "../api.js";
import { now } from "../clock.js";
import { onTasks } from "../live/store.js";
import { type Known, merged } from "./lanes.js";

const REREAD_MS = 1_000;
/** What is written while an answer is made may be as old as this when it is seen. */
const OVERLAP_MS = 10_000;

interface Read {
  /** Null before the first answer. */
  known: Signal<Known | null>;
  /** Epoch ms until which older attempts are missing; null: none is. */
  forgotten: Signal<number | null>;
  problem: Signal<Problem | null>;
}

/** The attempts of so many ms until now, followed: after the first answer only what is new is read. */
export function useTimeline(span: number): Read {
  const known = useSignal<Known | null>(null);
  const forgotten = useSignal<number | null>(null);
  const problem = useSignal<Problem | null>(null);
  useEffect(() => {
    const end = new AbortController();
    let timer: number | undefined;
    let until: string | null = null;
    let isDue = false;
    let isWhole = true;
    const read = async (): Promise<void> => {
      isDue = false;
      const before: Known | null = isWhole ? null : known.peek();
      const since =
        before === null || until === null ? `${span}ms` : new Date(Date.parse(until) - OVERLAP_MS).toISOString();
      isWhole = false;
      try {
        const answer = await getTimeline(since, end.signal);
        known.value = merged(before ?? new Map(), answer, now.peek() - span);
        forgotten.value = answer.forgotten_until === null ? null : Date.parse(answer.forgotten_until);
        problem.value = null;
        ({ until } = answer);
      } catch (error) {
        if (!end.signal.aborted) problem.value = problemFrom(error);
        isWhole = true;
      }
    };
    const readIn = (ms: number): void => {
      isDue = true;
      // One at a time: else an older answer could come last.
      timer ??= window.setTimeout(() => {
        void read().finally(() => {
          timer = undefined;
          if (isDue && !end.signal.aborted) readIn(REREAD_MS);
        });
      }, ms);
    };
    const forget = onTasks((changes) => {
      if (changes?.some(({ type }) => type === "task_removed") ?? true) isWhole = true;
      if (changes?.some((change) => change.type === "task_removed" || change.task.started_at !== null) ?? true) {
        readIn(REREAD_MS);
      }
    });
    readIn(0);
    return () => {
      forget();
      window.clearTimeout(timer);
      end.abort();
    };
  }, [span]);
  return { known, forgotten, problem };
}
