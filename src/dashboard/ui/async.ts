import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Problem, problemFrom } from "../api.js";

export interface Read<T> {
  value: Signal<T | null>;
  problem: Signal<Problem | null>;
  again: () => void;
}

/** Reads something now, and again when one of `on` changes; what was read stays until the next answer. */
export function useRead<T>(read: (signal: AbortSignal) => Promise<T>, on: readonly unknown[]): Read<T> {
  const value = useSignal<T | null>(null);
  const problem = useSignal<Problem | null>(null);
  const turn = useSignal(0);
  useEffect(() => {
    const end = new AbortController();
    read(end.signal).then(
      (answer) => {
        if (end.signal.aborted) return;
        value.value = answer;
        problem.value = null;
      },
      (error: unknown) => {
        if (!end.signal.aborted) problem.value = problemFrom(error);
      },
    );
    return () => end.abort();
  }, [...on, turn.value]);
  return {
    value,
    problem,
    again: () => {
      turn.value++;
    },
  };
}
